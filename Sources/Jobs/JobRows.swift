import SQLText
import Store

// Jobs as rows of the store. The rules stand here once: every statement that changes a job's state is in this file.
enum JobRows {
  /// What a worker's lease lasts when it is not renewed.
  static let lease = Duration.seconds(15)

  static func insert(
    _ new: NewJob, id: JobID, for worker: String?, at now: Moment, in transaction: StoreTransaction
  ) throws -> Job {
    let state: JobState = worker == nil ? .queued : .running
    let leaseUntil = worker.map { _ in (now + lease).microseconds }
    let startedAt = worker.map { _ in now.microseconds }
    let scheduledFor = (new.scheduledFor ?? now).microseconds
    let timeout = new.timeout.map(milliseconds)
    let rows = try transaction.query(
      """
      INSERT INTO job (id, workspace, kind, path, script_hash, language, content, arguments, created_by, tag, priority,
        state, created_at, scheduled_for, started_at, worker, lease_until, attempt, most_attempts, timeout, parent, root,
        output)
      VALUES (\(id.text), \(new.workspace), \(new.kind.rawValue), \(new.path), \(new.scriptHash), \(new.language),
        \(new.content), \(new.arguments), \(new.createdBy), \(new.tag), \(new.priority), \(state.rawValue),
        \(now.microseconds), \(scheduledFor), \(startedAt), \(worker), \(leaseUntil), \(worker == nil ? 0 : 1),
        \(new.mostAttempts), \(timeout), \(new.parent?.text), \(new.root?.text), \(new.output?.rawValue))
      RETURNING *
      """)
    return try job(rows[0])
  }

  /// Gives queued jobs to a worker, in the order of the queue.
  static func take(
    _ count: Int, for worker: String, tags: [String], at now: Moment, in transaction: StoreTransaction
  ) throws -> [Job] {
    guard count > 0, !tags.isEmpty else { return [] }
    var choice: SQL = """
      SELECT id FROM job WHERE state = 'queued' AND scheduled_for <= \(now.microseconds) AND tag IN (
      """
    for (index, tag) in tags.enumerated() { choice += index == 0 ? "\(tag)" : ", \(tag)" }
    choice += ") ORDER BY priority DESC, scheduled_for, id LIMIT \(count)"
    // Several servers take at once.
    if case .postgresql = transaction.dialect { choice += " FOR UPDATE SKIP LOCKED" }
    let rows = try transaction.query(
      """
      UPDATE job SET state = 'running', worker = \(worker), attempt = attempt + 1, started_at = \(now.microseconds),
        lease_until = \((now + lease).microseconds)
      WHERE id IN (
      """ + choice + ") RETURNING *")
    return try rows.map(job).sorted {
      ($1.priority, $0.scheduledFor, $0.id.text) < ($0.priority, $1.scheduledFor, $1.id.text)
    }
  }

  /// Holds a worker's jobs for another while. Writes nothing when that was done a moment ago.
  static func renew(_ worker: String, at now: Moment, in transaction: StoreTransaction) throws {
    try transaction.execute(
      """
      UPDATE job SET lease_until = \((now + lease).microseconds)
      WHERE state = 'running' AND worker = \(worker) AND lease_until < \((now + lease / 2).microseconds)
      """)
  }

  static func running(on worker: String, in transaction: StoreTransaction) throws -> [Job] {
    try transaction.query("SELECT * FROM job WHERE state = 'running' AND worker = \(worker) ORDER BY id").map(
      job)
  }

  /// - Returns: false when the errand is not the worker's any more: then nothing has changed.
  static func end(
    _ errand: JobErrand, of worker: String, as outcome: JobOutcome, at now: Moment,
    in transaction: StoreTransaction
  ) throws -> Bool {
    // The rows that a load was sent have been in the job long enough; what is told of it later is its result.
    // A job that somebody wanted to end has ended so, unless it was done before that could be told to it.
    try transaction.execute(
      """
      UPDATE job SET state = \(outcome.state.rawValue), result = \(outcome.result), output = \(outcome.output?.rawValue),
        ended_at = \(now.microseconds), lease_until = NULL, arguments = CASE language WHEN 'load' THEN '{}' ELSE arguments END
      WHERE id = \(errand.id.text) AND state = 'running' AND worker = \(worker) AND attempt = \(errand.attempt)
      """) == 1
  }

