internal import CDuckDB

/// Where the values of one column of a chunk lie, with the columns inside it (LIST, ARRAY, STRUCT, MAP,
/// UNION).
///
/// Sendable, unchecked: the memory belongs to a chunk that is never written after it was fetched, and every
/// use of a storage holds that chunk (`ColumnView.chunk`).
struct ColumnStorage: @unchecked Sendable {
  let type: LogicalType
  let physical: PhysicalType
  let data: UnsafeRawPointer?
  let validity: Validity
  let children: [ColumnStorage]

  init(_ vector: duckdb_vector?, type: LogicalType, count: Int) {
    self.type = type
    physical = type.physicalType
    data = duckdb_vector_get_data(vector).map { UnsafeRawPointer($0) }
    validity = Validity(words: duckdb_vector_get_validity(vector).map { UnsafePointer($0) }, count: count)
    switch type.base {
    case .list(let element):
      children = [ColumnStorage.listChild(of: vector, type: element)]
    case .map(let key, let value):
      let entry = LogicalType.structure([.init(name: "key", type: key), .init(name: "value", type: value)])
      children = [ColumnStorage.listChild(of: vector, type: entry)]
    case .array(let element, let size):
      children = [ColumnStorage(duckdb_array_vector_get_child(vector), type: element, count: count * size)]
    case .structure(let fields):
      children = ColumnStorage.structChildren(of: vector, types: fields.map(\.type), count: count)
    case .union(let fields):
      children = ColumnStorage.structChildren(
        of: vector, types: [.uTinyInt] + fields.map(\.type), count: count)
    case .variant:
      children = ColumnStorage.structChildren(of: vector, types: VariantReader.layout, count: count)
    default: children = []
    }
  }

  private static func listChild(of vector: duckdb_vector?, type: LogicalType) -> ColumnStorage {
    ColumnStorage(
      duckdb_list_vector_get_child(vector), type: type, count: Int(duckdb_list_vector_get_size(vector)))
  }

  private static func structChildren(
    of vector: duckdb_vector?, types: [LogicalType], count: Int
  ) -> [ColumnStorage] {
    types.enumerated().map { index, type in
      ColumnStorage(duckdb_struct_vector_get_child(vector, idx_t(index)), type: type, count: count)
    }
  }

  @inline(__always)
  func load<T: BitwiseCopyable>(_ row: Int, as type: T.Type) -> T {
    // A column that has rows has data.
    data.unsafelyUnwrapped.loadUnaligned(fromByteOffset: row * MemoryLayout<T>.stride, as: T.self)
  }

  /// The bytes of a VARCHAR, BLOB or the like.
  @inline(__always)
  func bytes(_ row: Int) -> UnsafeRawBufferPointer {
    StringLayout.bytes(data.unsafelyUnwrapped + row * StringLayout.stride)
  }

  func text(_ row: Int) -> String {
    String(decoding: bytes(row), as: UTF8.self)
  }

  /// Where in the child column the elements of a LIST or MAP lie.
  func listRange(_ row: Int) -> Range<Int> {
    let offset = Int(load(row * 2, as: UInt64.self))
    return offset..<offset + Int(load(row * 2 + 1, as: UInt64.self))
  }
}

/// DuckDB's `string_t`: a length, then up to 12 bytes in place, or four bytes of prefix and a pointer.
enum StringLayout {
  static let stride = 16
  static let inlineLimit = 12

  @inline(__always)
  static func bytes(_ entry: UnsafeRawPointer) -> UnsafeRawBufferPointer {
    let length = Int(entry.load(as: UInt32.self))
    let start = length <= inlineLimit ? entry + 4 : (entry + 8).load(as: UnsafeRawPointer.self)
    return UnsafeRawBufferPointer(start: start, count: length)
  }
}
