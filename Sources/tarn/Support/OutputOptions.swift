import ArgumentParser
import DuckDB
import Foundation
import Runtimes
import Synchronization
import Terminal

/// How a command's rows are printed, and where.
struct OutputOptions: ParsableArguments {
  @Flag(name: .long, help: "The same as --format json: one array of row objects.") var json = false

  @Option(
    name: .long,
    help: ArgumentHelp("table, csv, json, ndjson, markdown, line or parquet.", valueName: "format"),
    completion: .list(OutputOptions.formats))
  var format: String?

  @Option(name: .long, help: ArgumentHelp("Write to a file.", valueName: "file"), completion: .file())
  var output: String?

  static let formats = OutputFormat.allCases.map(\.rawValue) + ["parquet"]

  func validate() throws {
    if let format, !Self.formats.contains(format) {
      throw ValidationError("--format is one of \(Self.formats.joined(separator: ", ")), not '\(format)'")
    }
    if json, let format, format != "json" { throw ValidationError("--json and --format \(format) exclude each other") }
    if format == "parquet", output == nil { throw ValidationError("--format parquet needs --output FILE") }
  }

  var isParquet: Bool { format == "parquet" }

  /// The writer for the rows of one command.
  ///
  /// - Parameter folder: the folder that the command was typed in.
  func writer(in folder: String) throws -> RowOutput {
    let chosen = json ? .json : format.flatMap(OutputFormat.init) ?? .table
    guard let output else { return try RowOutput(chosen, path: nil) }
    return try RowOutput(chosen, path: output.hasPrefix("/") ? output : folder + "/" + output)
  }
}

/// Writes the rows of one statement as they come.
final class RowOutput: Sendable {
  private struct State {
    var writer: any ResultWriter
    var output: ByteOutput
    var rows = 0
    var hasBegun = false
  }

  private let state: Mutex<State>

  init(_ format: OutputFormat, path: String?) throws {
    let output = try path.map { try ByteOutput(creating: $0) } ?? ByteOutput.standardOutput()
    let terminal = path == nil ? TerminalInfo.of(STDOUT_FILENO) : nil
    let options = terminal.map(ResultOptions.init(for:)) ?? ResultOptions()
    state = Mutex(State(writer: format.makeWriter(to: output, options: options), output: output))
  }

  /// Takes the rows of a script's last statement.
  var sink: ScriptRunner.RowSink {
    ScriptRunner.RowSink(
      header: { [self] columns in
        try state.withLock { state in
          try state.writer.begin(columns: columns)
          state.hasBegun = true
        }
      },
      body: { [self] chunk in
        try state.withLock { state in
          try state.writer.write(chunk)
          state.rows += chunk.rowCount
        }
      })
  }

  /// Ends the output. A statement without rows gives an empty result.
  func finish() throws {
    try state.withLock { state in
      if !state.hasBegun { try state.writer.begin(columns: []) }
      try state.writer.end(ResultSummary(rowCount: state.rows))
      try state.output.close()
    }
  }
}
