/// dlt's types of data.
public enum DataType: String, Sendable, Hashable, CaseIterable {
  case text, double, bool, timestamp, bigint, binary, json, decimal, wei, date, time

  /// The type of a lake's column that holds it.
  ///
  /// - Parameters:
  ///   - precision: bits of whole numbers, digits of decimals, fractional digits of seconds; nil for the usual.
  ///   - scale: digits after the point of decimals.
  ///   - hasTimeZone: whether timestamps are points in time and not wall clock readings.
  public func sqlType(precision: Int? = nil, scale: Int? = nil, hasTimeZone: Bool = true) -> String {
    switch self {
    case .text: return "VARCHAR"
    case .double: return "DOUBLE"
    case .bool: return "BOOLEAN"
    case .binary: return "BLOB"
    case .json: return "JSON"
    case .wei: return "DECIMAL(38,0)"
    case .date: return "DATE"
    case .time: return "TIME"
    case .decimal:
      guard precision != nil || scale != nil else { return "DECIMAL(38,9)" }
      return "DECIMAL(\(precision ?? 38),\(scale ?? 9))"
    case .bigint:
      switch precision {
      case nil: return "BIGINT"
      case let bits? where bits <= 8: return "TINYINT"
      case let bits? where bits <= 16: return "SMALLINT"
      case let bits? where bits <= 32: return "INTEGER"
      case let bits? where bits <= 64: return "BIGINT"
      default: return "HUGEINT"
      }
    case .timestamp:
      guard !hasTimeZone else { return "TIMESTAMP WITH TIME ZONE" }
      switch precision {
      case 0: return "TIMESTAMP_S"
      case 3: return "TIMESTAMP_MS"
      case 9: return "TIMESTAMP_NS"
      default: return "TIMESTAMP"
      }
    }
  }

  /// The type that a column of the lake has in dlt's terms; text for all that dlt does not know.
  init(sqlType: String) {
    self =
      switch sqlType {
      case "DOUBLE", "FLOAT": .double
      case "BOOLEAN": .bool
      case "BLOB": .binary
      case "JSON": .json
      case "DATE": .date
      case "TIME", "TIME_NS": .time
      case "TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINYINT", "USMALLINT", "UINTEGER",
        "UBIGINT", "UHUGEINT":
        .bigint
      case let text where text.hasPrefix("TIMESTAMP"): .timestamp
      case "DECIMAL(38,0)": .wei
      case let text where text.hasPrefix("DECIMAL"): .decimal
      default: .text
      }
  }
}
