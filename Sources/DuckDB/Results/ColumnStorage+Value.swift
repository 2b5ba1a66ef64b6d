#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif

extension ColumnStorage {
  /// The value of a row, boxed.
  func value(_ row: Int) -> Value {
    guard validity.isValid(row) else { return .null }
    switch type.base {
    case .boolean: return .boolean(load(row, as: UInt8.self) != 0)
    case .tinyInt: return .tinyInt(load(row, as: Int8.self))
    case .smallInt: return .smallInt(load(row, as: Int16.self))
    case .integer: return .integer(load(row, as: Int32.self))
    case .bigInt: return .bigInt(load(row, as: Int64.self))
    case .hugeInt: return .hugeInt(load(row, as: Int128.self))
    case .uTinyInt: return .uTinyInt(load(row, as: UInt8.self))
    case .uSmallInt: return .uSmallInt(load(row, as: UInt16.self))
    case .uInteger: return .uInteger(load(row, as: UInt32.self))
    case .uBigInt: return .uBigInt(load(row, as: UInt64.self))
    case .uHugeInt: return .uHugeInt(load(row, as: UInt128.self))
    case .float: return .float(load(row, as: Float.self))
    case .double: return .double(load(row, as: Double.self))
    case .decimal(let width, let scale):
      return .decimal(DecimalValue(unscaled: unscaledDecimal(row), width: width, scale: scale))
    case .varchar: return .varchar(text(row))
    case .json: return .json(text(row))
    case .blob: return .blob(Array(bytes(row)))
    case .geometry: return .geometry(Array(bytes(row)))
    case .bit: return BitString(encoded: bytes(row)).map(Value.bit) ?? .null
    case .bigNum: return BigNumText.text(encoded: bytes(row)).map(Value.bigNum) ?? .null
    case .date: return .date(load(row, as: DateValue.self))
    case .time: return .time(load(row, as: TimeValue.self))
    case .timeNS: return .timeNS(load(row, as: TimeNSValue.self))
    case .timeTZ: return .timeTZ(load(row, as: TimeTZValue.self))
    case .timestamp: return .timestamp(load(row, as: TimestampValue.self))
    case .timestampS: return .timestampS(seconds: load(row, as: Int64.self))
    case .timestampMS: return .timestampMS(milliseconds: load(row, as: Int64.self))
    case .timestampNS: return .timestampNS(nanoseconds: load(row, as: Int64.self))
    case .timestampTZ: return .timestampTZ(load(row, as: TimestampValue.self))
    case .interval: return .interval(load(row, as: IntervalValue.self))
    case .uuid: return .uuid(UUID(hugeInt: load(row, as: Int128.self)))
    case .enumeration(let names):
      let index = enumerationIndex(row)
      return index < names.count ? .enumeration(names[index]) : .null
    case .list: return .list(listRange(row).map { children[0].value($0) })
    case .array(_, let size): return .array((row * size..<(row + 1) * size).map { children[0].value($0) })
    case .map:
      let entries = children[0]
      return .map(
        listRange(row).map { .init(key: entries.children[0].value($0), value: entries.children[1].value($0)) }
      )
    case .structure(let fields):
      return .structure(zip(fields, children).map { .init(name: $0.name, value: $1.value(row)) })
    case .union(let fields):
      guard let tag = unionTag(row), tag < fields.count else { return .null }
      return .union(tag: fields[tag].name, children[tag + 1].value(row))
    case .variant: return VariantReader(self, row: row).value()
    case .null, .any, .named: return .null
    case .unknown: return .varchar("(\(type))")
    }
  }

  /// A DECIMAL's digits; how many bytes they take depends on the type's width.
  @inline(__always)
  func unscaledDecimal(_ row: Int) -> Int128 {
    switch physical {
    case .int16: Int128(load(row, as: Int16.self))
    case .int32: Int128(load(row, as: Int32.self))
    case .int64: Int128(load(row, as: Int64.self))
    default: load(row, as: Int128.self)
    }
  }

  func enumerationIndex(_ row: Int) -> Int {
    switch physical {
    case .uint8: Int(load(row, as: UInt8.self))
    case .uint16: Int(load(row, as: UInt16.self))
    default: Int(load(row, as: UInt32.self))
    }
  }

  /// Which member of a UNION a row holds; nil for NULL.
  func unionTag(_ row: Int) -> Int? {
    children[0].validity.isValid(row) ? Int(children[0].load(row, as: UInt8.self)) : nil
  }
}
