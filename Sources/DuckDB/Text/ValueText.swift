#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif

/// How values print: as DuckDB's own `CAST(value AS VARCHAR)` prints them, timestamps with time zone in UTC.
public enum ValueText {
  /// The value as DuckDB prints it; `NULL` for NULL.
  public static func text(of value: Value) -> String {
    var buffer = ByteBuffer()
    write(value, to: &buffer)
    return buffer.string
  }

  static func write(_ value: Value, to buffer: inout ByteBuffer) {
    switch value {
    case .null: buffer.append("NULL")
    case .boolean(let value): buffer.append(value ? "true" : "false")
    case .tinyInt(let value): buffer.append(decimal: Int64(value))
    case .smallInt(let value): buffer.append(decimal: Int64(value))
    case .integer(let value): buffer.append(decimal: Int64(value))
    case .bigInt(let value): buffer.append(decimal: value)
    case .hugeInt(let value): buffer.append(decimal: value)
    case .uTinyInt(let value): buffer.append(decimal: UInt64(value))
    case .uSmallInt(let value): buffer.append(decimal: UInt64(value))
    case .uInteger(let value): buffer.append(decimal: UInt64(value))
    case .uBigInt(let value): buffer.append(decimal: value)
    case .uHugeInt(let value): buffer.append(decimal: value)
    case .float(let value): FloatText.write(value, to: &buffer)
    case .double(let value): FloatText.write(value, to: &buffer)
    case .decimal(let value):
      write(decimal: value.unscaled, width: value.width, scale: value.scale, to: &buffer)
    case .varchar(let text), .json(let text), .enumeration(let text), .bigNum(let text): buffer.append(text)
    case .uuid(let value): buffer.append(value.uuidString.lowercased())
    case .blob(let bytes): bytes.withUnsafeBytes { write(blob: $0, to: &buffer) }
    case .bit(let value): buffer.append(value.description)
    case .geometry(let bytes): buffer.append(GeometryText.text(wellKnownBinary: bytes))
    default: writeTimeOrNested(value, to: &buffer)
    }
  }

  private static func writeTimeOrNested(_ value: Value, to buffer: inout ByteBuffer) {
    let space = UInt8(ascii: " ")
    switch value {
    case .date(let value): TimeText.write(value, to: &buffer)
    case .time(let value): TimeText.write(time: value.microseconds, unit: 1_000_000, to: &buffer)
    case .timeNS(let value): TimeText.write(time: value.nanoseconds, unit: 1_000_000_000, to: &buffer)
    case .timeTZ(let value): TimeText.write(value, to: &buffer)
    case .timestamp(let value):
      TimeText.write(timestamp: value.microseconds, unit: 1_000_000, separator: space, to: &buffer)
    case .timestampS(let value): TimeText.write(timestamp: value, unit: 1, separator: space, to: &buffer)
    case .timestampMS(let value): TimeText.write(timestamp: value, unit: 1000, separator: space, to: &buffer)
    case .timestampNS(let value):
      TimeText.write(timestamp: value, unit: 1_000_000_000, separator: space, to: &buffer)
    case .timestampTZ(let value):
      TimeText.write(timestamp: value.microseconds, unit: 1_000_000, separator: space, to: &buffer)
      if value != .infinity, value != .negativeInfinity { buffer.append("+00") }
    case .interval(let value): TimeText.write(value, to: &buffer)
    default: NestedText.write(value, to: &buffer)
    }
  }

  static func write(decimal unscaled: Int128, width: Int, scale: Int, to buffer: inout ByteBuffer) {
    if unscaled < 0 { buffer.append(UInt8(ascii: "-")) }
    guard scale > 0 else {
      buffer.append(decimal: unscaled.magnitude)
      return
    }
    let whole: UInt128
    let fraction: UInt128
    if let small = UInt64(exactly: unscaled.magnitude), scale < 19 {
      let parts = small.quotientAndRemainder(dividingBy: UInt64(PowersOfTen.values[scale]))
      (whole, fraction) = (UInt128(parts.quotient), UInt128(parts.remainder))
    } else {
      (whole, fraction) = unscaled.magnitude.quotientAndRemainder(
        dividingBy: PowersOfTen.values[min(scale, 38)].magnitude)
    }
    // DuckDB leaves the zero before the point out where the type has no digit there.
    if width > scale || whole > 0 { buffer.append(decimal: whole) }
    buffer.append(UInt8(ascii: "."))
    if scale <= 19 {
      buffer.append(padded: UInt64(fraction), digits: scale)
    } else {
      let (high, low) = fraction.quotientAndRemainder(dividingBy: 10_000_000_000_000_000_000)
      buffer.append(padded: UInt64(high), digits: scale - 19)
      buffer.append(padded: UInt64(low), digits: 19)
    }
  }

  static func write(blob: UnsafeRawBufferPointer, to buffer: inout ByteBuffer) {
    for byte in blob {
      switch byte {
      case UInt8(ascii: "'"), UInt8(ascii: "\""), UInt8(ascii: "\\"): writeEscape(byte, to: &buffer)
      case 0x20...0x7E: buffer.append(byte)
      default: writeEscape(byte, to: &buffer)
      }
    }
  }

  private static func writeEscape(_ byte: UInt8, to buffer: inout ByteBuffer) {
    buffer.append("\\x")
    for digit in [byte >> 4, byte & 15] {
      buffer.append(digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "A") + digit - 10)
    }
  }
}

extension Value: CustomStringConvertible {
  /// The value as DuckDB prints it; `NULL` for NULL.
  public var description: String { ValueText.text(of: self) }
}
