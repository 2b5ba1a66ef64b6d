/// A type of DuckDB's SQL.
///
/// `description` is the type as DuckDB prints it: `DECIMAL(18,2)`, `STRUCT(a INTEGER, b VARCHAR[])`.
public indirect enum LogicalType: Sendable, Hashable {
  case boolean
  case tinyInt, smallInt, integer, bigInt, hugeInt
  case uTinyInt, uSmallInt, uInteger, uBigInt, uHugeInt
  case float, double
  case decimal(width: Int, scale: Int)
  case varchar, json, blob, bit
  /// An integer without limits.
  case bigNum
  case date, time, timeNS, timeTZ
  case timestamp, timestampS, timestampMS, timestampNS, timestampTZ
  case interval
  case uuid
  /// A geometry, with its coordinate reference system if it has one.
  case geometry(crs: String?)
  /// A value that carries its own type.
  case variant
  case enumeration([String])
  case list(LogicalType)
  case array(LogicalType, size: Int)
  case structure([Field])
  case map(key: LogicalType, value: LogicalType)
  case union([Field])
  /// The type of a bare NULL.
  case null
  /// Any type: that of a parameter which DuckDB has not worked out.
  case any
  /// A type with a name of its own (CREATE TYPE, or of an extension).
  case named(String, LogicalType)
  /// A type that this binding does not know, by DuckDB's number of it.
  case unknown(rawValue: UInt32)

  /// A member of a STRUCT or UNION type.
  public struct Field: Sendable, Hashable {
    /// The member's name; empty in a struct without names.
    public let name: String

    /// The member's type.
    public let type: LogicalType

    /// Makes a member.
    public init(name: String, type: LogicalType) {
      self.name = name
      self.type = type
    }
  }

  /// The type without a name of its own.
  public var base: LogicalType {
    if case .named(_, let type) = self { type.base } else { self }
  }
}

/// How DuckDB lays the values of a column out in memory.
public enum PhysicalType: Sendable, Hashable {
  case boolean
  case int8, int16, int32, int64, int128
  case uint8, uint16, uint32, uint64, uint128
  case float, double
  case interval
  /// Text and bytes.
  case string
  case list, array, structure
  /// A type that this binding cannot read.
  case unknown
}

extension LogicalType {
  /// How the values of this type are laid out in memory.
  public var physicalType: PhysicalType {
    switch self {
    case .boolean: .boolean
    case .tinyInt: .int8
    case .smallInt: .int16
    case .integer, .date, .null: .int32
    case .bigInt, .time, .timeNS, .timestamp, .timestampS, .timestampMS, .timestampNS, .timestampTZ: .int64
    case .hugeInt, .uuid: .int128
    case .uTinyInt: .uint8
    case .uSmallInt: .uint16
    case .uInteger: .uint32
    case .uBigInt, .timeTZ: .uint64
    case .uHugeInt: .uint128
    case .float: .float
    case .double: .double
    case .interval: .interval
    case .decimal(let width, _):
      switch width {
      case ...4: .int16
      case ...9: .int32
      case ...18: .int64
      default: .int128
      }
    case .varchar, .json, .blob, .bit, .bigNum, .geometry: .string
    case .enumeration(let names): names.count <= 0xFF ? .uint8 : names.count <= 0xFFFF ? .uint16 : .uint32
    case .list, .map: .list
    case .array: .array
    case .structure, .union, .variant: .structure
    case .named(_, let type): type.physicalType
    case .any, .unknown: .unknown
    }
  }
}

extension LogicalType: CustomStringConvertible {
  /// The type as DuckDB prints it.
  public var description: String {
    switch self {
    case .boolean: "BOOLEAN"
    case .tinyInt: "TINYINT"
    case .smallInt: "SMALLINT"
    case .integer: "INTEGER"
    case .bigInt: "BIGINT"
    case .hugeInt: "HUGEINT"
    case .uTinyInt: "UTINYINT"
    case .uSmallInt: "USMALLINT"
    case .uInteger: "UINTEGER"
    case .uBigInt: "UBIGINT"
    case .uHugeInt: "UHUGEINT"
    case .float: "FLOAT"
    case .double: "DOUBLE"
    case .decimal(let width, let scale): "DECIMAL(\(width),\(scale))"
    case .varchar: "VARCHAR"
    case .json: "JSON"
    case .blob: "BLOB"
    case .bit: "BIT"
    case .bigNum: "BIGNUM"
    case .date: "DATE"
    case .time: "TIME"
    case .timeNS: "TIME_NS"
    case .timeTZ: "TIME WITH TIME ZONE"
    case .timestamp: "TIMESTAMP"
    case .timestampS: "TIMESTAMP_S"
    case .timestampMS: "TIMESTAMP_MS"
    case .timestampNS: "TIMESTAMP_NS"
    case .timestampTZ: "TIMESTAMP WITH TIME ZONE"
    case .interval: "INTERVAL"
    case .uuid: "UUID"
    case .geometry(let crs): crs.map { "GEOMETRY('\(SQLQuoting.doubled($0, quote: "'"))')" } ?? "GEOMETRY"
    case .variant: "VARIANT"
    case .enumeration(let names):
      "ENUM(\(names.map { "'\(SQLQuoting.doubled($0, quote: "'"))'" }.joined(separator: ", ")))"
    case .list(let element): "\(element)[]"
    case .array(let element, let size): "\(element)[\(size)]"
    case .structure(let fields):
      if fields.allSatisfy(\.name.isEmpty) {
        "STRUCT(\(fields.map(\.type.description).joined(separator: ", ")))"
      } else {
        "STRUCT(\(fields.map { "\(SQLQuoting.identifier($0.name)) \($0.type)" }.joined(separator: ", ")))"
      }
    case .map(let key, let value): "MAP(\(key), \(value))"
    case .union(let fields):
      "UNION(\(fields.map { "\(SQLQuoting.identifier($0.name)) \($0.type)" }.joined(separator: ", ")))"
    case .null: "\"NULL\""
    case .any: "ANY"
    case .named(let name, _): SQLQuoting.identifier(name)
    case .unknown(let rawValue): "UNKNOWN(\(rawValue))"
    }
  }
}
