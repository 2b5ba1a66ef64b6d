/// How a result is written that is not given back as one JSON value.
public enum OutputFormat: String, Sendable, Codable, CaseIterable {
  /// One JSON value: a result that was too large for the store.
  case json
  /// One JSON object a line for each row.
  case ndjson
  case csv
  case parquet

  /// As HTTP names it.
  public var mediaType: String {
    switch self {
    case .json: "application/json"
    case .ndjson: "application/x-ndjson"
    case .csv: "text/csv; charset=utf-8"
    case .parquet: "application/vnd.apache.parquet"
    }
  }

  /// Media types that clients may choose from, JSON first, which stands for one JSON value.
  public static let offers = ["application/json"] + byType.keys.sorted()

  /// - Parameter mediaType: one of ``offers``.
  /// - Returns: nil for JSON: that is no file.
  public init?(mediaType: String) {
    guard let format = Self.byType[mediaType] else { return nil }
    self = format
  }

  private static let byType: [String: OutputFormat] = [
    "application/x-ndjson": .ndjson, "application/ndjson": .ndjson, "application/jsonl": .ndjson,
    "text/csv": .csv, "application/vnd.apache.parquet": .parquet, "application/x-parquet": .parquet,
  ]
}
