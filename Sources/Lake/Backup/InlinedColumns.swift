import DuckDB
import LakeSettings
import SQLText

/// A column as the catalog describes it, in one span of versions.
struct ColumnRecord: Sendable, Hashable {
  let id: Int64
  let name: String
  /// DuckLake's name of the type.
  let type: String
  let parent: Int64?
  let order: Int64
  let begin: Int64
  let end: Int64?

  func exists(at snapshot: Int64) -> Bool { begin <= snapshot && end.map { snapshot < $0 } ?? true }
}

/// Types of the columns that rows in the catalog have.
///
/// SQLite and PostgreSQL have fewer types than DuckLake, so a catalog there stores many columns as text or bytes. A
/// DuckDB file stores all as they are, and so does a copy.
enum InlinedColumns {
  /// DuckDB's type of a column.
  ///
  /// - Parameter columns: all columns of the table that exist at one snapshot.
  static func type(of column: ColumnRecord, among columns: [ColumnRecord]) -> String? {
    func children() -> [ColumnRecord] {
      columns.filter { $0.parent == column.id }.sorted { ($0.order, $0.id) < ($1.order, $1.id) }
    }
    switch column.type.lowercased() {
    case "struct":
      let fields = children().map { child in
        type(of: child, among: columns).map { "\(SQLIdentifier.quote(child.name)) \($0)" }
      }
      guard !fields.isEmpty, fields.allSatisfy({ $0 != nil }) else { return nil }
      return "STRUCT(\(fields.compactMap { $0 }.joined(separator: ", ")))"
    case "list":
      return children().first.flatMap { type(of: $0, among: columns) }.map { $0 + "[]" }
    case "map":
      let parts = children().compactMap { type(of: $0, among: columns) }
      return parts.count == 2 ? "MAP(\(parts[0]), \(parts[1]))" : nil
    default: return plain(column.type)
    }
  }

  /// DuckDB's name of a type without parts; nil for one that is not known.
  static func plain(_ type: String) -> String? {
    let type = type.lowercased()
    if type.hasPrefix("decimal") { return type.uppercased() }
    if type.hasPrefix("geometry") { return "GEOMETRY" }
    return names[type]
  }

  private static let names = [
    "boolean": "BOOLEAN", "int8": "TINYINT", "int16": "SMALLINT", "int32": "INTEGER", "int64": "BIGINT",
    "uint8": "UTINYINT", "uint16": "USMALLINT", "uint32": "UINTEGER", "uint64": "UBIGINT",
    "int128": "HUGEINT",
    "uint128": "UHUGEINT", "float32": "FLOAT", "float64": "DOUBLE", "time": "TIME", "time_ns": "TIME_NS",
    "timetz": "TIME WITH TIME ZONE", "date": "DATE", "timestamp": "TIMESTAMP", "timestamp_us": "TIMESTAMP",
    "timestamp_s": "TIMESTAMP_S", "timestamp_ms": "TIMESTAMP_MS", "timestamp_ns": "TIMESTAMP_NS",
    "timestamptz": "TIMESTAMP WITH TIME ZONE", "interval": "INTERVAL", "varchar": "VARCHAR", "blob": "BLOB",
    "json": "JSON", "uuid": "UUID", "variant": "VARIANT",
  ]

  /// The type that a kind of catalog stores a column as, as DuckLake itself chooses it.
  static func stored(_ type: String, in catalog: Catalog) -> String {
    switch catalog {
    case .duckdb: type
    case .sqlite: sqlite[type] ?? "VARCHAR"
    case .postgresql:
      if type.hasPrefix("DECIMAL"), !type.hasSuffix("]") { type } else { postgresql[type] ?? "VARCHAR" }
    }
  }

  private static let sqlite = [
    "BOOLEAN": "BIGINT", "TINYINT": "BIGINT", "SMALLINT": "BIGINT", "INTEGER": "BIGINT", "BIGINT": "BIGINT",
    "UTINYINT": "BIGINT", "USMALLINT": "BIGINT", "UINTEGER": "BIGINT", "BLOB": "BLOB",
  ]

  private static let postgresql = [
    "BOOLEAN": "BOOLEAN", "TINYINT": "SMALLINT", "SMALLINT": "SMALLINT", "INTEGER": "INTEGER",
    "BIGINT": "BIGINT", "UTINYINT": "INTEGER", "USMALLINT": "INTEGER", "UINTEGER": "BIGINT", "FLOAT": "FLOAT",
    "DOUBLE": "DOUBLE", "TIME": "TIME", "TIME WITH TIME ZONE": "TIME WITH TIME ZONE", "INTERVAL": "INTERVAL",
    "UUID": "UUID", "BLOB": "BLOB", "VARCHAR": "BLOB", "JSON": "BLOB",
  ]
}
