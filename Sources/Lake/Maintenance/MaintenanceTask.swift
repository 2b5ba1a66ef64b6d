/// A part of a lake's maintenance.
public enum MaintenanceTask: String, Sendable, Hashable, Codable, CaseIterable {
  /// Making the indexes that a PostgreSQL catalog needs.
  case index
  /// Writing rows that lie in the catalog into Parquet files.
  case flush
  /// Rewriting files of which many rows are deleted.
  case rewrite
  /// Merging small files.
  case merge
  /// Expiring old snapshots.
  case expire
  /// Removing files that the catalog has listed for deletion.
  case clean
  /// Removing files that nothing names.
  case orphans
}

/// A table that maintenance works on.
struct MaintainedTable: Sendable, Hashable {
  let id: Int64
  let schema: String
  let name: String

  /// As it is shown: the schema `main` is left out.
  var title: String { schema == "main" ? name : "\(schema).\(name)" }
}

/// One piece of work that maintenance would do or has left out.
public struct MaintenanceStep: Sendable, Hashable, Codable {
  public let task: MaintenanceTask
  /// The table that it works on; nil for the lake as a whole.
  public let table: String?
  /// Files that it would merge, rewrite or remove.
  public var files: Int64
  /// Rows that it would flush, or drop from files for good.
  public var rows: Int64
  /// Bytes of the files that it would read or remove; 0 where that is not known before.
  public var bytes: Int64
  /// Snapshots that it would expire.
  public var snapshots: Int64
  /// Why it is left out, or what holds a part of it back; nil when nothing does.
  public var note: String?
  /// Whether it is left out.
  public var isSkipped: Bool

  init(
    _ task: MaintenanceTask, table: String? = nil, files: Int64 = 0, rows: Int64 = 0, bytes: Int64 = 0,
    snapshots: Int64 = 0, note: String? = nil, isSkipped: Bool = false
  ) {
    self.task = task
    self.table = table
    self.files = files
    self.rows = rows
    self.bytes = bytes
    self.snapshots = snapshots
    self.note = note
    self.isSkipped = isSkipped
  }
}

/// What a piece of maintenance did.
public struct MaintenanceOutcome: Sendable, Hashable, Codable {
  /// How it ended.
  public enum Result: String, Sendable, Hashable, Codable {
    case done, skipped, failed
  }

  public let task: MaintenanceTask
  /// The table that it worked on; nil for the lake as a whole.
  public let table: String?
  public var result: Result
  /// Why it was left out or failed, or what held a part of it back.
  public var note: String?
  /// How many turns of the lake it took.
  public var turns: Int64 = 0
  /// The longest of them, in seconds, from its first statement until its COMMIT was through.
  public var longestTurn: Double = 0
  /// How long it took in all, in seconds.
  public var seconds: Double = 0
  /// Rows flushed, or dropped from files for good.
  public var rows: Int64 = 0
  /// Snapshots expired.
  public var snapshots: Int64 = 0
  /// Files that are no longer part of the table's present version, or were removed.
  public var filesRemoved: Int64 = 0
  /// Files that were written instead.
  public var filesAdded: Int64 = 0
  /// Bytes by which the table's present version, or the storage, became smaller. Below 0 when it grew.
  public var bytesSaved: Int64 = 0

  init(_ task: MaintenanceTask, table: String? = nil, result: Result = .done, note: String? = nil) {
    self.task = task
    self.table = table
    self.result = result
    self.note = note
  }

  init(skipping step: MaintenanceStep) {
    self.init(step.task, table: step.table, result: .skipped, note: step.note)
  }

  /// Whether it changed anything.
  var didSomething: Bool { turns > 0 || filesRemoved > 0 }

  mutating func count(turn: Duration) {
    turns += 1
    longestTurn = max(longestTurn, turn.inSeconds)
  }
}

extension Duration {
  var inSeconds: Double { Double(components.seconds) + Double(components.attoseconds) / 1e18 }
}
