import Foundation
import LoadFiles
import Loader
import Processes

/// What a script's process is told, and what it tells: small files in its folder.
struct ScriptCall: Sendable {
  private let script: DeclaredScript
  private let table: String
  private let folder: String

  /// - Parameters:
  ///   - table: the table of rows that name none.
  ///   - folder: where the process writes.
  init(_ script: DeclaredScript, table: String, folder: String) throws {
    self.script = script
    self.table = table
    self.folder = folder
  }

  /// The file that tells the process what to do.
  var path: String { folder + "/call.json" }
  /// The program that runs the script.
  var programPath: String { folder + "/tmp/load_script.py" }

  /// - Parameters:
  ///   - lastValue: what a function gets that takes `last_value`.
  ///   - header: the script's text, when the program must have its header.
  func write(lastValue: LoadValue?, header: String?) async throws {
    var call = description(lastValue: lastValue)
    call["script"] = .string(Self.absolute(script.path))
    call["folder"] = .string(folder)
    try Data(LoadValue.object(call).text.utf8).write(to: URL(fileURLWithPath: path))
    let program = Self.program
    let lines = header.flatMap(PythonInterpreter.header).map { $0 + "\n" } ?? ""
    try Data((lines + program).utf8).write(to: URL(fileURLWithPath: programPath))
  }

  /// The program that calls the script.
  static var program: String { String(decoding: PackageResources.load_script_py, as: UTF8.self) }

  /// What the program is told, but for the places of the script and of the folder.
  func description(lastValue: LoadValue?) -> JSONObject {
    var call = JSONObject(pairs: [
      "function": .string(script.function), "table": .string(table),
      "arguments": .object(JSONObject(script.arguments.map { .init(key: $0.key, value: $0.value) })),
    ])
    call["last_value"] = lastValue
    return call
  }

  /// How far the process has come; nil when it has not told yet.
  var progress: ExtractProgress? {
    guard let told = read("progress.json") else { return nil }
    return ExtractProgress(
      table: told["table"]?.string ?? table, rows: told["rows"]?.int ?? 0, bytes: told["bytes"]?.int ?? 0)
  }

  /// What the process has written.
  ///
  /// - Parameters:
  ///   - end: how it ended.
  ///   - hasRunner: whether `uv` ran it.
  ///   - needsRunner: whether it names dependencies, and there is no `uv`.
  /// - Throws: `LoadError` with what went wrong in the script.
  func tables(_ end: ChildProcess.End, hasRunner: Bool, needsRunner: Bool) throws -> [ExtractedTable] {
    if let error = read("error.json") { throw failure(error, needsRunner: needsRunner) }
    guard end == .exit(0), let result = read("result.json"), let found = result["tables"]?.array else {
      switch end {
      case .signal(let number):
        throw LoadError(.source, "\(script.path) was ended by signal \(number)", hint: "Nothing was loaded.")
      case .exit(let status):
        throw LoadError(
          .source,
          "\(hasRunner ? "uv could not run" : "Python could not run") \(script.path): exit status \(status)",
          hint: "What it says stands above; nothing was loaded.")
      }
    }
    let tables = found.compactMap(\.object).map { table in
      ExtractedTable(
        table["name"]?.string ?? "", files: table["files"]?.array?.compactMap(\.string) ?? [],
        format: table["format"]?.string.flatMap(LoadSource.FileFormat.init(rawValue:)) ?? .jsonl,
        rows: table["rows"]?.int ?? 0, hints: table["columns"]?.object ?? JSONObject())
    }
    // A worker's script may have written this itself.
    for name in tables.flatMap(\.files) where name.contains("/") || name.hasPrefix(".") {
      throw LoadError(.source, "\(script.path) names a file that is not its own", hint: "Nothing was loaded.")
    }
    // A script that yields nothing says that there is nothing.
    return tables.isEmpty ? [ExtractedTable(table, files: [], format: .jsonl, rows: 0)] : tables
  }

  private func failure(_ error: JSONObject, needsRunner: Bool) -> LoadError {
    let place = error["line"]?.int.map { "\(script.path):\($0)" } ?? script.path
    let lines = (error["message"]?.string ?? "").split(whereSeparator: \.isNewline).joined(separator: " ")
    var hint = "Nothing was loaded."
    if let module = error["missing"]?.string {
      hint =
        needsRunner
        ? "Install uv, which fetches what the script's header names, or install \(module)."
        : "Install \(module) for the Python that runs it, or name that Python with --python."
    }
    return LoadError(.source, "\(place): \(lines)", hint: hint)
  }

  private static func absolute(_ path: String) -> String {
    path.hasPrefix("/") ? path : FileManager.default.currentDirectoryPath + "/" + path
  }

  private func read(_ name: String) -> JSONObject? {
    guard let data = FileManager.default.contents(atPath: folder + "/" + name) else { return nil }
    return (try? LoadValue(parsing: String(decoding: data, as: UTF8.self)))?.object
  }
}
