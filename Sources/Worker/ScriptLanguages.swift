internal import Extracts
internal import Foundation
internal import Jobs
internal import Signatures

/// Runs scripts that have a process of their own.
struct ScriptLanguages: Sendable {
  private let configuration: Worker.Configuration
  private let endpoint: String
  private let python: PythonHosts?
  private let typeScript: TypeScriptHosts?

  /// - Parameter endpoint: what scripts ask first.
  init(_ configuration: Worker.Configuration, endpoint: String) {
    self.configuration = configuration
    self.endpoint = endpoint
    let (folder, limits) = (configuration.folder, configuration.limits)
    let cache = configuration.cache ?? folder + "/cache"
    python = configuration.python.map {
      PythonHosts(
        python: $0, uv: configuration.uv, folder: folder + "/python", cache: cache + "/python", limits: limits
      )
    }
    typeScript = configuration.deno.map {
      TypeScriptHosts(
        deno: $0, reachable: [configuration.server.absoluteString, endpoint], folder: folder,
        cache: cache + "/deno", limits: limits)
    }
  }

  /// Those that are run here.
  var names: [String] {
    (python == nil ? [] : ["python3"]) + (typeScript == nil ? [] : ["typescript"])
      + (configuration.bash == nil ? [] : ["bash"])
  }

  /// Runs a script to its end.
  ///
  /// - Parameter log: gets what it prints.
  /// - Returns: nil when its language is not run here.
  /// - Throws: ``ScriptProcessError``; `ArgumentError`; `CancellationError`.
  func run(
    _ assignment: WorkerMessages.Assignment, log: @escaping @Sendable (String) async -> Void
  ) async throws -> JobOutcome? {
    let run = ScriptRun(
      assignment: assignment, server: configuration.server.absoluteString, endpoint: endpoint,
      folders: configuration.folder, limits: configuration.limits, log: log)
    switch (ScriptLanguage(named: assignment.job.language), python, typeScript, configuration.bash) {
    case (.python3, let hosts?, _, _): return try await PythonScript(run: run, hosts: hosts).outcome()
    case (.typescript, _, let hosts?, _): return try await TypeScriptScript(run: run, hosts: hosts).outcome()
    case (.bash, _, _, let bash?): return try await BashScript(run: run, bash: bash).outcome()
    default: return nil
    }
  }

  /// Runs a script in Python that yields rows, shut in as other scripts are.
  ///
  /// - Parameter target: gets the files that it has written.
  /// - Throws: ``ScriptProcessError``; `CancellationError`.
  func rows(
    of program: ScriptProgram, _ assignment: WorkerMessages.Assignment, into target: String,
    log: @escaping @Sendable (String) async -> Void
  ) async throws {
    guard let python else { throw ScriptProcessError("this worker does not run Python") }
    let run = ScriptRun(
      assignment: assignment, server: configuration.server.absoluteString, endpoint: endpoint,
      folders: configuration.folder, limits: configuration.limits, log: log)
    try await PythonRows(run: run, hosts: python, program: program).write(into: target)
  }

  /// Ends what waits for scripts.
  func close() async {
    await python?.close()
    await typeScript?.close()
  }
}
