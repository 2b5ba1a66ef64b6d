internal import CDuckDB

/// Writes values into a vector of DuckDB's, at any depth.
///
/// Only used on its connection's thread, and only while the chunk that the vector belongs to lives.
final class VectorWriter {
  /// How many rows a vector of a chunk has room for.
  static let capacity = Int(duckdb_vector_size())

  let type: LogicalType
  let vector: duckdb_vector?
  let children: [VectorWriter]
  private let enumeration: [String: Int]

  /// How many elements the child of a list holds.
  private var listSize = 0

  init(_ vector: duckdb_vector?, type: LogicalType) {
    self.vector = vector
    self.type = type.base
    var enumeration: [String: Int] = [:]
    switch type.base {
    case .list(let element):
      children = [VectorWriter(duckdb_list_vector_get_child(vector), type: element)]
    case .map(let key, let value):
      let entry = LogicalType.structure([.init(name: "key", type: key), .init(name: "value", type: value)])
      children = [VectorWriter(duckdb_list_vector_get_child(vector), type: entry)]
    case .array(let element, _):
      children = [VectorWriter(duckdb_array_vector_get_child(vector), type: element)]
    case .structure(let fields): children = VectorWriter.members(of: vector, fields.map(\.type))
    case .union(let fields): children = VectorWriter.members(of: vector, [.uTinyInt] + fields.map(\.type))
    case .enumeration(let names):
      children = []
      enumeration = Dictionary(names.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
    default: children = []
    }
    self.enumeration = enumeration
  }

  private static func members(of vector: duckdb_vector?, _ types: [LogicalType]) -> [VectorWriter] {
    types.enumerated().map { VectorWriter(duckdb_struct_vector_get_child(vector, idx_t($0)), type: $1) }
  }

  /// Begins anew after the chunk was reset.
  func reset() {
    listSize = 0
    for child in children { child.reset() }
  }

  // MARK: - Writing

  func write(_ value: Value, at row: Int) throws {
    if case .null = value {
      writeNull(at: row)
      return
    }
    markValid(row)
    if try writeNested(value, at: row) { return }
    if let bytes = try Conversion.bytes(of: value, as: type) {
      try writeBytes(bytes, at: row)
      return
    }
    switch type {
    case .enumeration(let names):
      guard let name = value.stringValue, let index = enumeration[name] else {
        throw Conversion.failure(value, type, candidates: names)
      }
      storeEnumeration(index, at: row)
    default: try Conversion.write(value, as: type, to: data, at: row)
    }
  }

  private var data: UnsafeMutableRawPointer {
    // Vectors that hold values themselves have data; the others never ask.
    duckdb_vector_get_data(vector).unsafelyUnwrapped
  }

  private func storeEnumeration(_ index: Int, at row: Int) {
    switch type.physicalType {
    case .uint8: data.storeBytes(of: UInt8(index), toByteOffset: row, as: UInt8.self)
    case .uint16: data.storeBytes(of: UInt16(index), toByteOffset: row * 2, as: UInt16.self)
    default: data.storeBytes(of: UInt32(index), toByteOffset: row * 4, as: UInt32.self)
    }
  }

  private func writeBytes(_ bytes: [UInt8], at row: Int) throws {
    try bytes.withUnsafeBytes { try writeBytes($0, at: row) }
  }

  private func writeBytes(_ bytes: UnsafeRawBufferPointer, at row: Int) throws {
    guard bytes.count < Int(UInt32.max) else {
      throw DuckDBError(kind: .outOfRange, message: "A value has at most 4 GB.")
    }
    // DuckDB copies the bytes. An empty buffer may have no address, and is copied all the same.
    let start = bytes.baseAddress.map { $0.assumingMemoryBound(to: CChar.self) }
    withUnsafeTemporaryAllocation(of: CChar.self, capacity: 1) { empty in
      duckdb_unsafe_vector_assign_string_element_len(
        vector, idx_t(row), start ?? UnsafePointer(empty.baseAddress.unsafelyUnwrapped), idx_t(bytes.count))
    }
  }

  private func markValid(_ row: Int) {
    if let validity = duckdb_vector_get_validity(vector) {
      duckdb_validity_set_row_valid(validity, idx_t(row))
    }
  }

  /// Members and elements of a NULL become NULL as well: DuckDB copies them without looking at what they are
  /// in.
  private func writeNull(at row: Int) {
    duckdb_vector_ensure_validity_writable(vector)
    duckdb_validity_set_row_invalid(duckdb_vector_get_validity(vector), idx_t(row))
    switch type {
    case .structure, .union: for child in children { child.writeNull(at: row) }
    case .array(_, let size):
      for element in row * size..<(row + 1) * size { children[0].writeNull(at: element) }
    case .list, .map: storeListEntry(offset: listSize, length: 0, at: row)
    default: break
    }
  }

  // MARK: - Nested values

  /// False when neither value nor column is nested.
  private func writeNested(_ value: Value, at row: Int) throws -> Bool {
    switch (type, value) {
    case (.list, .list(let values)), (.list, .array(let values)): try writeList(values, at: row)
    case (.array(_, let size), .list(let values)), (.array(_, let size), .array(let values)):
      guard values.count == size else { throw Conversion.failure(value, type) }
      for (index, element) in values.enumerated() { try children[0].write(element, at: row * size + index) }
    case (.structure(let fields), .structure(let members)):
      guard members.map(\.name) == fields.map(\.name) else {
        throw Conversion.failure(value, type, candidates: fields.map(\.name))
      }
      for (child, member) in zip(children, members) { try child.write(member.value, at: row) }
    case (.map, .map(let entries)): try writeMap(entries, value, at: row)
    case (.union(let fields), .union(let tag, let member)):
      guard let index = fields.firstIndex(where: { $0.name == tag }) else {
        throw Conversion.failure(value, type, candidates: fields.map(\.name))
      }
      try children[0].write(.uTinyInt(UInt8(index)), at: row)
      for (place, child) in children.dropFirst().enumerated() {
        try child.write(place == index ? member : .null, at: row)
      }
    case (.list, _), (.array, _), (.structure, _), (.map, _), (.union, _):
      throw Conversion.failure(value, type)
    default: return false
    }
    return true
  }

  private func writeList(_ values: [Value], at row: Int) throws {
    let start = try makeRoom(for: values.count)
    for (index, value) in values.enumerated() { try children[0].write(value, at: start + index) }
    finishList(at: row, start: start, count: values.count)
  }

  private func writeMap(_ entries: [Value.Entry], _ value: Value, at row: Int) throws {
    let keys = entries.map(\.key)
    guard !keys.contains(.null), Set(keys).count == keys.count else {
      throw DuckDBError(
        kind: .conversion, message: "The keys of a MAP are not NULL and differ from each other.")
    }
    let start = try makeRoom(for: entries.count)
    for (index, entry) in entries.enumerated() {
      children[0].markValid(start + index)
      try children[0].children[0].write(entry.key, at: start + index)
      try children[0].children[1].write(entry.value, at: start + index)
    }
    finishList(at: row, start: start, count: entries.count)
  }

  private func makeRoom(for count: Int) throws -> Int {
    guard listSize + count < 1 << 32 else {
      throw DuckDBError(kind: .outOfRange, message: "The lists of a batch have too many elements.")
    }
    duckdb_list_vector_reserve(vector, idx_t(listSize + count))
    return listSize
  }

  private func finishList(at row: Int, start: Int, count: Int) {
    listSize = start + count
    duckdb_list_vector_set_size(vector, idx_t(listSize))
    storeListEntry(offset: start, length: count, at: row)
  }

  private func storeListEntry(offset: Int, length: Int, at row: Int) {
    let entry = duckdb_list_entry(offset: UInt64(offset), length: UInt64(length))
    data.storeBytes(
      of: entry, toByteOffset: row * MemoryLayout<duckdb_list_entry>.stride, as: duckdb_list_entry.self)
  }

  // MARK: - Columns

  /// Writes some values of a column to the first rows of the vector.
  func write(_ column: AppendedColumn, rows: Range<Int>) throws {
    switch column.content {
    case .boxed(let values):
      for (row, index) in rows.enumerated() { try write(values[index], at: row) }
    case .fixed(let values):
      guard values.canFill(type) else {
        throw DuckDBError(kind: .conversion, message: "The values given are not those of \(type).")
      }
      values.copy(rows, to: data)
      if let validity = values.validity { writeNulls(validity, rows: rows) }
    case .strings(let strings):
      guard type.physicalType == .string, type.takesAnyBytes || type.isText else {
        throw DuckDBError(kind: .conversion, message: "Texts do not go into \(type).")
      }
      for (row, index) in rows.enumerated() {
        if strings.validity[index] {
          try strings.withBytes(at: index) { try writeText($0, at: row) }
        } else {
          writeNull(at: row)
        }
      }
    }
  }

  private func writeText(_ bytes: UnsafeRawBufferPointer, at row: Int) throws {
    if type.isText, String(validating: bytes, as: UTF8.self) == nil {
      throw DuckDBError(kind: .conversion, message: "The bytes given are no UTF-8 text.")
    }
    if type == .json, !JSONCheck.isValid(bytes) {
      throw DuckDBError(kind: .conversion, message: "The text given is not JSON.")
    }
    try writeBytes(bytes, at: row)
  }

  private func writeNulls(_ validity: ValidityBitmap, rows: Range<Int>) {
    guard validity.nullCount > 0 else { return }
    for (row, index) in rows.enumerated() where !validity[index] { writeNull(at: row) }
  }
}

extension LogicalType {
  /// Whether a value's bytes are the value as it is.
  var takesAnyBytes: Bool { base == .blob }
}
