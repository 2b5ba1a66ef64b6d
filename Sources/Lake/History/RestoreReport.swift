/// What a restore did.
public struct RestoreReport: Sendable, Hashable, Codable {
  /// The snapshot that the lake, or the table, is now as.
  public let restored: Int64
  /// The new snapshot; nil when nothing differed, so that none was made.
  public var snapshot: Int64?
  /// Tables that were changed, made or dropped, by name.
  public var tables: [RestoredTable] = []
  /// Schemas, views and macros that were made or dropped, such as `view main.recent made`.
  public var others: [String] = []
  /// What could not be brought back, with the reason: views that name what is not there.
  public var leftOut: [String] = []
}

/// What a restore did with one table.
public struct RestoredTable: Sendable, Hashable, Codable {
  /// How a table was restored. Open: new ways may come.
  public struct Way: Sendable, Hashable, Codable, CustomStringConvertible {
    public let description: String
    /// Only what differed was written.
    public static let changed = Way(description: "changed")
    /// All rows were written anew.
    public static let copied = Way(description: "copied")
    /// The table was not there then.
    public static let dropped = Way(description: "dropped")

    public func encode(to encoder: any Encoder) throws {
      var container = encoder.singleValueContainer()
      try container.encode(description)
    }

    public init(from decoder: any Decoder) throws {
      description = try decoder.singleValueContainer().decode(String.self)
    }

    private init(description: String) { self.description = description }
  }

  public let schema: String
  public let table: String
  public let way: Way
  /// Rows that were put back.
  public var inserted: Int64 = 0
  /// Rows that were taken out.
  public var deleted: Int64 = 0
  /// Rows whose values were put back.
  public var updated: Int64 = 0
}
