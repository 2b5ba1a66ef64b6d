/// A load as the books of its dataset have it.
public struct LoadRecord: Sendable, Hashable, Codable {
  /// The load's id.
  public let loadID: String
  /// The schema that it wrote with.
  public let schema: String
  /// 0 for a load that was completed.
  public let status: Int
  /// When it was completed, as ISO text in UTC.
  public let time: String
  /// The snapshot that holds it; nil when that has expired, or another program made it.
  public let snapshot: Int64?
  /// The rows that went into each table, as far as the snapshot tells.
  public let rows: [String: Int]
}

/// What dropping tables has done.
public struct DropSummary: Sendable, Hashable, Codable {
  /// The tables that are gone, parents first.
  public var tables: [String]
  /// Those of them whose state the pipelines have forgotten.
  public var states: [String]
  /// The snapshot in which they went.
  public var snapshot: Int64?
}
