/// How the rows of a load meet those that are in the table.
public enum WriteDisposition: Sendable, Hashable {
  /// They are added.
  case append
  /// They take the place of all rows, of child tables too.
  case replace(ReplaceStrategy = .truncateAndInsert)
  /// They take the place of the rows with the same key.
  case merge(MergeStrategy)
  /// Nothing is written.
  case skip

  /// How rows are replaced. All of them happen in one snapshot; nobody sees a half.
  public enum ReplaceStrategy: String, Sendable, Hashable, CaseIterable {
    case truncateAndInsert = "truncate-and-insert"
    case insertFromStaging = "insert-from-staging"
    /// Only the rows of the partitions that the load's rows belong to go. Tarn's own; dlt would replace everything.
    case partition
  }

  /// The word that stands in a stored schema.
  var word: String {
    switch self {
    case .append: "append"
    case .replace: "replace"
    case .merge: "merge"
    case .skip: "skip"
    }
  }

  var merge: MergeStrategy? { if case .merge(let strategy) = self { strategy } else { nil } }

  /// Whether the load's rows take the place of their partitions'.
  var replacesPartitions: Bool { self == .replace(.partition) }

  /// Whether what happens in the turn depends on the load's rows, so that they wait in temporary tables.
  var looksAtRows: Bool { merge != nil || replacesPartitions }
}

/// How rows are merged into a table.
public enum MergeStrategy: Sendable, Hashable {
  /// Rows with the same primary key, or the same merge key, go; the load's rows come.
  case deleteInsert(MergeOptions = MergeOptions())
  /// Rows with the same primary key are overwritten, others are added.
  case upsert(MergeOptions = MergeOptions())
  /// Rows with a new primary key are added, others are left out.
  case insertOnly
  /// Every version of a row is kept, with the time from which and until which it held.
  case scd2(SlowlyChanging = SlowlyChanging())
  /// The load is the whole table: as `upsert`, and what is absent is deleted.
  case cdc(MergeOptions = MergeOptions())

  /// The word in a declared load and a stored schema.
  public var word: String {
    switch self {
    case .deleteInsert: "delete-insert"
    case .upsert: "upsert"
    case .insertOnly: "insert-only"
    case .scd2: "scd2"
    case .cdc: "cdc"
    }
  }

  /// The column that tells versions of a row apart, where the load names one that counts.
  var rowVersion: String? {
    switch self {
    case .scd2(let changing): changing.rowVersion
    case .upsert(let options), .cdc(let options): options.skipsUnchangedRows ? options.rowVersion : nil
    case .deleteInsert, .insertOnly: nil
    }
  }

  static let words = ["delete-insert", "upsert", "insert-only", "scd2", "cdc"]

  /// Whether rows of the root get their id from their primary key.
  var hashesKey: Bool {
    switch self {
    case .upsert, .insertOnly, .cdc: true
    case .deleteInsert, .scd2: false
    }
  }

  /// Whether child tables name the row of the root that theirs belong to.
  var needsRootID: Bool { if case .scd2 = self { false } else { true } }
}

/// What can be said of a merge besides its strategy.
public struct MergeOptions: Sendable, Hashable {
  /// The load has each key once, so that it need not be looked for.
  public var isDeduplicated: Bool
  /// Rows that are as they were are left as they are.
  public var skipsUnchangedRows: Bool
  /// The column whose value tells whether a row is as it was; nil to compare all. Only with ``skipsUnchangedRows``.
  public var rowVersion: String?
  /// A SQL condition on the table's rows; only those for which it holds are deleted.
  public var destinationScope: String?
  /// A SQL condition on the load's rows; others are left out.
  public var sourceFilter: String?

  public init(
    isDeduplicated: Bool = false, skipsUnchangedRows: Bool = false, rowVersion: String? = nil,
    destinationScope: String? = nil,
    sourceFilter: String? = nil
  ) {
    self.isDeduplicated = isDeduplicated
    self.skipsUnchangedRows = skipsUnchangedRows
    self.rowVersion = rowVersion
    self.destinationScope = destinationScope
    self.sourceFilter = sourceFilter
  }
}

/// How versions of rows are kept.
public struct SlowlyChanging: Sendable, Hashable {
  /// The columns that tell from when and until when a version held.
  public var validFrom: String
  public var validTo: String
  /// The time that stands in ``validFrom`` and ``validTo``, as ISO text; nil for the load's own.
  public var boundary: String?
  /// What stands in ``validTo`` of present rows, as ISO text; nil for NULL.
  public var activeTimestamp: String?
  /// The column that tells one version of a row from another; nil for a hash of the whole row.
  public var rowVersion: String?

  public init(
    validFrom: String = "_dlt_valid_from", validTo: String = "_dlt_valid_to", boundary: String? = nil,
    activeTimestamp: String? = nil, rowVersion: String? = nil
  ) {
    self.validFrom = validFrom
    self.validTo = validTo
    self.boundary = boundary
    self.activeTimestamp = activeTimestamp
    self.rowVersion = rowVersion
  }
}
