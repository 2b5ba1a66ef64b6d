import DuckDB
import Flows
import Foundation
import Lake
import LakeSettings
import Pipelines
import TestKit
import Testing

/// A workspace with a pipeline, run in this process.
final class PipelineLab: Sendable {
  let folder: TemporaryFolder
  let engine: Engine

  private init(_ folder: TemporaryFolder, _ engine: Engine) {
    self.folder = folder
    self.engine = engine
  }

  /// Runs `body` with a new workspace whose pipeline has these scripts.
  static func run<Result>(
    _ scripts: [String: String], lakes: [LakeName] = [.main], catalog: String = "sqlite",
    _ body: (PipelineLab) async throws -> Result
  ) async throws -> Result {
    let folder = try TemporaryFolder("pipeline")
    for (path, text) in scripts { try folder.write(text, to: "pipeline/" + path) }
    let settings = EngineSettings(
      baseFolder: folder.path, reachableFiles: [folder.path + "/raw/"], temporaryFolder: folder.path)
    let configurations = lakes.map { TestLakes.configuration(catalog, in: folder, name: $0) }
    return try await TestLakes.withEngine(configurations, settings: settings) {
      try await body(PipelineLab(folder, $0))
    }
  }

  /// The same workspace with another engine.
  func on(_ other: Engine) -> PipelineLab { PipelineLab(folder, other) }

  func write(_ text: String, to script: String) throws { try folder.write(text, to: "pipeline/" + script) }

  func load(arguments: [String: String] = [:]) async throws -> Pipeline {
    try await Pipeline.load(
      folder: folder["pipeline"], engine: engine, workspaceFolder: folder.path,
      privateFolder: folder[".tarn"],
      arguments: arguments)
  }

  /// Loads and runs the pipeline.
  func run(
    force: Bool = false, jobs: Int = 4, arguments: [String: String] = [:],
    _ report: @escaping @Sendable (PipelineEvent) -> Void = { _ in }
  ) async throws -> PipelineOutcome {
    let pipeline = try await load(arguments: arguments)
    return await PipelineRunner(pipeline, engine: engine, options: .init(jobs: jobs, force: force)).run(
      report)
  }

  /// Runs the pipeline, which must succeed, and tells the steps that were run.
  func ran(force: Bool = false, arguments: [String: String] = [:]) async throws -> Set<String> {
    let outcome = try await run(force: force, arguments: arguments)
    guard outcome.ending == .done else { throw Unexpected(text: "\(outcome.failed.values.map(\.message))") }
    return Set(outcome.finished.keys)
  }

  /// Runs the pipeline, which must succeed and run just these steps.
  func expectRun(
    _ steps: Set<String>, force: Bool = false, arguments: [String: String] = [:],
    at location: SourceLocation = #_sourceLocation
  ) async throws {
    let ran = try await ran(force: force, arguments: arguments)
    #expect(ran == steps, sourceLocation: location)
  }

  /// Compares the rows of a query as text: values by blanks, rows by line breaks.
  func expectRows(
    _ expected: String, of query: String, lake: LakeName = .main,
    at location: SourceLocation = #_sourceLocation
  ) async throws {
    let result = try await engine.lake(lake).query("\(raw: query)").result()
    let rows = result.rows.map { row in row.values.map(\.description).joined(separator: " ") }
    #expect(rows.joined(separator: "\n") == expected, sourceLocation: location)
  }

  struct Unexpected: Error { let text: String }

  /// What keeps the pipeline from being loaded.
  func problems(arguments: [String: String] = [:]) async throws -> [String] {
    do {
      _ = try await load(arguments: arguments)
      return []
    } catch let error as PipelineProblems { return error.lines }
  }

  /// Runs statements outside the pipeline, as somebody else would.
  func execute(_ statements: String..., lake: LakeName = .main) async throws {
    let lake = try await engine.lake(lake)
    for statement in statements { try await lake.execute("\(raw: statement)") }
  }

  func snapshot(of lake: LakeName = .main) async throws -> Int64 {
    try await engine.lake(lake).currentSnapshot()
  }
}