  /// Notes that somebody wants a job to end. One that waits ends at once.
  ///
  /// - Returns: the job as it is now; nil when there is none.
  static func cancel(
    _ id: JobID, by user: String, reason: String?, at now: Moment, in transaction: StoreTransaction
  ) throws -> Job? {
    try cancelQueued(id, by: user, reason: reason, at: now, in: transaction)
    try transaction.execute(
      """
      UPDATE job SET cancelled_by = \(user), cancel_reason = \(reason)
      WHERE id = \(id.text) AND state = 'running' AND cancelled_by IS NULL
      """)
    return try find(id, in: transaction)
  }

  /// Ends a job that waits.
  ///
  /// - Returns: whether it did.
  @discardableResult
  static func cancelQueued(
    _ id: JobID, by user: String, reason: String?, at now: Moment, in transaction: StoreTransaction
  ) throws -> Bool {
    let result = JobOutcome.failure(
      name: "Cancelled", message: "cancelled by \(user)" + (reason.map { ": \($0)" } ?? "")
    ).result
    return try transaction.execute(
      """
      UPDATE job SET state = 'cancelled', ended_at = \(now.microseconds), result = \(result), cancelled_by = \(user),
        cancel_reason = \(reason)
      WHERE id = \(id.text) AND state = 'queued'
      """) == 1
  }

  /// Takes jobs away from workers that are lost: to be begun again, or ended when that has happened too often.
  ///
  /// - Parameter lost: a worker that is known to be gone; nil for those whose leases have run out.
  /// - Returns: the jobs that wait again, and those that have ended.
  static func takeOver(
    from lost: String?, at now: Moment, in transaction: StoreTransaction
  ) throws -> (queued: [Job], ended: [Job]) {
    let which: SQL =
      lost.map { "state = 'running' AND worker = \($0)" }
      ?? "state = 'running' AND lease_until < \(now.microseconds)"
    let cancelled = JobOutcome.failure(name: "Cancelled", message: "cancelled while its worker was lost")
      .result
    let ended = JobOutcome.failure(
      name: "WorkerLost", message: "the worker that ran this job was lost, too often for another attempt"
    ).result
    var gone = try transaction.query(
      """
      UPDATE job SET state = 'cancelled', result = \(cancelled), ended_at = \(now.microseconds), lease_until = NULL
      WHERE cancelled_by IS NOT NULL AND
      """ + " " + which + " RETURNING *"
    ).map(job)
    gone += try transaction.query(
      """
      UPDATE job SET state = 'failure', result = \(ended), ended_at = \(now.microseconds), lease_until = NULL
      WHERE attempt >= most_attempts AND
      """ + " " + which + " RETURNING *"
    ).map(job)
    let queued = try transaction.query(
      "UPDATE job SET state = 'queued', lease_until = NULL, worker = NULL WHERE " + which + " RETURNING *"
    ).map(job)
    return (queued, gone)
  }

  static func find(_ id: JobID, in transaction: StoreTransaction) throws -> Job? {
    try transaction.query("SELECT * FROM job WHERE id = \(id.text)").first.map(job)
  }

  static func job(_ row: StoreRow) throws -> Job {
    func moment(_ column: String) throws -> Moment? {
      try row.optionalInteger(column).map { Moment(microseconds: Int64($0)) }
    }
    func id(_ column: String) throws -> JobID? { try row.optionalText(column).flatMap { JobID($0) } }
    guard let kind = JobKind(rawValue: try row.text("kind")),
      let state = JobState(rawValue: try row.text("state")), let jobID = try id("id"),
      let createdAt = try moment("created_at"), let scheduledFor = try moment("scheduled_for")
    else { throw JobError(.corrupt, "job \(row["id"]) cannot be read") }
    return Job(
      id: jobID, workspace: try row.text("workspace"), kind: kind, path: try row.optionalText("path"),
      scriptHash: try row.optionalText("script_hash"), language: try row.text("language"),
      content: try row.text("content"), arguments: try row.text("arguments"),
      createdBy: try row.text("created_by"), tag: try row.text("tag"), priority: try row.integer("priority"),
      state: state, createdAt: createdAt, scheduledFor: scheduledFor, startedAt: try moment("started_at"),
      endedAt: try moment("ended_at"), worker: try row.optionalText("worker"),
      attempt: try row.integer("attempt"),
      timeout: try row.optionalInteger("timeout").map { .milliseconds($0) }, parent: try id("parent"),
      root: try id("root"), progress: try row.optionalInteger("progress"),
      cancelledBy: try row.optionalText("cancelled_by"), cancelReason: try row.optionalText("cancel_reason"),
      result: try row.optionalText("result"),
      output: try row.optionalText("output").flatMap { OutputFormat(rawValue: $0) })
  }

  private static func milliseconds(_ duration: Duration) -> Int {
    Int(duration.components.seconds) * 1000 + Int(duration.components.attoseconds / 1_000_000_000_000_000)
  }
}
