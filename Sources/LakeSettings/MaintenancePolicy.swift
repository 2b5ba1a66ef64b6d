/// What a lake's maintenance does by itself, and when. The defaults suit most lakes.
///
/// A part that is nil is never done. Parts that work on single tables may be set otherwise for one table.
public struct MaintenancePolicy: Sendable, Hashable, Codable {
  /// Writing rows that lie in the catalog into Parquet files.
  public struct Flush: Sendable, Hashable, Codable {
    /// A table is flushed when so many rows of it, inserted or deleted, lie in the catalog.
    public var rows: Int
    /// It is also flushed when the oldest of them has lain there for so long.
    public var age: Duration

    public init(rows: Int = 500, age: Duration = .seconds(3600)) {
      self.rows = rows
      self.age = age
    }
  }

  /// Merging small files into larger ones.
  public struct Merge: Sendable, Hashable, Codable {
    /// Files are merged once there are so many of about the same size; at least 2.
    public var files: Int
    /// Files of this size, in bytes, or more stay as they are.
    public var below: UInt64

    public init(files: Int = 4, below: UInt64 = 32_000_000) {
      self.files = files
      self.below = below
    }
  }

  /// Rewriting files of which many rows are deleted.
  public struct Rewrite: Sendable, Hashable, Codable {
    /// A file is rewritten when so large a part of its rows is deleted; above 0, at most 1.
    public var deleted: Double
    /// Files that can only be rewritten in one go, since equal parts of them are deleted, are left alone when they
    /// are larger than this together, in bytes.
    public var atMost: UInt64

    public init(deleted: Double = 0.3, atMost: UInt64 = 4_000_000_000) {
      self.deleted = deleted
      self.atMost = atMost
    }
  }

  /// Expiring old snapshots. The newest, those with a tag, those that a branch started from and those that an open
  /// transaction needs are always kept.
  public struct Expire: Sendable, Hashable, Codable {
    /// Snapshots younger than this are kept.
    public var age: Duration
    /// So many of the newest snapshots are kept, however old; at least 1.
    public var last: Int

    public init(age: Duration = .seconds(7 * 86_400), last: Int = 100) {
      self.age = age
      self.last = last
    }
  }

  /// Removing files that the catalog has listed for deletion.
  public struct Clean: Sendable, Hashable, Codable {
    /// How long a file has been on that list before it is removed: queries that run may still read it.
    public var age: Duration

    public init(age: Duration = .seconds(86_400)) { self.age = age }
  }

  /// Removing files that no catalog entry names, as a killed writer leaves them.
  public struct Orphans: Sendable, Hashable, Codable {
    /// Younger files are left alone: a transaction that is not committed yet may have written them.
    public var age: Duration
    /// How often a long-lived process looks for them: it means listing all files.
    public var every: Duration

    public init(age: Duration = .seconds(3 * 86_400), every: Duration = .seconds(86_400)) {
      self.age = age
      self.every = every
    }
  }

  /// The parts that work on single tables.
  public struct TableParts: Sendable, Hashable, Codable {
    public var flush: Flush?
    public var merge: Merge?
    public var rewrite: Rewrite?

    public init(flush: Flush? = Flush(), merge: Merge? = Merge(), rewrite: Rewrite? = Rewrite()) {
      self.flush = flush
      self.merge = merge
      self.rewrite = rewrite
    }
  }

  /// What is done to tables that have no settings of their own.
  public var standard: TableParts
  /// Tables with settings of their own, as `schema.table` in lower case.
  public var tables: [String: TableParts]
  public var expire: Expire?
  public var clean: Clean?
  public var orphans: Orphans?
  /// How long maintenance may hold the lake's turn at a time, about: a writer waits no longer than this for it.
  public var turn: Duration
  /// How often a long-lived process looks whether something is due.
  public var every: Duration

  public init(
    standard: TableParts = TableParts(), tables: [String: TableParts] = [:], expire: Expire? = Expire(),
    clean: Clean? = Clean(), orphans: Orphans? = Orphans(), turn: Duration = .milliseconds(200),
    every: Duration = .seconds(600)
  ) {
    self.standard = standard
    self.tables = tables
    self.expire = expire
    self.clean = clean
    self.orphans = orphans
    self.turn = turn
    self.every = every
  }

  /// What is done to one table.
  public func parts(schema: String, table: String) -> TableParts {
    tables["\(schema).\(table)".lowercased()] ?? standard
  }
}
