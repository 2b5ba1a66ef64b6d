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
  /// Has the server keep a result as a file.
  let store: @Sendable (StoredOutput, JobErrand) async throws -> Void
  /// Writes the rows that came with a load's request into a file.
  let rows: @Sendable (String, JobErrand) async throws -> Void
  /// Asks for what a load names of its workspace.
  let values: @Sendable (WorkerMessages.NamedValues, JobErrand) async throws -> WorkerMessages.NamedValueTexts
  /// Passes on how far a job has come, in percent.
  let progress: @Sendable (Int, WorkerMessages.Assignment) async -> Void

  /// The languages that are run here.
  var languages: [String] { QueryExecution.languages.sorted() + [LoadScript.language] + scripts.names }

  /// Never throws: whatever happens is the job's outcome.
  func run(_ assignment: WorkerMessages.Assignment) async -> JobOutcome {
    let job = assignment.job
    do {
      switch job.language {
      case _ where QueryExecution.languages.contains(job.language):
        return try await outcome(of: try await queries.run(assignment), assignment.errand)
      case LoadScript.language:
        let errand = assignment.errand
        let load = LoadScript(
          job: job, arguments: assignment.arguments, rights: assignment.rights,
          progress: { percent in await progress(percent, assignment) },
          log: { line in await log(line, errand) },
          rows: { file in try await rows(file, errand) },
          values: { question in try await values(question, errand) },
          isolation: LoadIsolation(
            scripts: scripts, endpoint: endpoint, assignment: assignment,
            log: { text in await log(text, errand) }))
        return JobOutcome(state: .success, result: try await load.run(in: queries.engines))
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
      if let told = LoadScript.message(of: error) { return .failure(name: told.name, message: told.message) }
      return .failure(
        name: Self.isDenial(error) ? JobOutcome.denied : "ExecutionErr", message: Self.message(of: error))
    }
  }

  /// Results that are larger are kept as files.
  private static let largestInStore = 1 << 20

  private func outcome(of output: QueryOutput, _ errand: JobErrand) async throws -> JobOutcome {
    switch output {
    case .json(let text) where text.utf8.count <= Self.largestInStore:
      return JobOutcome(state: .success, result: text)
    case .json(let text):
      try await store(.text(text), errand)
      return JobOutcome(state: .success, result: "null", output: .json)
    case .file(let file):
      defer { file.remove() }
      try await store(.file(file), errand)
      return JobOutcome(state: .success, result: "null", output: file.format)
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
