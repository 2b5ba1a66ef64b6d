internal import DuckDB
internal import Foundation
internal import Runtimes
internal import Synchronization

/// A file with a JSON object a line for each row, written as rows come.
final class LinesFile: Sendable {
  private struct State {
    var rows: JSONRowWriter?
    var bytes: [UInt8] = []
  }

  private let state = Mutex(State())
  private let handle: FileHandle

  /// How much is written at once.
  private static let pieceSize = 256 << 10

  /// - Throws: `CocoaError` when the file cannot be made.
  init(_ path: String) throws {
    guard FileManager.default.createFile(atPath: path, contents: nil, attributes: [.posixPermissions: 0o600])
    else {
      throw CocoaError(.fileWriteUnknown)
    }
    handle = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
  }

  var sink: ScriptRunner.RowSink {
    ScriptRunner.RowSink { [self] columns, _ in
      state.withLock { $0.rows = JSONRowWriter(columns: columns, layout: .lines) }
    } body: { [self] chunk in
      try state.withLock { state in
        state.rows?.write(chunk, rows: 0..<chunk.rowCount, to: &state.bytes)
        if state.bytes.count >= Self.pieceSize { try flush(&state) }
      }
    }
  }

  func close() throws {
    try state.withLock { try flush(&$0) }
    try handle.close()
  }

  private func flush(_ state: inout State) throws {
    try handle.write(contentsOf: Data(state.bytes))
    state.bytes.removeAll(keepingCapacity: true)
  }
}
