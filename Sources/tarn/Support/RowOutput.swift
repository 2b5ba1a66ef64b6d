import DuckDB
import Foundation
import Runtimes
import Scripts
import Synchronization
import Terminal

/// Writes what a script gives back, as it comes: as one JSON value in the shape that the script asks for, or in
/// another format, the statements' rows one after the other.
final class RowOutput: Sendable {
  /// Nobody reads the output any more, so that the rest of the work would be in vain.
  struct ReaderGone: Error {}

  fileprivate struct State {
    let output: ByteOutput
    let format: OutputFormat
    let options: ResultOptions
    var json: ScriptResultJSON?
    var writer: (any ResultWriter)?
    var rows = 0
    /// A person is told how many rows changed; a program gets them as a row.
    var tellsChanges = false
  }

  private let state: Mutex<State>

  /// - Parameters:
  ///   - format: how rows are written.
  ///   - shape: the JSON value's shape.
  ///   - path: a file; nil for standard output.
  init(_ format: OutputFormat, shape: ResultCollection, path: String?) throws {
    let output = try path.map { try ByteOutput(creating: $0) } ?? ByteOutput.standardOutput()
    let terminal = path == nil ? TerminalInfo.of(STDOUT_FILENO) : nil
    state = Mutex(
      State(
        output: output, format: format, options: terminal.map(ResultOptions.init(for:)) ?? ResultOptions(),
        json: format == .json ? ScriptResultJSON(shape) : nil))
  }

  /// Takes the rows of a script.
  var sink: ScriptRunner.RowSink {
    ScriptRunner.RowSink(
      header: { [self] columns, returns in
        try state.withLock { state in
          try state.begin(columns, returns)
          try state.checkReader()
        }
      },
      body: { [self] chunk in
        try state.withLock { state in
          try state.write(chunk)
          try state.checkReader()
        }
      })
  }

  /// Ends the output.
  func finish() throws {
    try state.withLock { state in
      try state.finish()
      try state.output.close()
    }
  }
}

extension RowOutput.State {
  mutating func begin(_ columns: [Column], _ returns: QueryResult.Returns) throws {
    if json != nil { return try output.append { json?.begin(columns, to: &$0) } }
    try endTable()
    tellsChanges = returns == .changedRows && format == .table
    guard !columns.isEmpty, !tellsChanges else { return }
    writer = format.makeWriter(to: output, options: options)
    try writer?.begin(columns: columns)
  }

  mutating func write(_ chunk: DataChunk) throws {
    if json != nil { return try output.append { json?.write(chunk, to: &$0) } }
    if tellsChanges, let count = chunk.value(row: 0, column: 0).intValue {
      return Console.note(count == 1 ? "1 row changed" : "\(count) rows changed")
    }
    try writer?.write(chunk)
    rows += chunk.rowCount
  }

  mutating func finish() throws {
    guard json != nil else { return try endTable() }
    try output.append { json?.finish(&$0) }
    try output.writeLine()
  }

  func checkReader() throws {
    if output.isReaderGone { throw RowOutput.ReaderGone() }
  }

  private mutating func endTable() throws {
    try writer?.end(ResultSummary(rowCount: rows))
    writer = nil
    rows = 0
  }
}
