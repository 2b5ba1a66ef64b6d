internal import SQLText
public import Store

/// Which jobs somebody wants to see.
public struct JobFilter: Sendable {
  /// Whether they run.
  public var isRunning: Bool?
  public var states: [JobState]?
  /// The path of what they run.
  public var path: String?
  public var createdBy: String?
  /// Those before this one in the list.
  public var before: JobID?
  /// At most so many.
  public var limit = 100

  public init() {}
}

extension JobQueue {
  /// The jobs of a workspace, the newest first.
  ///
  /// - Throws: `StoreError`.
  public nonisolated func jobs(of workspace: String, _ filter: JobFilter = JobFilter()) async throws -> [Job]
  {
    try await store.read { transaction in
      var sql: SQL = "SELECT * FROM job WHERE workspace = \(workspace)"
      if let isRunning = filter.isRunning {
        sql += isRunning ? " AND state = 'running'" : " AND state <> 'running'"
      }
      if let states = filter.states {
        sql += " AND state IN ("
        for (index, state) in states.enumerated() {
          sql += index == 0 ? "\(state.rawValue)" : ", \(state.rawValue)"
        }
        sql += ")"
      }
      if let path = filter.path { sql += " AND path = \(path)" }
      if let createdBy = filter.createdBy { sql += " AND created_by = \(createdBy)" }
      if let before = filter.before { sql += " AND id < \(before.text)" }
      sql += " ORDER BY id DESC LIMIT \(filter.limit)"
      return try transaction.query(sql).map(JobRows.job)
    }
  }

  /// Notes how far a job is.
  ///
  /// - Parameter percent: from 0 to 100; others become the nearest of these.
  /// - Throws: ``JobError`` when there is none; `StoreError`.
  public nonisolated func setProgress(_ percent: Int, of id: JobID) async throws {
    let changed = try await store.write { transaction in
      transaction.notify(Self.channel, "news \(id)")
      return try transaction.execute(
        "UPDATE job SET progress = \(min(max(percent, 0), 100)) WHERE id = \(id.text)")
    }
    guard changed == 1 else { throw JobError(.notFound, "there is no job \(id)") }
  }

  /// Removes jobs that ended long ago, with their logs, some at a time, so that others are not kept waiting.
  ///
  /// - Returns: how many there were.
  /// - Throws: `StoreError`.
  @discardableResult
  public nonisolated func forget(endedBefore moment: Moment) async throws -> Int {
    var removed = 0
    while true {
      let count = try await store.write { transaction in
        try transaction.execute(
          """
          DELETE FROM job WHERE id IN (
            SELECT id FROM job WHERE ended_at IS NOT NULL AND ended_at < \(moment.microseconds) ORDER BY ended_at LIMIT 500)
          """)
      }
      removed += count
      if count == 0 { return removed }
    }
  }

  /// How many jobs wait and run, by the tag that workers take them by.
  ///
  /// - Throws: `StoreError`.
  public nonisolated func depth() async throws -> [(state: JobState, tag: String, count: Int)] {
    try await store.read { transaction in
      try ["queued", "running"].flatMap { state in
        try transaction.query(
          "SELECT tag, count(*) AS n FROM job WHERE state = \(state) GROUP BY tag ORDER BY tag"
        ).map { (JobState(rawValue: state) ?? .queued, try $0.text("tag"), try $0.integer("n")) }
      }
    }
  }

  /// Adds text to a job's log.
  ///
  /// - Throws: ``JobError`` when the worker does not have the job any more; `StoreError`.
  public nonisolated func appendLog(_ text: String, of errand: JobErrand, worker: String) async throws {
    let isTheirs = try await again { transaction in
      let added = try transaction.execute(
        """
        INSERT INTO job_log (job, place, content)
        SELECT id, (SELECT coalesce(max(place), 0) + 1 FROM job_log WHERE job = \(errand.id.text)), \(text) FROM job
        WHERE id = \(errand.id.text) AND worker = \(worker) AND attempt = \(errand.attempt) AND state = 'running'
        """)
      transaction.notify(Self.channel, "news \(errand.id)")
      return added == 1
    }
    guard isTheirs else { throw JobError(.notYours, "job \(errand.id) is no longer this worker's") }
  }

  /// Writes; once more when another server has written in the same place meanwhile.
  private nonisolated func again<Result: Sendable>(
    _ body: @escaping @Sendable (StoreTransaction) throws -> Result
  ) async throws -> Result {
    do { return try await store.write(body) } catch let error as StoreError where error.code == .constraint {
      return try await store.write(body)
    }
  }

  /// A job's log, and where it ends.
  ///
  /// - Parameter place: where the part that is known ends; 0 for all of it.
  /// - Throws: `StoreError`.
  public nonisolated func log(of id: JobID, after place: Int = 0) async throws -> (text: String, end: Int) {
    try await store.read { transaction in
      let rows = try transaction.query(
        "SELECT place, content FROM job_log WHERE job = \(id.text) AND place > \(place) ORDER BY place")
      var text = ""
      var end = place
      for row in rows {
        text += try row.text("content")
        end = try row.integer("place")
      }
      return (text, end)
    }
  }

  /// Forgets all jobs of a workspace that is no more. What runs is lost to its worker.
  ///
  /// - Throws: `StoreError`.
  public nonisolated func removeJobs(of workspace: String) async throws {
    try await store.write { transaction in
      try transaction.execute(
        "DELETE FROM job_log WHERE job IN (SELECT id FROM job WHERE workspace = \(workspace))")
      try transaction.execute("DELETE FROM job WHERE workspace = \(workspace)")
    }
  }
}
