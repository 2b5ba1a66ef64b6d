/// One thing that is wrong with a lake.
public struct CheckFinding: Sendable, Hashable, Codable {
  /// How bad it is.
  public enum Severity: String, Sendable, Codable, Comparable, CaseIterable {
    /// Rows are missing, wrong or doubled, or an ordinary statement fails.
    case error
    /// Nothing is wrong yet; a later statement may go wrong, or an old version cannot be read.
    case warning
    /// Worth knowing.
    case note

    public static func < (left: Severity, right: Severity) -> Bool {
      (allCases.firstIndex(of: left) ?? 0) < (allCases.firstIndex(of: right) ?? 0)
    }
  }

  /// What is wrong. New kinds may come.
  public enum Kind: String, Sendable, Codable, CaseIterable {
    case missingFile = "missing_file"
    case wrongFileSize = "wrong_file_size"
    case unreadableFooter = "unreadable_footer"
    case unreadableData = "unreadable_data"
    case unreachableFile = "unreachable_file"
    case untrackedFile = "untracked_file"
    case wrongRecordCount = "wrong_record_count"
    case wrongDeleteCount = "wrong_delete_count"
    case wrongFooterSize = "wrong_footer_size"
    case wrongColumnStatistics = "wrong_column_statistics"
    case wrongTableStatistics = "wrong_table_statistics"
    case nextRowIDBehind = "next_row_id_behind"
    case overlappingRowIDs = "overlapping_row_ids"
    case duplicateRegistration = "duplicate_registration"
    case schemaVersionMissing = "schema_version_missing"
    case schemaVersionDisorder = "schema_version_disorder"
    case danglingSnapshot = "dangling_snapshot"
    case snapshotChangesMissing = "snapshot_changes_missing"
    case nextIDBehind = "next_id_behind"
    case inlinedTableMissing = "inlined_table_missing"
    case orphanedInlinedTable = "orphaned_inlined_table"
    case columnWithoutTable = "column_without_table"
    case tableWithoutColumns = "table_without_columns"
    case tableWithoutSchema = "table_without_schema"
    case duplicateName = "duplicate_name"
    case fileOfDroppedTable = "file_of_dropped_table"
    case deleteFileWithoutDataFile = "delete_file_without_data_file"
    case scheduledFileInUse = "scheduled_file_in_use"
    case brickingOption = "bricking_option"
    case unflushableType = "unflushable_type"
    case danglingStatistics = "dangling_statistics"
  }

  public let kind: Kind
  public let severity: Severity
  /// Where it is: a table with a file, or rows of a catalog table.
  public let place: String
  /// What it means for the lake's users.
  public let means: String
  /// What mends it.
  public let mends: String
  /// Rows that are concerned, where that can be told.
  public let rows: Int64?
  /// The repair that `tarn lake check --repair` would do; nil for what it does not mend.
  public var repair: String? { target?.repair.rawValue }

  /// What a repair is to change. Not part of the finding's JSON.
  var target: RepairTarget?

  enum CodingKeys: String, CodingKey {
    case kind, severity
    case place = "where"
    case means, mends, rows, repair
  }

  init(
    _ kind: Kind, _ severity: Severity, at place: String, means: String, mends: String, rows: Int64? = nil,
    target: RepairTarget? = nil
  ) {
    self.kind = kind
    self.severity = severity
    self.place = place
    self.means = means
    self.mends = mends
    self.rows = rows
    self.target = target
  }

  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    kind = try values.decode(Kind.self, forKey: .kind)
    severity = try values.decode(Severity.self, forKey: .severity)
    place = try values.decode(String.self, forKey: .place)
    means = try values.decode(String.self, forKey: .means)
    mends = try values.decode(String.self, forKey: .mends)
    rows = try values.decodeIfPresent(Int64.self, forKey: .rows)
    target = nil
  }

  public func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: CodingKeys.self)
    try values.encode(kind, forKey: .kind)
    try values.encode(severity, forKey: .severity)
    try values.encode(place, forKey: .place)
    try values.encode(means, forKey: .means)
    try values.encode(mends, forKey: .mends)
    try values.encodeIfPresent(rows, forKey: .rows)
    try values.encodeIfPresent(repair, forKey: .repair)
  }
}

/// How a lake is checked.
public struct CheckOptions: Sendable, Hashable {
  /// Reads all data, too: every page of every file, and compares its values with the statistics.
  public var deep: Bool
  /// Files that no version names are reported when they are at least this old. Younger ones may belong to a commit
  /// that is under way.
  public var untrackedAge: Duration
  /// How many findings of one kind are kept; the rest is counted.
  public var limitPerKind: Int

  public init(deep: Bool = false, untrackedAge: Duration = .seconds(3600), limitPerKind: Int = 1000) {
    self.deep = deep
    self.untrackedAge = untrackedAge
    self.limitPerKind = max(1, limitPerKind)
  }
}

/// What a check found.
public struct CheckReport: Sendable, Hashable, Codable {
  /// The lake's name.
  public let lake: String
  /// The newest snapshot at the time of the check.
  public let snapshot: Int64
  /// Files that the catalog names: data files and delete files of all versions that can be read.
  public let files: Int
  /// Bytes of these files, as the catalog has them.
  public let bytes: Int64
  /// Whether all data was read.
  public let deep: Bool
  /// The findings, the worst first.
  public let findings: [CheckFinding]
  /// How many findings were counted but not kept, by kind.
  public let omitted: [String: Int]

  /// Findings of one severity, those not kept left out.
  public func count(_ severity: CheckFinding.Severity) -> Int { findings.count { $0.severity == severity } }

  /// Whether nothing is wrong: no error. Warnings and notes may be there.
  public var isSound: Bool { count(.error) == 0 }
}
