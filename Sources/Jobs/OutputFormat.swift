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

  /// What a client asks for by `Accept`; nil when JSON will do.
  public init?(accept: String?) {
    let types = (accept ?? "").lowercased().split(separator: ",").map { part in
      String(part.prefix { $0 != ";" }.filter { $0 != " " })
    }
    let names: [String: OutputFormat] = [
      "application/x-ndjson": .ndjson, "application/ndjson": .ndjson, "application/jsonl": .ndjson,
      "text/csv": .csv, "application/vnd.apache.parquet": .parquet, "application/x-parquet": .parquet,
    ]
    guard !types.contains("application/json"), !types.contains("*/*"),
      let format = types.lazy.compactMap({ names[$0] }).first
    else { return nil }
    self = format
  }
}
