/// Where the rows of a load come from.
public enum LoadSource: Sendable, Hashable {
  /// Files and glob patterns; all of one kind.
  case files([String], format: FileFormat? = nil)

  /// What is in files.
  public enum FileFormat: String, Sendable, Hashable, CaseIterable {
    /// One JSON value a line.
    case jsonl
    /// One JSON document: an array of rows, or one row.
    case json
    case csv
    case tsv
    case parquet

    /// The format that a name tells, endings of compression aside.
    public init?(path: String) {
      var name = path.split(separator: "/").last.map { $0.lowercased() } ?? ""
      for ending in [".gz", ".zst"] where name.hasSuffix(ending) { name.removeLast(ending.count) }
      switch name.split(separator: ".").last {
      case "jsonl", "ndjson": self = .jsonl
      case "json": self = .json
      case "csv": self = .csv
      case "tsv", "tab": self = .tsv
      case "parquet", "pq": self = .parquet
      default: return nil
      }
    }
  }

  var paths: [String] {
    switch self {
    case .files(let paths, _): paths
    }
  }
}
