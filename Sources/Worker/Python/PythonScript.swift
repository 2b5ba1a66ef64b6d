internal import Foundation
internal import JSON
internal import Jobs
internal import Signatures

/// A script in Python.
struct PythonScript: Sendable {
  let run: ScriptRun
  let hosts: PythonHosts

  /// - Throws: ``ScriptProcessError``; `ArgumentError`; `CancellationError`.
  func outcome() async throws -> JobOutcome {
    let given = (try? JSONValue(parsing: run.assignment.arguments).object) ?? JSONObject()
    let source = PythonSource(run.job.content)
    try Signature(of: run.job.content, language: .python3, path: run.job.path ?? "preview").check(given)
    let folder = try run.makeFolder()
    try folder.write(run.job.content, to: "script.py")
    try folder.write(run.assignment.arguments, to: "arguments.json")
    return try await run.run(in: folder) {
      let host = try await hosts.host(for: source) { text in await run.log(text) }
      return try await host.run(
        in: folder.path, environment: run.environment(in: folder), imports: source.imports)
    } outcome: { status in
      run.written(status, in: folder)
    }
  }
}
