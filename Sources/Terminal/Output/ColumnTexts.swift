internal import DuckDB

/// The texts of one column of a chunk, in one buffer, as DuckDB prints them.
struct ColumnTexts {
  private(set) var bytes: [UInt8] = []
  private var ends: [Int] = []
  private var nulls: [Bool] = []

  init(_ column: ColumnView) throws {
    ends.reserveCapacity(column.count)
    nulls.reserveCapacity(column.count)
    switch column.type {
    case .varchar, .json: try appendBytes(column)
    case .tinyInt: try appendIntegers(column, Int8.self)
    case .smallInt: try appendIntegers(column, Int16.self)
    case .integer: try appendIntegers(column, Int32.self)
    case .bigInt: try appendIntegers(column, Int64.self)
    case .uTinyInt: try appendIntegers(column, UInt8.self)
    case .uSmallInt: try appendIntegers(column, UInt16.self)
    case .uInteger: try appendIntegers(column, UInt32.self)
    case .uBigInt: try appendIntegers(column, UInt64.self)
    default:
      for row in 0..<column.count {
        let text = column.text(at: row)
        if let text { bytes.append(contentsOf: text.utf8) }
        endValue(isNull: text == nil)
      }
    }
  }

  /// The bytes of a value, or nil for NULL.
  subscript(_ row: Int) -> ArraySlice<UInt8>? {
    nulls[row] ? nil : bytes[(row == 0 ? 0 : ends[row - 1])..<ends[row]]
  }

  private mutating func endValue(isNull: Bool) {
    ends.append(bytes.count)
    nulls.append(isNull)
  }

  private mutating func appendBytes(_ column: ColumnView) throws {
    try column.forEachBytes { _, value in
      if let value { bytes.append(contentsOf: value) }
      endValue(isNull: value == nil)
    }
  }

  private mutating func appendIntegers<T: FixedWidthColumnValue & FixedWidthInteger>(
    _ column: ColumnView, _ type: T.Type
  ) throws {
    try column.values(as: type) { values, validity in
      for row in values.indices {
        let isValid = validity.isValid(row)
        if isValid { append(values[row]) }
        endValue(isNull: !isValid)
      }
    }
  }

  private mutating func append(_ value: some FixedWidthInteger) {
    var magnitude = UInt64(value.magnitude)
    if value < 0 { bytes.append(UInt8(ascii: "-")) }
    let start = bytes.count
    repeat {
      bytes.append(UInt8(ascii: "0") + UInt8(magnitude % 10))
      magnitude /= 10
    } while magnitude > 0
    bytes[start...].reverse()
  }
}
