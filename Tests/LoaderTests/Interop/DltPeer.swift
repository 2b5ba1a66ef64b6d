import Foundation
import LakeSettings
import Loader
import TestKit

/// The real dlt from the Python package index, as a process that shares a lake with the tests.
struct DltPeer {
  /// Whether scripts/setup-tests has been run.
  static let isInstalled = FileManager.default.isExecutableFile(atPath: python)

  private static let python = Checkout.folder + "/.deps/dlt-venv/bin/python"
  let folder: TemporaryFolder
  let configuration: LakeConfiguration
  /// dlt's name for what it keeps books of.
  var pipeline = "ds"
  var dataset = "ds"

  /// Something for dlt to do.
  enum Step {
    /// A run with rows; what else it is told, in JSON, such as `"primary_key": "id"`.
    case load(table: String, rows: String, more: String = "")
    /// Takes up the state that the lake has.
    case sync
    /// The rows of a query, each cell as text.
    case read(String, as: String)
    /// The rows of a table through `pipeline.dataset()`, in order.
    case dataset(String, columns: [String], as: String)
    /// The schema that it knows.
    case schema(as: String)
    /// The state of its sources.
    case state(as: String)

    fileprivate var json: String {
      switch self {
      case .load(let table, let rows, let more):
        #"{"do": "load", "table": \#(quoted(table)), "rows": \#(rows)\#(more.isEmpty ? "" : ", " + more)}"#
      case .sync: #"{"do": "sync"}"#
      case .read(let sql, let name): #"{"do": "read", "sql": \#(quoted(sql)), "as": \#(quoted(name))}"#
      case .dataset(let table, let columns, let name):
        """
        {"do": "dataset", "table": \(quoted(table)), "columns": [\(columns.map(quoted).joined(separator: ", "))], \
        "as": \(quoted(name))}
        """
      case .schema(let name): #"{"do": "schema", "as": \#(quoted(name))}"#
      case .state(let name): #"{"do": "state", "as": \#(quoted(name))}"#
      }
    }

    private func quoted(_ text: String) -> String { JSONValue.string(text).text }
  }

  /// Lets dlt do something, in a new process. No engine of the tests may have the lake open.
  ///
  /// - Parameter memory: names dlt's working folder: another name is a machine that knows nothing yet.
  /// - Returns: what the steps that look have seen, by their names.
  func perform(_ steps: Step..., memory: String = "one") async throws -> [String: JSONValue] {
    let request = """
      {\(try places(memory)), "pipeline": "\(pipeline)", "dataset": "\(dataset)",
       "steps": [\(steps.map(\.json).joined(separator: ", "))]}
      """
    return try await answer(of: "Interop/peer.py", to: request)
  }

  /// Where the lake and dlt's own notes are, as members of a request.
  ///
  /// - Parameter memory: names dlt's working folder.
  func places(_ memory: String = "one") throws -> String {
    let catalog =
      switch configuration.catalog {
      case .sqlite(let path): "sqlite:///" + path
      case .duckdb(let path): "duckdb:///" + path
      case .postgresql: throw PeerFailure("not tried here")
      }
    return """
      "catalog": "\(catalog)", "storage": "\(configuration.storage.dataPath)", \
      "working_folder": "\(folder["memory-" + memory])"
      """
  }

  /// Runs one of the scripts beside the tests with dlt's Python.
  ///
  /// - Parameters:
  ///   - script: its path below the folder of these tests.
  ///   - request: a JSON object for its standard input.
  /// - Returns: the members of the JSON object that it prints.
  func answer(of script: String, to request: String) async throws -> [String: JSONValue] {
    let errors = folder["errors.txt"]
    let shell = "exec \"$0\" \"$@\" 2> \"$ERRORS\""
    let outcome = try await Program.finish(
      "/bin/sh", ["-c", shell, Self.python, Checkout.folder + "/Tests/LoaderTests/" + script],
      environment: [
        "HOME": try makeHome(), "DLT_DATA_DIR": folder["dlt"], "RUNTIME__DLTHUB_TELEMETRY": "false",
        "PATH": "/usr/bin:/bin", "ERRORS": errors,
      ], input: request)
    guard outcome.status == 0 else {
      let told = try String(contentsOfFile: errors, encoding: .utf8)
      throw PeerFailure("dlt ended with \(outcome.status): \(told.suffix(1_500))")
    }
    let answer = try JSONValue(parsing: outcome.output)
    guard case .object(let members) = answer else { throw PeerFailure("dlt's answer is no object") }
    return Dictionary(uniqueKeysWithValues: members.members.map { ($0.key, $0.value) })
  }

  /// A home in which DuckDB finds the extensions that Tarn has: nothing is to be downloaded.
  private func makeHome() throws -> String {
    #if arch(arm64)
      let platform = "linux_arm64"
    #else
      let platform = "linux_amd64"
    #endif
    let home = folder["home"]
    let extensions = home + "/.duckdb/extensions/v1.5.5/" + platform
    guard !FileManager.default.fileExists(atPath: extensions) else { return home }
    try FileManager.default.createDirectory(atPath: extensions, withIntermediateDirectories: true)
    let library = Checkout.folder + "/lib/tarn"
    for case let path as String in FileManager.default.enumerator(atPath: library) ?? .init()
    where path.hasSuffix(".duckdb_extension") {
      try FileManager.default.createSymbolicLink(
        atPath: extensions + "/" + (path as NSString).lastPathComponent,
        withDestinationPath: library + "/" + path)
    }
    return home
  }
}

struct PeerFailure: Error, CustomStringConvertible {
  let description: String
  init(_ description: String) { self.description = description }
}
