import DuckDB
import Lake
import LakeSettings
import Runtimes
import Scripts

/// Runs one step: its statements, its data tests and its commit, as one transaction of the lake that it writes.
///
/// Tests of tables that the step only reads run before the transaction, beside other steps. From BEGIN on the
/// step has the lake's turn: nothing of it is seen before COMMIT, and nothing remains when it fails.
struct StepExecutor: Sendable {
  let engine: Engine
  let script: LoadedScript
  /// The folder that reports are written below; absolute.
  let reportFolder: String
  let author: String

  /// What a step left.
  struct Commit: Sendable {
    var rows = 0
    var files: [String] = []
    /// The lake's newest snapshot with the step's changes; nil when it writes no lake.
    var snapshot: Int64?
  }

  /// - Throws: ``ScriptRunError``, ``DataTestError``, ``ReportError``, ``LakeError``; `CancellationError`.
  func run() async throws -> Commit {
    let session = try await engine.session()
    do {
      let commit = try await run(in: session)
      await session.close()
      return commit
    } catch {
      await session.close()
      throw error
    }
  }

  private func run(in session: EngineSession) async throws -> Commit {
    let tests = DataTestRunner(session: session, path: script.path)
    var commit = Commit()
    try await runTestsBefore(tests, in: session)
    if script.writesLake { try await session.begin() }
    let report = try await runStatements(in: session, &commit)
    try await tests.run(script.testsAfter)
    if script.writesLake {
      try await session.setCommitMessage(CommitMessage(author: author, text: "pipeline step \(script.path)"))
      try await session.commit()
      commit.snapshot = try await lastCommit(of: session)
    }
    commit.files = try ReportWriter.write(report, below: reportFolder)
    return commit
  }

  /// All see one state of the lake, and read its catalog once.
  private func runTestsBefore(_ tests: DataTestRunner, in session: EngineSession) async throws {
    guard !script.testsBefore.isEmpty else { return }
    try await session.beginReading()
    try await tests.run(script.testsBefore)
    try await session.commit()
  }

  private func runStatements(in session: EngineSession, _ commit: inout Commit) async throws -> [ReportFile] {
    let runner = ScriptRunner(session: session)
    guard let report = script.report else {
      commit.rows = try await runner.run(script.script, arguments: script.arguments)
      return []
    }
    let results = try await runner.collect(script.script, arguments: script.arguments)
    return try ReportStep.render(report, path: script.path, results: results)
  }

  private func lastCommit(of session: EngineSession) async throws -> Int64? {
    guard let alias = script.changedLake?.catalogAlias else { return nil }
    let result = try await session.runTrusted(
      "SELECT id::BIGINT FROM ducklake_last_committed_snapshot('\(alias)')")
    return result.scalar()?.intValue.map(Int64.init)
  }
}
