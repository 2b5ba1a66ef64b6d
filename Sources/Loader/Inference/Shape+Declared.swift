import DuckDB

extension Shape {
  /// The shape of a column that has a type of its own, as in Parquet files.
  init(key: String, declared type: LogicalType) {
    self.init(key: key)
    switch type {
    case .structure(let fields):
      kinds = .object
      firstSights = [.object: FirstSight(row: 0)]
      members = fields.map { Shape(key: $0.name, declared: $0.type) }
    case .list(let element), .array(let element, _):
      kinds = .list
      firstSights = [.list: FirstSight(row: 0)]
      elements = [Shape(declared: element)]
    default:
      sourceType = SourceType(declared: type)
      kinds = .text
      firstSights = [.text: FirstSight(row: 0)]
    }
  }

  private init(declared type: LogicalType) { self.init(key: "", declared: type) }
}

extension Shape.SourceType {
  init(declared type: LogicalType) {
    sql = "\(type)"
    hints = JSONObject()
    switch type {
    case .boolean: dataType = .bool
    case .tinyInt, .uTinyInt: (dataType, hints) = (.bigint, Self.precision(type == .tinyInt ? 8 : 16))
    case .smallInt: (dataType, hints) = (.bigint, Self.precision(16))
    case .uSmallInt, .integer: (dataType, hints) = (.bigint, Self.precision(32))
    case .uInteger, .bigInt: dataType = .bigint
    case .uBigInt, .hugeInt, .uHugeInt: (dataType, hints) = (.wei, JSONObject())
    case .float, .double: dataType = .double
    case .decimal(let width, let scale):
      dataType = .decimal
      hints["precision"] = .int(width)
      hints["scale"] = .int(scale)
    case .blob: dataType = .binary
    case .date: dataType = .date
    case .time, .timeNS: dataType = .time
    case .timestampTZ: dataType = .timestamp
    case .timestamp, .timestampS, .timestampMS, .timestampNS:
      dataType = .timestamp
      hints["timezone"] = .bool(false)
      let digits = type == .timestampS ? 0 : type == .timestampMS ? 3 : type == .timestampNS ? 9 : nil
      hints["precision"] = digits.map(JSONValue.int)
    case .json, .map, .union, .variant: dataType = .json
    default: dataType = .text
    }
  }

  private static func precision(_ bits: Int) -> JSONObject { JSONObject(pairs: ["precision": .int(bits)]) }
}
