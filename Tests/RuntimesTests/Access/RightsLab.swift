import Grants
import Lake
import LakeSettings
import Runtimes
import Scripts
import TestKit
import Testing

/// A lake with tables, views and macros of which a member may use some.
struct RightsLab: Sendable {
  let engine: Engine
  let folder: TemporaryFolder

  /// In schemas `main` and `sales`: `open…` tables that the member is granted in most tests, `shut…` that it is not.
  static let setup = """
    CREATE SCHEMA sales;
    CREATE TABLE open1 AS SELECT 1 AS id, 10 AS n;
    CREATE TABLE open2 AS SELECT 1 AS id, 20 AS n;
    CREATE TABLE shut1 AS SELECT 1 AS id, 111 AS n;
    CREATE TABLE shut2 AS SELECT 1 AS id, 222 AS n;
    CREATE TABLE sales.open3 AS SELECT 1 AS id, 30 AS n;
    CREATE TABLE sales.shut3 AS SELECT 1 AS id, 333 AS n;
    CREATE TABLE sales.open1 AS SELECT 1 AS id, 444 AS n;
    CREATE VIEW open_view AS SELECT * FROM open1;
    CREATE VIEW shut_view AS SELECT * FROM shut1;
    CREATE VIEW deep_view AS SELECT o.id, o.n FROM open_view o JOIN shut_view s ON o.id = s.id;
    CREATE VIEW sales.near AS SELECT * FROM open1;
    CREATE MACRO open_macro() AS (SELECT max(n) FROM open1);
    CREATE MACRO shut_macro() AS (SELECT max(n) FROM shut1);
    CREATE MACRO shut_rows() AS TABLE SELECT * FROM shut1;
    CREATE MACRO plus_one(x) AS x + 1;
    """

  static func run(_ body: @Sendable (RightsLab) async throws -> Void) async throws {
    try await runEmpty { lab in
      try await lab.run(setup, nil)
      try await lab.run(
        "ATTACH 'ducklake://other' AS o; CREATE TABLE o.main.far AS SELECT 1 AS id, 55 AS n", nil)
      try await body(lab)
    }
  }

  /// The same without tables.
  static func runEmpty(_ body: @Sendable (RightsLab) async throws -> Void) async throws {
    let folder = try TemporaryFolder("rights")
    let settings = EngineSettings(
      baseFolder: folder.path, reachableFiles: [folder.path + "/files/"], temporaryFolder: folder.path)
    let lakes = [LakeName.main, try LakeName("other")].map {
      TestLakes.configuration("sqlite", in: folder, name: $0)
    }
    try await TestLakes.withEngine(lakes, settings: settings) { engine in
      try folder.write("", to: "files/.keep")
      try await body(RightsLab(engine: engine, folder: folder))
    }
  }

  /// Runs a script in a session of its own.
  ///
  /// - Parameter rights: nil for all.
  func run(_ source: String, _ rights: LakeRights?, arguments: [String: String] = [:]) async throws {
    let script = try SQLScript.parse(source, path: "query")
    let bound = try script.bind(arguments: arguments.mapValues { GivenArgument.text($0) })
    let session = try await engine.session()
    do {
      if let rights { await session.limit(to: rights) }
      try await ScriptRunner(session: session).run(script, arguments: bound, into: nil)
      await session.close()
    } catch {
      await session.close()
      throw error
    }
  }

  enum Verdict: Equatable {
    case allowed
    case denied(String)
    case failed(String)

    var isDenied: Bool { if case .denied = self { true } else { false } }
  }

  func verdict(_ source: String, _ rights: LakeRights, arguments: [String: String] = [:]) async -> Verdict {
    do {
      try await run(source, rights, arguments: arguments)
      return .allowed
    } catch let error as ScriptRunError where error.cause.code == .denied {
      return .denied(error.cause.message)
    } catch {
      return .failed("\(error)")
    }
  }

  /// Rights to what is written as `select open1`.
  static func rights(_ grants: [String], governed: [String] = ["main"]) throws -> LakeRights {
    LakeRights(
      member: "bob", governed: governed,
      grants: try grants.flatMap { line in
        let (names, place) = (line.prefix { $0 != " " }, line.drop { $0 != " " }.dropFirst())
        return try names.split(separator: ",").map { name in
          LakeRights.Grant(
            try #require(LakePrivilege(rawValue: String(name))), on: try LakePlace(parsing: String(place)))
        }
      }, granters: ["ann"])
  }
}
