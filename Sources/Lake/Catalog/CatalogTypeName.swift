import SQLText

/// The catalog's names of types, as DuckDB writes them.
enum CatalogTypeName {
  /// - Parameters:
  ///   - type: the catalog's name, such as `int32` or `list`.
  ///   - fields: names and types of the fields of a nested type, in order.
  static func duckDB(_ type: String, fields: [(name: String, type: String)]) -> String {
    switch type {
    case "list": return (fields.first?.type ?? "VARCHAR") + "[]"
    case "map": return "MAP(\(fields.map(\.type).joined(separator: ", ")))"
    case "struct":
      return "STRUCT(\(fields.map { "\(SQLIdentifier.quote($0.name)) \($0.type)" }.joined(separator: ", ")))"
    default: return simple[type] ?? type.uppercased()
    }
  }

  private static let simple = [
    "int8": "TINYINT", "int16": "SMALLINT", "int32": "INTEGER", "int64": "BIGINT", "int128": "HUGEINT",
    "uint8": "UTINYINT", "uint16": "USMALLINT", "uint32": "UINTEGER", "uint64": "UBIGINT",
    "uint128": "UHUGEINT", "float32": "FLOAT", "float64": "DOUBLE", "timetz": "TIME WITH TIME ZONE",
    "timestamptz": "TIMESTAMP WITH TIME ZONE",
  ]
}
