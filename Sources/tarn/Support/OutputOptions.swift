import ArgumentParser
import Foundation
import Scripts
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
    if json, let format, format != "json" {
      throw ValidationError("--json and --format \(format) exclude each other")
    }
    if format == "parquet", output == nil { throw ValidationError("--format parquet needs --output FILE") }
  }

  /// Where rows go in a command that runs a script.
  enum Target {
    case rows(RowOutput)
    case parquet(path: String)
  }

  /// Makes the output, and lets the engine reach a Parquet file, which it writes itself.
  ///
  /// - Parameters:
  ///   - shape: of the JSON value.
  ///   - open: the workspace; file names start in the folder that the command was typed in.
  func target(shape: ResultCollection, in open: inout OpenWorkspace) throws -> Target {
    let path = output.map(open.path)
    if format == "parquet", let path {
      open.makeReachable(path)
      return .parquet(path: path)
    }
    let chosen = json ? .json : format.flatMap(OutputFormat.init) ?? .table
    return .rows(try RowOutput(chosen, shape: shape, path: path))
  }
}
