extension Value {
  /// The type that DuckDB would give this value by itself. NULLs in lists take the type of the others.
  ///
  /// - Throws: ``DuckDBError`` of kind `.invalidInput` when the values of a list or map have no type in
  ///   common.
  public func logicalType() throws(DuckDBError) -> LogicalType {
    switch self {
    case .null: .null
    case .boolean: .boolean
    case .tinyInt: .tinyInt
    case .smallInt: .smallInt
    case .integer: .integer
    case .bigInt: .bigInt
    case .hugeInt: .hugeInt
    case .uTinyInt: .uTinyInt
    case .uSmallInt: .uSmallInt
    case .uInteger: .uInteger
    case .uBigInt: .uBigInt
    case .uHugeInt: .uHugeInt
    case .float: .float
    case .double: .double
    case .decimal(let value): .decimal(width: value.width, scale: value.scale)
    case .varchar, .enumeration, .geometry: .varchar
    case .json: .json
    case .blob: .blob
    case .date: .date
    case .time: .time
    case .timeNS: .timeNS
    case .timeTZ: .timeTZ
    case .timestamp: .timestamp
    case .timestampS: .timestampS
    case .timestampMS: .timestampMS
    case .timestampNS: .timestampNS
    case .timestampTZ: .timestampTZ
    case .interval: .interval
    case .uuid: .uuid
    case .bit: .bit
    case .bigNum: .bigNum
    case .list(let values): .list(try Value.commonType(values))
    case .array(let values): .array(try Value.commonType(values), size: values.count)
    case .structure(let fields):
      .structure(try Value.types(of: fields))
    case .map(let entries):
      .map(key: try Value.commonType(entries.map(\.key)), value: try Value.commonType(entries.map(\.value)))
    case .union(let tag, let value): .union([.init(name: tag, type: try value.logicalType())])
    }
  }

  private static func types(of fields: [Field]) throws(DuckDBError) -> [LogicalType.Field] {
    var types: [LogicalType.Field] = []
    for field in fields { types.append(.init(name: field.name, type: try field.value.logicalType())) }
    return types
  }

  private static func commonType(_ values: [Value]) throws(DuckDBError) -> LogicalType {
    var common = LogicalType.null
    for value in values {
      let type = try value.logicalType()
      guard let both = LogicalType.common(common, type) else {
        throw DuckDBError(
          kind: .invalidInput,
          message: "A list cannot hold values of type \(common) and values of type \(type).")
      }
      common = both
    }
    return common
  }
}

extension LogicalType {
  /// A type that holds the values of both, when there is one without losing any.
  static func common(_ left: LogicalType, _ right: LogicalType) -> LogicalType? {
    if left == right || right == .null { return left }
    if left == .null { return right }
    switch (left, right) {
    case (.list(let left), .list(let right)): return common(left, right).map(LogicalType.list)
    case (.array(let left, let size), .array(let right, let otherSize)):
      guard size == otherSize else { return common(left, right).map(LogicalType.list) }
      return common(left, right).map { .array($0, size: size) }
    case (.map(let leftKey, let leftValue), .map(let rightKey, let rightValue)):
      guard let key = common(leftKey, rightKey), let value = common(leftValue, rightValue) else { return nil }
      return .map(key: key, value: value)
    case (.structure(let left), .structure(let right)):
      guard left.map(\.name) == right.map(\.name) else { return nil }
      let types = zip(left, right).map { common($0.type, $1.type) }
      guard types.allSatisfy({ $0 != nil }) else { return nil }
      return .structure(zip(left, types).map { Field(name: $0.name, type: $1 ?? .null) })
    case (.union(let left), .union(let right)):
      return .union(left + right.filter { field in !left.contains { $0.name == field.name } })
    case (.json, .varchar), (.varchar, .json): return .varchar
    default: return commonNumber(left, right)
    }
  }

  private static func commonNumber(_ left: LogicalType, _ right: LogicalType) -> LogicalType? {
    let signed: [LogicalType] = [.tinyInt, .smallInt, .integer, .bigInt, .hugeInt]
    let unsigned: [LogicalType] = [.uTinyInt, .uSmallInt, .uInteger, .uBigInt, .uHugeInt]
    switch (left, right) {
    case (.decimal(let leftWidth, let leftScale), .decimal(let rightWidth, let rightScale)):
      let scale = max(leftScale, rightScale)
      let width = max(leftWidth - leftScale, rightWidth - rightScale) + scale
      return width <= 38 ? .decimal(width: width, scale: scale) : .double
    default: break
    }
    let kinds = [left, right].map { type in (signed.firstIndex(of: type), unsigned.firstIndex(of: type)) }
    switch (kinds[0], kinds[1]) {
    case ((let left?, _), (let right?, _)): return signed[max(left, right)]
    case ((_, let left?), (_, let right?)): return unsigned[max(left, right)]
    case ((let signedIndex?, _), (_, let unsignedIndex?)), ((_, let unsignedIndex?), (let signedIndex?, _)):
      let index = max(signedIndex, unsignedIndex + 1)
      return index < signed.count ? signed[index] : nil
    default: break
    }
    let isNumber: (LogicalType) -> Bool = { type in
      if case .decimal = type { return true }
      return type == .float || type == .double || signed.contains(type) || unsigned.contains(type)
    }
    return isNumber(left) && isNumber(right) ? .double : nil
  }
}
