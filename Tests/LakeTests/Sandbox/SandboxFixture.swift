import DuckDB
import Foundation
import Lake
import LakeSettings
import SQLText
import TestKit

/// An engine over a workspace folder with two lakes, a listed folder `raw/`, and files outside that nobody may reach.
struct SandboxFixture {
  let folder: TemporaryFolder
  let engine: Engine

  static func with<Result>(
    catalogs: (String, String) = ("sqlite", "sqlite"),
    _ body: (SandboxFixture, EngineSession) async throws -> Result
  ) async throws -> Result {
    let folder = try TemporaryFolder("sandbox")
    try folder.write("a\n1\n", to: "ws/raw/in.csv")
    try folder.write("a\nsecret\n", to: "outside/secret.csv")
    try FileManager.default.createSymbolicLink(
      atPath: folder["ws/raw/link"], withDestinationPath: folder["outside"])
    try FileManager.default.createSymbolicLink(
      atPath: folder["ws/raw/link.csv"], withDestinationPath: folder["outside/secret.csv"])
    let lakes = [
      TestLakes.configuration(catalogs.0, in: folder),
      TestLakes.configuration(catalogs.1, in: folder, name: try LakeName("sales")),
    ]
    let settings = EngineSettings(
      memoryLimit: 500_000_000, baseFolder: folder["ws"], reachableFiles: ["raw/"], temporaryFolder: folder["tmp"])
    let engine = try await Engine(lakes: lakes, settings: settings)
    let session = try await engine.session()
    do {
      try await session.run("CREATE TABLE orders AS SELECT r AS id, {'y': r, 'z': 'a'} AS x, 'c' || r % 3 AS kind FROM range(100) t(r)")
      let result = try await body(SandboxFixture(folder: folder, engine: engine), session)
      await session.close()
      await engine.close()
      return result
    } catch {
      await session.close()
      await engine.close()
      throw error
    }
  }

  /// Paths of this run in place of `{out}`, `{ws}`, `{lake}`.
  func filled(_ sql: String) -> String {
    sql.replacingOccurrences(of: "{out}", with: folder["outside"])
      .replacingOccurrences(of: "{ws}", with: folder["ws"])
      .replacingOccurrences(of: "{lake}", with: folder["lakes/main"])
  }
}

extension EngineSession {
  /// Runs a script's statements and returns the last one's rows.
  @discardableResult
  func run(_ script: String, parameters: [String: Value] = [:]) async throws -> QueryResult {
    var last: QueryResult?
    for statement in try SQLStatements.split(script) { last = try await run(statement, parameters: parameters) }
    guard let last else { throw LakeError(.query, "nothing to run") }
    return last
  }

  /// The first value of a query.
  func value(_ query: String) async throws -> Value? { try await run(query).scalar() }
}

/// The error of a closure that must fail with one.
func lakeError<Result>(_ body: () async throws -> Result) async -> LakeError? {
  do {
    _ = try await body()
    return nil
  } catch { return error as? LakeError }
}
