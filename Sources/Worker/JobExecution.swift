internal import DataTables
internal import Jobs
internal import Lake
internal import Runtimes
internal import Scripts
internal import Signatures

/// Runs jobs, each by its language.
struct JobExecution: Sendable {
  let queries: QueryExecution
  let scripts: ScriptLanguages
  /// What scripts ask first.
  let endpoint: JobEndpoint
  /// Passes on what a job prints.
  let log: @Sendable (String, JobErrand) async -> Void

  /// The languages that are run here.
  var languages: [String] { QueryExecution.languages.sorted() + scripts.names }

  /// Never throws: whatever happens is the job's outcome.
  func run(_ assignment: WorkerMessages.Assignment) async -> JobOutcome {
    let job = assignment.job
    do {
      switch job.language {
      case _ where QueryExecution.languages.contains(job.language):
        return JobOutcome(state: .success, result: try await queries.run(assignment))
      default:
        let errand = assignment.errand
        let outcome = try await endpoint.open(to: assignment) {
          try await scripts.run(assignment) { text in await log(text, errand) }
        }
        if let outcome { return outcome }
        return .failure(name: "UnknownLanguage", message: "this worker does not run '\(job.language)'")
      }
    } catch is CancellationError {
      return .failure(name: "Cancelled", message: "the job was cancelled", state: .cancelled)
    } catch let error as ScriptProcessError {
      return .failure(name: error.name, message: error.description)
    } catch let error as ArgumentError {
      return .failure(name: "BadArguments", message: error.description)
    } catch {
      return .failure(
        name: Self.isDenial(error) ? JobOutcome.denied : "ExecutionErr", message: Self.message(of: error))
    }
  }

  /// Whether a right was missing.
  static func isDenial(_ error: any Error) -> Bool {
    (error as? LakeError)?.code == .denied || (error as? ScriptRunError)?.cause.code == .denied
  }

  /// What people are told of an error; of an unknown one nothing that might hold a secret.
  static func message(of error: any Error) -> String {
    switch error {
    case let error as ScriptRunError: error.description
    case let error as ScriptError: error.description
    case let error as ScriptArgumentError: error.description
    case let error as LakeError: error.description
    case let error as DataTableError: error.description
    case let error as Deadline.Passed: error.description
    case let error as WorkerError: error.description
    default: "the script could not be run (\(type(of: error)))"
    }
  }
}
