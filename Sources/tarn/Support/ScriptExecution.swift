import Lake
import LakeSettings
import Runtimes
import Scripts

/// Runs a script in a workspace for a command, and gives back its rows.
struct ScriptExecution {
  let script: SQLScript
  let arguments: [BoundArgument]
  let output: OutputOptions
  /// The lake that is current when the script begins.
  var lake: LakeName? = .main
  /// Makes all statements one transaction that is applied once.
  var key: String?

  func run(in workspace: OpenWorkspace) async throws {
    var open = workspace
    let target = try output.target(shape: script.resultCollection, in: &open)
    try await open.withEngine { engine in
      let session = try await engine.session(current: lake)
      do {
        try await runOnce(in: session, target)
        await session.close()
      } catch {
        await session.close()
        throw error
      }
    }
  }

  private func runOnce(in session: EngineSession, _ target: OutputOptions.Target) async throws {
    guard let key else { return try await run(in: session, target) }
    if let snapshot = try await session.begin(key: key) {
      Console.note("key '\(key)' was applied before, with snapshot \(snapshot); nothing was run")
      if case .rows(let rows) = target { try rows.finish() }
      return
    }
    try await run(in: session, target)
    try await session.commit()
  }

  private func run(in session: EngineSession, _ target: OutputOptions.Target) async throws {
    let runner = ScriptRunner(session: session)
    switch target {
    case .parquet(let path):
      try await runner.run(script, arguments: arguments, toParquet: path)
    case .rows(let rows):
      try await runner.run(script, arguments: arguments, into: rows.sink)
      try rows.finish()
    }
  }
}
