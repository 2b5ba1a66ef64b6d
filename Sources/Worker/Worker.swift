public import Foundation
internal import HTTPClient
internal import Jobs
internal import LakeSettings

/// Takes jobs from a server and runs them, several at a time.
///
/// It needs the server's address and a token; the server tells it which lakes there are. Jobs come by a request that the
/// server answers as soon as there is one.
public actor Worker {
  /// What a worker is started with.
  public struct Configuration: Sendable {
    public var server: URL
    public var token: String
    /// What the worker is known by; another process is another worker.
    public var name: String
    /// How many jobs run at the same time.
    public var slots: Int
    /// The program that runs Python scripts, by its path; nil for none.
    public var python: String?
    /// The program that runs scripts in TypeScript, Deno, by its path; nil for none.
    public var deno: String?
    /// The program that runs scripts in Bash, by its path; nil for none.
    public var bash: String?
    /// The program that installs packages for Python scripts, uv, by its path; nil for none.
    public var uv: String?
    /// Where packages for scripts are kept from one worker to the next; nil for only as long as this one works.
    public var cache: String?
    /// What each script's processes may use.
    public var limits = ScriptLimits()
    /// For folders of scripts and other passing files; removed at the end.
    public var folder: String

    public init(server: URL, token: String, name: String, slots: Int, python: String? = nil, folder: String) {
      self.server = server
      self.token = token
      self.name = name
      self.slots = slots
      self.python = python
      self.folder = folder
    }
  }

  /// What a worker has to say of itself.
  public enum Event: Sendable {
    /// It is about to ask for jobs.
    case ready
    /// The server cannot be reached; it tries again.
    case waiting(String)
    /// It takes no more jobs, and waits for as many as run.
    case finishing(jobs: Int)
  }

  /// The languages that workers run, where they have what each takes.
  public static let languages: Set<String> = QueryExecution.languages.union([
    LoadScript.language, "bash", "python3", "typescript",
  ])

  private let configuration: Configuration
  private let client: ServerClient
  private let engines: EngineRoom
  private let dataTables: DataTableRoom
  private let dataTableEngines: DataTableEngines
  private let tell: @Sendable (Event) -> Void
  private var running: [JobErrand: Task<Void, Never>] = [:]
  private var openPoll: Task<WorkerMessages.Answer, any Error>?
  /// How long the jobs that run may go on; nil as long as new ones are taken.
  private var finishTime: Duration?
  /// Whether nothing is waited for any more.
  private var isStopping = false
  private var patience: Task<Void, any Error>?

  private static let pollSeconds = 20
  private static let longestPause = Duration.seconds(10)

  /// - Parameter tell: gets what happens to the worker.
  public init(_ configuration: Configuration, tell: @escaping @Sendable (Event) -> Void = { _ in }) {
    self.configuration = configuration
    self.tell = tell
    client = ServerClient(
      base: configuration.server, token: configuration.token, worker: configuration.name,
      transport: CurlTransport(maximumConnections: configuration.slots + 8))
    engines = EngineRoom { [client] in try await client.settings() }
    dataTables = DataTableRoom(client: client, folder: configuration.folder + "/datatables")
    dataTableEngines = DataTableEngines(engines: engines, dataTables: dataTables)
  }

  /// Works until ``finish(within:)`` or until its task is cancelled; then the jobs that run are cancelled, too.
  ///
  /// - Throws: ``WorkerError`` with code `refused`.
  public func run() async throws {
    defer {
      patience?.cancel()
      client.transport.close()
    }
    let settings = try await persistently { try await self.client.settings() }
    await engines.use(settings)
    let endpoint = try await startEndpoint()
    let execution = execution(with: endpoint)
    await engines.warmUp()
    tell(.ready)
    var failure: (any Error)?
    do {
      while finishTime == nil { try await take(execution) }
      try await finish(execution)
    } catch {
      failure = error
    }
    cancelJobs()
    for job in running.values { await job.value }
    await endpoint.stop()
    await dataTableEngines.close()
    await engines.close()
    await dataTables.close()
    await execution.scripts.close()
    try? FileManager.default.removeItem(atPath: configuration.folder)
    if let failure, !(failure is CancellationError), finishTime == nil { throw failure }
  }

  /// Takes no more jobs. ``run()`` ends when those that run have ended; those that take longer than `time` are cancelled.
  public func finish(within time: Duration) {
    guard finishTime == nil else { return }
    finishTime = time
    patience = Task {
      try await Task.sleep(for: time)
      cancelJobs()
    }
    openPoll?.cancel()
  }

  private func finish(_ execution: JobExecution) async throws {
    // A job may have been on its way when nobody waited for it any more.
    if let answer = try? await poll(for: execution.languages, waits: false) { heed(answer, execution) }
    guard !running.isEmpty else { return }
    tell(.finishing(jobs: running.count))
    if isStopping { cancelJobs() }
    while !running.isEmpty { try await take(execution) }
  }

  private func cancelJobs() {
    isStopping = true
    openPoll?.cancel()
    for job in running.values { job.cancel() }
  }

  private func startEndpoint() async throws -> JobEndpoint {
    let queries = queries
    return try await JobEndpoint.start(
      languages: QueryExecution.languages,
      forward: ForwardedRequests(server: configuration.server, transport: client.transport)
    ) { [client] assignment, query, output in
      do { return try await queries.run(query, of: assignment, as: output) } catch {
        if JobExecution.isDenial(error) {
          // Who was kept from what is told to the server; that it cannot be told changes nothing for the script.
          try? await client.denied(JobExecution.message(of: error), of: assignment.errand)
        }
        throw error
      }
    }
  }

  private var queries: QueryExecution {
    QueryExecution(engines: engines, dataTables: dataTables, dataTableEngines: dataTableEngines)
  }

  private func execution(with endpoint: JobEndpoint) -> JobExecution {
    JobExecution(
      queries: queries,
      scripts: ScriptLanguages(configuration, endpoint: endpoint.address), endpoint: endpoint,
      log: { [client] text, errand in
        // What a job prints is not worth its failure.
        try? await client.log(text, of: errand)
      },
      store: { [client] output, errand in try await client.store(output, of: errand) },
      rows: { [client] file, errand in try await client.rows(of: errand, into: file) },
      values: { [client] question, errand in try await client.values(of: question, for: errand) },
      progress: { [client] percent, assignment in try? await client.note(percent, of: assignment) })
  }

  // MARK: Taking jobs

  private func take(_ execution: JobExecution) async throws {
    try Task.checkCancellation()
    let answer = try await persistently { try await self.poll(for: execution.languages) }
    heed(answer, execution)
  }

  private func heed(_ answer: WorkerMessages.Answer, _ execution: JobExecution) {
    for errand in answer.cancelled + answer.lost { running[errand]?.cancel() }
    for assignment in answer.assignments where running[assignment.errand] == nil {
      begin(assignment, execution)
    }
  }

  /// Asks for jobs. The request is given up when a job ends meanwhile and there was no room: then there is more to say.
  private func poll(for languages: [String], waits: Bool = true) async throws -> WorkerMessages.Answer {
    let poll = WorkerPoll(
      worker: configuration.name, tags: languages,
      slots: finishTime != nil ? 0 : configuration.slots - running.count, running: Array(running.keys))
    // Nobody would end the waiting of one who is done.
    let hasReason = waits && (finishTime == nil || !running.isEmpty)
    let open = Task { try await client.poll(poll, seconds: hasReason ? Self.pollSeconds : 0) }
    openPoll = open
    defer { openPoll = nil }
    do {
      return try await withTaskCancellationHandler {
        try await open.value
      } onCancel: {
        open.cancel()
      }
    } catch is CancellationError where !Task.isCancelled {
      return WorkerMessages.Answer(assignments: [], cancelled: [], lost: [])
    }
  }

  private func begin(_ assignment: WorkerMessages.Assignment, _ execution: JobExecution) {
    running[assignment.errand] = Task {
      let outcome = await execution.run(assignment)
      await end(assignment.errand, as: outcome)
    }
  }

  private func end(_ errand: JobErrand, as outcome: JobOutcome) async {
    // In a cancelled task nothing would be sent.
    await Task {
      // A server that takes it no longer has told why to those who ask it; one that is gone will learn of it when it is back.
      _ = try? await persistently { try await self.client.end(errand, as: outcome) }
    }.value
    let hadRoom = running.count < configuration.slots
    running[errand] = nil
    if !hadRoom || finishTime != nil { openPoll?.cancel() }
  }

  /// Whether a server that cannot be reached is waited for.
  private var isPatient: Bool { !isStopping && (finishTime == nil || !running.isEmpty) }

  /// Tries again, with longer and longer pauses, while the server cannot be reached and there is time.
  private func persistently<Result: Sendable>(
    _ body: @escaping @Sendable () async throws -> Result
  ) async throws -> Result {
    var pause = Duration.milliseconds(50)
    while true {
      do { return try await body() } catch let error as WorkerError
        where error.code == .unreachable && isPatient
      {
        tell(.waiting(error.message))
        try await Task.sleep(for: pause)
        pause = min(pause * 2, Self.longestPause)
      }
    }
  }
}
