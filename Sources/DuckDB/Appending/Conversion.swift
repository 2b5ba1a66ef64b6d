#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif

/// Boxed values as the bytes of a column's type. Numbers change their type only where nothing is lost.
enum Conversion {
  static func failure(_ value: Value, _ type: LogicalType, candidates: [String] = []) -> DuckDBError {
    // The value itself stays out of the message: it may be a secret.
    let kind = (try? value.logicalType()).map { "A value of type \($0)" } ?? "The value"
    return DuckDBError(
      kind: .conversion, message: "\(kind) does not fit \(type).", candidates: candidates)
  }

  /// The bytes of a value of VARCHAR, BLOB and the like; nil for columns of other types.
  static func bytes(of value: Value, as type: LogicalType) throws -> [UInt8]? {
    switch (type, value) {
    case (.varchar, .varchar(let text)), (.varchar, .json(let text)), (.varchar, .enumeration(let text)):
      return Array(text.utf8)
    case (.json, .varchar(let text)), (.json, .json(let text)):
      // DuckDB does not look at JSON that comes this way, and other readers trust it.
      let bytes = Array(text.utf8)
      guard bytes.withUnsafeBytes({ JSONCheck.isValid($0) }) else {
        throw DuckDBError(kind: .conversion, message: "The text given is not JSON.")
      }
      return bytes
    case (.blob, .blob(let bytes)): return bytes
    case (.bit, .bit(let bits)): return bits.encoded
    case (.bigNum, _):
      guard let text = value.integerText, let encoded = BigNumText.encoded(text) else {
        throw failure(value, type)
      }
      return encoded
    case (.geometry, .geometry(let bytes)):
      guard GeometryText.isLittleEndian(bytes) else { throw failure(value, type) }
      return bytes
    case (.varchar, _), (.json, _), (.blob, _), (.bit, _), (.geometry, _): throw failure(value, type)
    default: return nil
    }
  }

  static func write(
    _ value: Value, as type: LogicalType, to data: UnsafeMutableRawPointer, at row: Int
  ) throws {
    func store<T: BitwiseCopyable>(_ converted: T?) throws {
      guard let converted else { throw failure(value, type) }
      data.storeBytes(of: converted, toByteOffset: row * MemoryLayout<T>.stride, as: T.self)
    }
    switch type {
    case .boolean: try store(value.boolValue.map { UInt8($0 ? 1 : 0) })
    case .tinyInt: try store(value.integer(Int8.self))
    case .smallInt: try store(value.integer(Int16.self))
    case .integer: try store(value.integer(Int32.self))
    case .bigInt: try store(value.integer(Int64.self))
    case .hugeInt: try store(value.integer(Int128.self))
    case .uTinyInt: try store(value.integer(UInt8.self))
    case .uSmallInt: try store(value.integer(UInt16.self))
    case .uInteger: try store(value.integer(UInt32.self))
    case .uBigInt: try store(value.integer(UInt64.self))
    case .uHugeInt: try store(value.integer(UInt128.self))
    case .float: try store(value.floatValue)
    case .double: try store(value.doubleValue)
    case .decimal(let width, let scale):
      guard let unscaled = value.unscaled(width: width, scale: scale) else { throw failure(value, type) }
      switch type.physicalType {
      case .int16: try store(Int16(unscaled))
      case .int32: try store(Int32(unscaled))
      case .int64: try store(Int64(unscaled))
      default: try store(unscaled)
      }
    default: try writeTime(value, as: type, store32: store, store64: store, store128: store)
    }
  }

  private static func writeTime(
    _ value: Value, as type: LogicalType, store32: (Int32?) throws -> Void, store64: (Int64?) throws -> Void,
    store128: (Int128?) throws -> Void
  ) throws {
    switch (type, value) {
    case (.date, .date(let date)): try store32(date.days)
    case (.time, .time(let time)):
      try store64((0...86_400_000_000).contains(time.microseconds) ? time.microseconds : nil)
    case (.timeNS, .timeNS(let time)):
      try store64((0...86_400_000_000_000).contains(time.nanoseconds) ? time.nanoseconds : nil)
    case (.timeTZ, .timeTZ(let time)):
      try store64(
        (0...86_400_000_000).contains(time.microseconds) ? Int64(bitPattern: time.encoded) : nil)
    case (.timestamp, .timestamp(let time)), (.timestampTZ, .timestampTZ(let time)):
      try store64(time.microseconds)
    case (.timestampS, .timestampS(let time)): try store64(time)
    case (.timestampMS, .timestampMS(let time)): try store64(time)
    case (.timestampNS, .timestampNS(let time)): try store64(time)
    case (.interval, .interval(let interval)):
      try store128(withUnsafeBytes(of: interval) { $0.loadUnaligned(as: Int128.self) })
    case (.uuid, .uuid(let uuid)): try store128(uuid.hugeInt)
    case (.null, _), (.any, _), (.unknown, _), (.variant, _):
      throw DuckDBError(
        kind: .notImplemented, message: "Values cannot be appended to a column of type \(type).")
    default: throw failure(value, type)
    }
  }
}

extension Value {
  fileprivate func integer<T: FixedWidthInteger>(_ type: T.Type) -> T? {
    switch self {
    case .tinyInt(let value): T(exactly: value)
    case .smallInt(let value): T(exactly: value)
    case .integer(let value): T(exactly: value)
    case .bigInt(let value): T(exactly: value)
    case .hugeInt(let value): T(exactly: value)
    case .uTinyInt(let value): T(exactly: value)
    case .uSmallInt(let value): T(exactly: value)
    case .uInteger(let value): T(exactly: value)
    case .uBigInt(let value): T(exactly: value)
    case .uHugeInt(let value): T(exactly: value)
    case .decimal(let value): value.rescaled(to: 0).flatMap { T(exactly: $0) }
    default: nil
    }
  }

  fileprivate var integerText: String? {
    switch self {
    case .bigNum(let text): text
    case .tinyInt, .smallInt, .integer, .bigInt, .hugeInt, .uTinyInt, .uSmallInt, .uInteger, .uBigInt,
      .uHugeInt:
      description
    default: nil
    }
  }

  fileprivate var floatValue: Float? {
    if case .float(let value) = self { return value }
    return doubleValue.map { Float($0) }
  }

  fileprivate func unscaled(width: Int, scale: Int) -> Int128? {
    let decimal: DecimalValue?
    if case .decimal(let value) = self {
      decimal = value
    } else {
      decimal = integer(Int128.self).map { DecimalValue(unscaled: $0, scale: 0) }
    }
    guard let unscaled = decimal?.rescaled(to: scale),
      unscaled.magnitude < PowersOfTen.values[min(width, 38)].magnitude
    else { return nil }
    return unscaled
  }
}
