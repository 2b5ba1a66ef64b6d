/// Writes the values of one column as JSON. What to do is decided once for the column, not for each value.
final class JSONCellWriter {
  private enum Kind {
    case flat(JSONFlatCell)
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
    kind = JSONFlatCell(storage).map(Kind.flat) ?? JSONCellWriter.kind(of: storage)
  }

  private static func kind(of storage: ColumnStorage) -> Kind {
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
      return .map(
        key: JSONCellWriter(children[0].children[0]), value: JSONCellWriter(children[0].children[1]))
    case .union: return .union(children.dropFirst().map { JSONCellWriter($0) })
    default: return .boxed
    }
  }

  func write(_ row: Int, to buffer: inout ByteBuffer) {
    if case .flat(let cell) = kind {
      cell.write(row, to: &buffer)
    } else if storage.validity.isValid(row) {
      writeNested(row, to: &buffer)
    } else {
      buffer.append("null")
    }
  }

  /// The cell itself, where the column is not nested.
  var flat: JSONFlatCell? {
    if case .flat(let cell) = kind { cell } else { nil }
  }

  private func writeNested(_ row: Int, to buffer: inout ByteBuffer) {
    switch kind {
    case .enumeration(let names):
      let index = storage.enumerationIndex(row)
      if index < names.count { buffer.append(names[index]) } else { buffer.append("null") }
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
