internal import DuckDB
internal import Foundation
internal import Grants
internal import JSON
internal import Jobs
internal import Lake
internal import Runtimes
internal import Scripts
internal import Signatures
internal import Synchronization

/// A script in DuckDB's SQL, with its arguments.
struct DuckDBScript: Sendable {
  let content: String
  /// What errors call it.
  let path: String
  /// A JSON object.
  let arguments: String
  let timeout: Duration?
  /// What it may do with lakes; nil for all.
  var rights: LakeRights?

  /// A result that is larger belongs into a lake.
  static let largestResult = 64 << 20

  /// The data tables that it attaches.
  ///
  /// - Throws: `ScriptError`.
  func dataTables() throws -> Set<DataTableReference> {
    // Nearly all scripts attach none, and need not be read twice.
    guard content.range(of: "datatable", options: .caseInsensitive) != nil else { return [] }
    return Set(
      try SQLScript.parse(content, path: path).statements.compactMap { statement in
        if case .attachDataTable(let table, _) = statement.kind { table } else { nil }
      })
  }

  /// - Returns: the result, as JSON text.
  /// - Throws: `ScriptError`, `ScriptArgumentError`, `ScriptRunError`, `LakeError`; `CancellationError`.
  func run(in engine: Engine) async throws -> String {
    try await inSession(of: engine) { script, arguments, runner in
      let result = CollectedResult(script.resultCollection)
      try await runner.run(script, arguments: arguments, into: result.sink)
      return result.text()
    }
  }

  /// Writes the last statement's rows into a file.
  ///
  /// - Parameter path: reachable for the engine.
  /// - Throws: as ``run(in:)``; `ScriptError` when the last statement is no query.
  func write(to path: String, as format: OutputFormat, in engine: Engine) async throws {
    try await inSession(of: engine) { script, arguments, runner in
      switch format {
      case .parquet: try await runner.run(script, arguments: arguments, to: path, as: .parquet)
      case .csv: try await runner.run(script, arguments: arguments, to: path, as: .csv)
      case .ndjson, .json:
        let lines = try LinesFile(path)
        try await runner.run(script, arguments: arguments, into: lines.sink)
        try lines.close()
      }
    }
  }

  private func inSession<Result: Sendable>(
    of engine: Engine, _ body: (SQLScript, [BoundArgument], ScriptRunner) async throws -> Result
  ) async throws -> Result {
    let script = try SQLScript.parse(content, path: path)
    let bound = try script.bind(arguments: try values())
    let session = try await engine.session(current: script.beginsInDataTable ? nil : .main)
    do {
      if let rights { await session.limit(to: rights) }
      if let timeout { await session.setTimeout(timeout) }
      let result = try await body(script, bound, ScriptRunner(session: session))
      await session.close()
      return result
    } catch {
      await session.close()
      throw error
    }
  }

  private func values() throws -> [String: ScriptValue] {
    ScriptValue.values(of: (try? JSONValue(parsing: arguments))?.object ?? JSONObject())
  }
}

/// A script's result on its way into JSON.
private final class CollectedResult: Sendable {
  private struct State {
    var json: ScriptResultJSON
    var bytes: [UInt8] = []
  }

  private let state: Mutex<State>

  init(_ shape: ResultCollection) { state = Mutex(State(json: ScriptResultJSON(shape))) }

  var sink: ScriptRunner.RowSink {
    ScriptRunner.RowSink { [self] columns, _ in
      state.withLock { $0.json.begin(columns, to: &$0.bytes) }
    } body: { [self] chunk in
      try state.withLock { state in
        state.json.write(chunk, to: &state.bytes)
        guard state.bytes.count <= DuckDBScript.largestResult else {
          throw LakeError(
            .refused, "the result is larger than \(DuckDBScript.largestResult >> 20) MiB",
            hint: "Write it into a table of a lake, or ask for less.")
        }
      }
    }
  }

  func text() -> String {
    state.withLock { state in
      state.json.finish(&state.bytes)
      return String(decoding: state.bytes, as: UTF8.self)
    }
  }
}

extension SQLScript {
  /// Whether it goes into a data table before anything else, so that no lake need be waited for.
  fileprivate var beginsInDataTable: Bool {
    var aliases: Set<String> = []
    for statement in statements {
      switch statement.kind {
      case .attachDataTable(_, let alias): aliases.insert(alias.lowercased())
      case .attachLake(_, let alias, _): aliases.remove(alias.lowercased())
      case .use(let alias, _): return aliases.contains(alias.lowercased())
      case .detach, .other: return false
      }
    }
    return false
  }
}
