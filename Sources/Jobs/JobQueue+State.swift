internal import SQLText
public import Store

/// What became of a part of a table that a script has made.
public struct Materialization: Sendable, Hashable {
  /// `ducklake`, `datatable`, …
  public var kind: String
  /// `LAKE/[SCHEMA.]TABLE`.
  public var path: String
  /// Empty for the whole table.
  public var partition: String
  /// `running`, `materialized` or `failed`.
  public var status: String
  public var snapshot: Int?
  public var rows: Int?
  /// The job that made it, as it was told.
  public var job: String?
  public var error: String?
  public var recordedAt = Moment.now

  public init(
    kind: String, path: String, partition: String, status: String, snapshot: Int? = nil, rows: Int? = nil,
    job: String? = nil, error: String? = nil
  ) {
    self.kind = kind
    self.path = path
    self.partition = partition
    self.status = status
    self.snapshot = snapshot
    self.rows = rows
    self.job = job
    self.error = error
  }
}

extension JobQueue {
  // MARK: State of a run

  /// Keeps a value that the jobs of one run share; it goes with the run's first job.
  ///
  /// - Parameter value: JSON text.
  /// - Throws: ``JobError`` when there is no such job; `StoreError`.
  public nonisolated func setUserState(_ key: String, to value: String, of root: JobID) async throws {
    let isThere = try await store.write { transaction in
      guard try !transaction.query("SELECT 1 FROM job WHERE id = \(root.text)").isEmpty else { return false }
      try transaction.execute(
        """
        INSERT INTO job_user_state (job, name, value) VALUES (\(root.text), \(key), \(value))
        ON CONFLICT (job, name) DO UPDATE SET value = excluded.value
        """)
      return true
    }
    guard isThere else { throw JobError(.notFound, "there is no job \(root)") }
  }

  /// - Returns: JSON text; nil when there is no such value.
  /// - Throws: `StoreError`.
  public nonisolated func userState(_ key: String, of root: JobID) async throws -> String? {
    try await store.read { transaction in
      try transaction.query("SELECT value FROM job_user_state WHERE job = \(root.text) AND name = \(key)")
        .first?
        .text("value")
    }
  }

  // MARK: Materializations

  /// Notes what became of a part of a table, in place of what was noted of it before.
  ///
  /// - Throws: `StoreError`.
  public nonisolated func record(_ made: Materialization, in workspace: String) async throws {
    _ = try await store.write { transaction in
      try transaction.execute(
        """
        INSERT INTO materialized_partition (workspace, asset_kind, asset_path, part, status, snapshot, row_count, job, error,
          recorded_at)
        VALUES (\(workspace), \(made.kind), \(made.path), \(made.partition), \(made.status), \(made.snapshot), \(made.rows),
          \(made.job), \(made.error), \(made.recordedAt.microseconds))
        ON CONFLICT (workspace, asset_kind, asset_path, part) DO UPDATE SET status = excluded.status,
          snapshot = excluded.snapshot, row_count = excluded.row_count, job = excluded.job, error = excluded.error,
          recorded_at = excluded.recorded_at
        """)
    }
  }

  /// What was noted of a table, in the order of its parts.
  ///
  /// - Throws: `StoreError`.
  public nonisolated func materializations(of path: String, in workspace: String) async throws
    -> [Materialization]
  {
    try await store.read { transaction in
      try transaction.query(
        "SELECT * FROM materialized_partition WHERE workspace = \(workspace) AND asset_path = \(path) ORDER BY asset_kind, part"
      ).map { row in
        var made = Materialization(
          kind: try row.text("asset_kind"), path: try row.text("asset_path"), partition: try row.text("part"),
          status: try row.text("status"), snapshot: try row.optionalInteger("snapshot"),
          rows: try row.optionalInteger("row_count"), job: try row.optionalText("job"),
          error: try row.optionalText("error"))
        made.recordedAt = Moment(microseconds: Int64(try row.integer("recorded_at")))
        return made
      }
    }
  }
}
