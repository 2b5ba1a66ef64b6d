internal import Jobs
internal import Lake
internal import Runtimes
internal import Scripts

/// Runs jobs, each by its language.
struct JobExecution: Sendable {
  let engines: EngineRoom

  /// The languages that a worker runs.
  static let languages: Set<String> = ["duckdb"]

  /// Never throws: whatever happens is the job's outcome.
  func run(_ assignment: WorkerMessages.Assignment) async -> JobOutcome {
    let job = assignment.job
    do {
      switch job.language {
      case "duckdb":
        let script = DuckDBScript(
          content: job.content, path: job.path ?? "query", arguments: assignment.arguments,
          timeout: job.timeout)
        let result = try await script.run(in: try await engines.engine(of: job.workspace))
        return JobOutcome(state: .success, result: result)
      default:
        return .failure(name: "UnknownLanguage", message: "this worker does not run '\(job.language)'")
      }
    } catch is CancellationError {
      return .failure(name: "Cancelled", message: "the job was cancelled", state: .cancelled)
    } catch {
      return .failure(name: "ExecutionErr", message: Self.message(of: error))
    }
  }

  /// What people are told of an error; of an unknown one nothing that might hold a secret.
  static func message(of error: any Error) -> String {
    switch error {
    case let error as ScriptRunError: error.description
    case let error as ScriptError: error.description
    case let error as ScriptArgumentError: error.description
    case let error as LakeError: error.description
    default: "the script could not be run (\(type(of: error)))"
    }
  }
}
