/// Writes the values of one column as JSON. What to do is decided once for the column, not for each value.
final class JSONCellWriter {
  private enum Kind {
    case boolean
    case int8, int16, int32, int64
    case uint8, uint16, uint32, uint64
    case float, double
    case decimal(width: Int, scale: Int)
    case text, json, bytes
    case date
    case time(unit: Int64)
    case timestamp(unit: Int64)
    case interval
    case enumeration([[UInt8]])
    case list(JSONCellWriter)
    case array(JSONCellWriter, size: Int)
    case structure([(prefix: [UInt8], cell: JSONCellWriter)])
    case tuple([JSONCellWriter])
    case map(key: JSONCellWriter, value: JSONCellWriter)
    case union([JSONCellWriter])
    case boxed
  }

  private let storage: ColumnStorage
  private let kind: Kind

  init(_ storage: ColumnStorage) {
    self.storage = storage
    kind = JSONCellWriter.kind(of: storage)
  }

  private static func kind(of storage: ColumnStorage) -> Kind {
    switch storage.type.base {
    case .boolean: .boolean
    case .tinyInt: .int8
    case .smallInt: .int16
    case .integer: .int32
    case .bigInt: .int64
    case .uTinyInt: .uint8
    case .uSmallInt: .uint16
    case .uInteger: .uint32
    case .uBigInt: .uint64
    case .float: .float
    case .double: .double
    case .decimal(let width, let scale): .decimal(width: width, scale: scale)
    case .varchar: .text
    case .json: .json
    case .blob, .geometry: .bytes
    case .date: .date
    case .time: .time(unit: 1_000_000)
    case .timeNS: .time(unit: 1_000_000_000)
    case .timestamp, .timestampTZ: .timestamp(unit: 1_000_000)
    case .timestampS: .timestamp(unit: 1)
    case .timestampMS: .timestamp(unit: 1000)
    case .timestampNS: .timestamp(unit: 1_000_000_000)
    case .interval: .interval
    default: nestedKind(of: storage)
    }
  }

  private static func nestedKind(of storage: ColumnStorage) -> Kind {
    let children = storage.children
    switch storage.type.base {
    case .enumeration(let names):
      return .enumeration(
        names.map {
          var buffer = ByteBuffer()
          JSONText.write($0, to: &buffer)
          return Array(buffer.bytes)
        })
    case .list: return .list(JSONCellWriter(children[0]))
    case .array(_, let size): return .array(JSONCellWriter(children[0]), size: size)
    case .structure(let fields):
      if fields.allSatisfy(\.name.isEmpty) { return .tuple(children.map { JSONCellWriter($0) }) }
      return .structure(
        zip(fields, children).enumerated().map { index, member in
          var prefix = ByteBuffer()
          prefix.append(UInt8(ascii: index == 0 ? "{" : ","))
          JSONText.write(member.0.name, to: &prefix)
          prefix.append(UInt8(ascii: ":"))
          return (Array(prefix.bytes), JSONCellWriter(member.1))
        })
    case .map:
      return .map(key: JSONCellWriter(children[0].children[0]), value: JSONCellWriter(children[0].children[1]))
    case .union: return .union(children.dropFirst().map { JSONCellWriter($0) })
    default: return .boxed
    }
  }

  func write(_ row: Int, to buffer: inout ByteBuffer) {
    guard storage.validity.isValid(row) else {
      buffer.append("null")
      return
    }
    switch kind {
    case .boolean: buffer.append(storage.load(row, as: UInt8.self) != 0 ? "true" : "false")
    case .int8: buffer.append(decimal: Int64(storage.load(row, as: Int8.self)))
    case .int16: buffer.append(decimal: Int64(storage.load(row, as: Int16.self)))
    case .int32: buffer.append(decimal: Int64(storage.load(row, as: Int32.self)))
    case .int64: buffer.append(decimal: storage.load(row, as: Int64.self))
    case .uint8: buffer.append(decimal: UInt64(storage.load(row, as: UInt8.self)))
    case .uint16: buffer.append(decimal: UInt64(storage.load(row, as: UInt16.self)))
    case .uint32: buffer.append(decimal: UInt64(storage.load(row, as: UInt32.self)))
    case .uint64: buffer.append(decimal: storage.load(row, as: UInt64.self))
    case .float: JSONText.write(storage.load(row, as: Float.self), to: &buffer)
    case .double: JSONText.write(storage.load(row, as: Double.self), to: &buffer)
    case .decimal(let width, let scale):
      buffer.append(UInt8(ascii: "\""))
      // JSON readers expect a digit before the point, whatever the type's width.
      ValueText.write(
        decimal: storage.unscaledDecimal(row), width: max(width, scale + 1), scale: scale, to: &buffer)
      buffer.append(UInt8(ascii: "\""))
    case .text: JSONText.write(storage.bytes(row), to: &buffer)
    case .json: JSONText.write(json: storage.bytes(row), to: &buffer)
    case .bytes: JSONText.write(bytes: storage.bytes(row), to: &buffer)
    case .date: JSONTimeText.write(storage.load(row, as: DateValue.self), to: &buffer)
    case .time(let unit): JSONTimeText.write(time: storage.load(row, as: Int64.self), unit: unit, to: &buffer)
    case .timestamp(let unit):
      JSONTimeText.write(timestamp: storage.load(row, as: Int64.self), unit: unit, to: &buffer)
    case .interval: JSONText.write(storage.load(row, as: IntervalValue.self), to: &buffer)
    case .enumeration(let names):
      let index = storage.enumerationIndex(row)
      buffer.append(index < names.count ? names[index] : Array("null".utf8))
    default: writeNested(row, to: &buffer)
    }
  }

  private func writeNested(_ row: Int, to buffer: inout ByteBuffer) {
    switch kind {
    case .list(let cell): write(storage.listRange(row), of: cell, to: &buffer)
    case .array(let cell, let size): write(row * size..<(row + 1) * size, of: cell, to: &buffer)
    case .structure(let members):
      for (prefix, cell) in members {
        buffer.append(prefix)
        cell.write(row, to: &buffer)
      }
      buffer.append(UInt8(ascii: "}"))
    case .tuple(let cells):
      buffer.append(UInt8(ascii: "["))
      for (index, cell) in cells.enumerated() {
        if index > 0 { buffer.append(UInt8(ascii: ",")) }
        cell.write(row, to: &buffer)
      }
      buffer.append(UInt8(ascii: "]"))
    case .map(let key, let value):
      buffer.append(UInt8(ascii: "{"))
      for (index, entry) in storage.listRange(row).enumerated() {
        if index > 0 { buffer.append(UInt8(ascii: ",")) }
        // An object's keys are text, so others are written as DuckDB prints them.
        JSONText.write(key.storage.value(entry).description, to: &buffer)
        buffer.append(UInt8(ascii: ":"))
        value.write(entry, to: &buffer)
      }
      buffer.append(UInt8(ascii: "}"))
    case .union(let members):
      if let tag = storage.unionTag(row), tag < members.count {
        members[tag].write(row, to: &buffer)
      } else {
        buffer.append("null")
      }
    default: JSONValueText.write(storage.value(row), to: &buffer)
    }
  }

  private func write(_ rows: Range<Int>, of cell: JSONCellWriter, to buffer: inout ByteBuffer) {
    buffer.append(UInt8(ascii: "["))
    for row in rows {
      if row > rows.lowerBound { buffer.append(UInt8(ascii: ",")) }
      cell.write(row, to: &buffer)
    }
    buffer.append(UInt8(ascii: "]"))
  }
}
