internal import SQLText
public import Store

/// A worker that has asked for jobs lately.
public struct WorkerRecord: Sendable, Hashable {
  public let name: String
  /// The tags whose jobs it takes, sorted.
  public let tags: [String]
  /// When it asked first.
  public let since: Moment
  /// When it asked last; noted every few seconds.
  public let seen: Moment
}

extension JobQueue {
  /// Those that ask for jobs, by their names.
  ///
  /// - Throws: `StoreError`.
  public nonisolated func workers() async throws -> [WorkerRecord] {
    try await store.read { try WorkerRows.all(at: .now, in: $0) }
  }

  /// Waits until a job has ended, but not for a worker that does not come.
  ///
  /// - Parameters:
  ///   - time: how long to wait in all.
  ///   - patience: after this time twice, a job is given up that none of the workers takes; after seven times, one when
  ///     there is no worker. A worker that has died needs a moment to be replaced.
  /// - Returns: the job; as it is when the time is up.
  /// - Throws: ``JobError``, with code `noWorker` after the job was cancelled; `StoreError`; `CancellationError`.
  public func outcome(
    of id: JobID, within time: Duration, patience: Duration = .seconds(10)
  ) async throws -> Job {
    let clock = ContinuousClock()
    let deadline = clock.now + time
    var misses = 0
    while true {
      let left = deadline - clock.now
      let job = try await ended(id, within: min(left, patience))
      guard !job.state.isFinal, left > patience else { return job }
      guard job.state == .queued, job.scheduledFor <= .now else {
        misses = 0
        continue
      }
      let workers = try await workers()
      misses = workers.contains { $0.tags.contains(job.tag) } ? 0 : misses + 1
      guard misses > (workers.isEmpty ? 6 : 1) else { continue }
      let reason = Self.reason(why: job.tag, isTakenByNoneOf: workers)
      // It may have been taken at the last moment.
      if try await giveUp(job, reason) { throw JobError(.noWorker, reason) }
      misses = 0
    }
  }

  /// Ends a job that waits; one that runs meanwhile goes on.
  ///
  /// - Returns: whether it has ended so.
  private nonisolated func giveUp(_ job: Job, _ reason: String) async throws -> Bool {
    try await store.write { transaction in
      let isEnded = try JobRows.cancelQueued(
        job.id, by: job.createdBy, reason: reason, at: .now, in: transaction)
      if isEnded { transaction.notify(Self.channel, "ended \(job.id)") }
      return isEnded
    }
  }

  /// Writes into the logs of jobs that have waited for a while what they wait for, when no worker takes them.
  ///
  /// - Throws: `StoreError`.
  nonisolated func tellJobsThatNobodyTakes(at now: Moment = .now) async throws {
    let (workers, tags) = try await store.read { transaction in
      (
        try WorkerRows.all(at: now, in: transaction),
        try WorkerRows.tagsOfSilentJobs(due: now - Self.longWait, in: transaction)
      )
    }
    let untaken = Set(tags).subtracting(workers.flatMap(\.tags))
    guard !untaken.isEmpty else { return }
    try await store.write { transaction in
      for tag in untaken.sorted() {
        let text = "Waiting: \(Self.reason(why: tag, isTakenByNoneOf: workers)).\n"
        for id in try WorkerRows.tell(text, tag: tag, due: now - Self.longWait, in: transaction) {
          transaction.notify(Self.channel, "news \(id)")
        }
      }
    }
  }

  /// How long a job waits before it is worth a word.
  private static let longWait = Duration.seconds(20)

  private static func reason(why tag: String, isTakenByNoneOf workers: [WorkerRecord]) -> String {
    guard !workers.isEmpty else { return "no worker is connected that could run it" }
    let tags = Set(workers.flatMap(\.tags)).sorted().joined(separator: ", ")
    return "no worker takes jobs tagged '\(tag)'; those that are connected take \(tags)"
  }
}

/// Workers as rows of the store: several servers may share them.
enum WorkerRows {
  /// One that has been silent for longer is gone: a poll takes 30 seconds at most.
  static let silence = Duration.seconds(60)
  /// How exactly it is noted when one was there.
  private static let grain = Duration.seconds(5)

  static func note(_ poll: WorkerPoll, at now: Moment, in transaction: StoreTransaction) throws {
    let tags = Set(poll.tags).sorted().joined(separator: "\n")
    try transaction.execute(
      """
      INSERT INTO worker (name, tags, since, seen) VALUES (\(poll.worker), \(tags), \(now.microseconds), \(now.microseconds))
      ON CONFLICT (name) DO UPDATE SET tags = excluded.tags, seen = excluded.seen
      WHERE worker.seen < \((now - grain).microseconds) OR worker.tags <> excluded.tags
      """)
  }

  static func all(at now: Moment, in transaction: StoreTransaction) throws -> [WorkerRecord] {
    try transaction.query(
      "SELECT * FROM worker WHERE seen >= \((now - silence).microseconds) ORDER BY name"
    ).map { row in
      WorkerRecord(
        name: try row.text("name"), tags: try row.text("tags").split(separator: "\n").map(String.init),
        since: Moment(microseconds: Int64(try row.integer("since"))),
        seen: Moment(microseconds: Int64(try row.integer("seen"))))
    }
  }

  /// The tags of jobs that are due since before a moment, and whose logs are empty.
  static func tagsOfSilentJobs(due moment: Moment, in transaction: StoreTransaction) throws -> [String] {
    try transaction.query("SELECT DISTINCT tag FROM job WHERE " + silent(moment)).map { try $0.text("tag") }
  }

  /// Writes into their logs.
  ///
  /// - Returns: the jobs' ids.
  static func tell(_ text: String, tag: String, due moment: Moment, in transaction: StoreTransaction) throws
    -> [String]
  {
    try transaction.query(
      "INSERT INTO job_log (job, place, content) SELECT id, 1, \(text) FROM job WHERE tag = \(tag) AND "
        + silent(moment) + " ON CONFLICT DO NOTHING RETURNING job"
    ).map { try $0.text("job") }
  }

  private static func silent(_ moment: Moment) -> SQL {
    """
    state = 'queued' AND scheduled_for <= \(moment.microseconds) AND created_at <= \(moment.microseconds)
    AND NOT EXISTS (SELECT 1 FROM job_log WHERE job_log.job = job.id)
    """
  }

  static func remove(_ name: String, in transaction: StoreTransaction) throws {
    try transaction.execute("DELETE FROM worker WHERE name = \(name)")
  }

  static func forget(unseenSince moment: Moment, in transaction: StoreTransaction) throws {
    try transaction.execute("DELETE FROM worker WHERE seen < \(moment.microseconds)")
  }
}
