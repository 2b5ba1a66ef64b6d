import DuckDB
import Foundation
import Lake
import LakeSettings
import Runtimes
import Scripts
import Synchronization
import TestKit
import Testing

/// A lake, or two, to run scripts on.
struct ScriptLab {
  let engine: Engine
  let folder: TemporaryFolder

  /// Runs `body` with new lakes, files in whose folder scripts may read.
  static func run<Result>(
    lakes: [LakeName] = [.main], _ body: (ScriptLab) async throws -> Result
  ) async throws -> Result {
    let folder = try TemporaryFolder("script")
    let settings = EngineSettings(
      baseFolder: folder.path, reachableFiles: [folder.path + "/files/"], temporaryFolder: folder.path)
    let configurations = lakes.map { TestLakes.configuration("sqlite", in: folder, name: $0) }
    return try await TestLakes.withEngine(configurations, settings: settings) {
      try await body(ScriptLab(engine: $0, folder: folder))
    }
  }

  /// Runs a script as `tarn run --json` does, in a session of its own.
  @discardableResult
  func json(_ source: String, arguments: [String: String] = [:]) async throws -> String {
    try await json(source, given: arguments.mapValues { .text($0) })
  }

  @discardableResult
  func json(_ source: String, given: [String: GivenArgument]) async throws -> String {
    let script = try SQLScript.parse(source, path: "script.sql")
    let bound = try script.bind(arguments: given)
    return try await withSession { session in
      let json = Mutex(ScriptResultJSON(script.resultCollection))
      let bytes = Mutex<[UInt8]>([])
      let sink = ScriptRunner.RowSink(
        header: { columns, _ in bytes.withLock { bytes in json.withLock { $0.begin(columns, to: &bytes) } } },
        body: { chunk in bytes.withLock { bytes in json.withLock { $0.write(chunk, to: &bytes) } } })
      try await ScriptRunner(session: session).run(script, arguments: bound, into: sink)
      return bytes.withLock { bytes in
        json.withLock { $0.finish(&bytes) }
        return String(decoding: bytes, as: UTF8.self)
      }
    }
  }

  /// Runs a script and compares what it gives back.
  func expect(
    _ source: String, given: [String: GivenArgument] = [:], gives expected: String,
    at location: SourceLocation = #_sourceLocation
  ) async throws {
    let found = try await json(source, given: given)
    #expect(found == expected, sourceLocation: location)
  }

  /// Runs `body` in a session that is closed afterwards.
  func withSession<Result>(_ body: (EngineSession) async throws -> Result) async throws -> Result {
    try await engine.withSession(body)
  }
}

/// The error that a piece of work throws, as text.
func message(_ body: () async throws -> some Any) async -> String? {
  do { _ = try await body() } catch { return String(describing: error) }
  return nil
}
