/// Boxed values as JSON, the same as `JSONCellWriter` writes them from a column.
enum JSONValueText {
  static func write(_ value: Value, to buffer: inout ByteBuffer) {
    switch value {
    case .null: buffer.append("null")
    case .boolean, .tinyInt, .smallInt, .integer, .bigInt, .uTinyInt, .uSmallInt, .uInteger, .uBigInt:
      ValueText.write(value, to: &buffer)
    case .float(let value): JSONText.write(value, to: &buffer)
    case .double(let value): JSONText.write(value, to: &buffer)
    case .decimal(let value):
      JSONText.write(decimal: value.unscaled, scale: Int64(value.scale), to: &buffer)
    case .json(var text):
      text.withUTF8 { JSONText.write(json: UnsafeRawBufferPointer($0), to: &buffer) }
    case .blob(let bytes), .geometry(let bytes):
      bytes.withUnsafeBytes { JSONText.write(bytes: $0, to: &buffer) }
    case .interval(let value): JSONText.write(value, to: &buffer)
    case .date(let value): JSONTimeText.write(value, to: &buffer)
    case .time(let value): JSONTimeText.write(time: value.microseconds, unit: 1_000_000, to: &buffer)
    case .timeNS(let value): JSONTimeText.write(time: value.nanoseconds, unit: 1_000_000_000, to: &buffer)
    case .timestamp(let value), .timestampTZ(let value):
      JSONTimeText.write(timestamp: value.microseconds, unit: 1_000_000, to: &buffer)
    case .timestampS(let value): JSONTimeText.write(timestamp: value, unit: 1, to: &buffer)
    case .timestampMS(let value): JSONTimeText.write(timestamp: value, unit: 1000, to: &buffer)
    case .timestampNS(let value): JSONTimeText.write(timestamp: value, unit: 1_000_000_000, to: &buffer)
    case .list, .array, .structure, .map, .union: writeNested(value, to: &buffer)
    case .hugeInt, .uHugeInt, .bigNum, .varchar, .enumeration, .uuid, .bit, .timeTZ:
      JSONText.write(value.description, to: &buffer)
    }
  }

  private static func writeNested(_ value: Value, to buffer: inout ByteBuffer) {
    switch value {
    case .list(let values), .array(let values): write(values, to: &buffer)
    case .structure(let fields) where !fields.isEmpty && fields.allSatisfy(\.name.isEmpty):
      write(fields.map(\.value), to: &buffer)
    case .structure(let fields): write(fields.map { ($0.name, $0.value) }, to: &buffer)
    case .map(let entries): write(entries.map { ($0.key.description, $0.value) }, to: &buffer)
    case .union(_, let value): write(value, to: &buffer)
    default: break
    }
  }

  private static func write(_ values: [Value], to buffer: inout ByteBuffer) {
    buffer.append(UInt8(ascii: "["))
    for (index, value) in values.enumerated() {
      if index > 0 { buffer.append(UInt8(ascii: ",")) }
      write(value, to: &buffer)
    }
    buffer.append(UInt8(ascii: "]"))
  }

  private static func write(_ members: [(String, Value)], to buffer: inout ByteBuffer) {
    buffer.append(UInt8(ascii: "{"))
    for (index, member) in members.enumerated() {
      if index > 0 { buffer.append(UInt8(ascii: ",")) }
      JSONText.write(member.0, to: &buffer)
      buffer.append(UInt8(ascii: ":"))
      write(member.1, to: &buffer)
    }
    buffer.append(UInt8(ascii: "}"))
  }
}
