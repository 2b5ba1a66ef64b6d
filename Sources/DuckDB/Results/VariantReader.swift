#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif

/// Reads the value inside a VARIANT: for each row a list of keys, a tree of children, a list of values (type
/// and place), and the bytes they lie in.
struct VariantReader {
  /// The columns that DuckDB keeps a VARIANT in.
  static let layout: [LogicalType] = [
    .list(.varchar),
    .list(
      .structure([.init(name: "keys_index", type: .uInteger), .init(name: "values_index", type: .uInteger)])),
    .list(
      .structure([.init(name: "type_id", type: .uTinyInt), .init(name: "byte_offset", type: .uInteger)])),
    .blob,
  ]

  private let storage: ColumnStorage
  private let row: Int
  private let bytes: UnsafeRawBufferPointer

  init(_ storage: ColumnStorage, row: Int) {
    self.storage = storage
    self.row = row
    bytes = storage.children[3].bytes(row)
  }

  func value() -> Value {
    value(at: 0) ?? .null
  }

  /// nil when the bytes are not what the layout promises.
  private func value(at index: Int) -> Value? {
    let values = storage.children[2]
    let range = values.listRange(row)
    guard index < range.count else { return nil }
    let typeID = values.children[0].children[0].load(range.lowerBound + index, as: UInt8.self)
    let offset = Int(values.children[0].children[1].load(range.lowerBound + index, as: UInt32.self))
    return scalar(typeID, offset) ?? sized(typeID, offset)
  }

  private func scalar(_ typeID: UInt8, _ offset: Int) -> Value? {
    switch typeID {
    case 0: .null
    case 1: .boolean(true)
    case 2: .boolean(false)
    case 3: load(offset).map(Value.tinyInt)
    case 4: load(offset).map(Value.smallInt)
    case 5: load(offset).map(Value.integer)
    case 6: load(offset).map(Value.bigInt)
    case 7: load(offset).map(Value.hugeInt)
    case 8: load(offset).map(Value.uTinyInt)
    case 9: load(offset).map(Value.uSmallInt)
    case 10: load(offset).map(Value.uInteger)
    case 11: load(offset).map(Value.uBigInt)
    case 12: load(offset).map(Value.uHugeInt)
    case 13: load(offset).map(Value.float)
    case 14: load(offset).map(Value.double)
    case 18: load(offset).map { .uuid(UUID(hugeInt: $0)) }
    case 19: load(offset).map(Value.date)
    case 20: load(offset).map(Value.time)
    case 21: load(offset).map(Value.timeNS)
    case 22: load(offset).map { .timestampS(seconds: $0) }
    case 23: load(offset).map { .timestampMS(milliseconds: $0) }
    case 24: load(offset).map(Value.timestamp)
    case 25: load(offset).map { .timestampNS(nanoseconds: $0) }
    case 26: load(offset).map(Value.timeTZ)
    case 27: load(offset).map(Value.timestampTZ)
    case 28: load(offset).map(Value.interval)
    default: nil
    }
  }

  /// Values that begin with their size.
  private func sized(_ typeID: UInt8, _ offset: Int) -> Value? {
    var offset = offset
    switch typeID {
    case 15: return decimal(&offset)
    case 29, 30: return nested(isObject: typeID == 29, &offset)
    default: break
    }
    guard let length = varint(&offset), offset + length <= bytes.count else { return nil }
    let content = UnsafeRawBufferPointer(rebasing: bytes[offset..<offset + length])
    switch typeID {
    case 16: return .varchar(String(decoding: content, as: UTF8.self))
    case 17: return .blob(Array(content))
    case 31: return BigNumText.text(encoded: content).map(Value.bigNum)
    case 32: return BitString(encoded: content).map(Value.bit)
    case 33: return .geometry(Array(content))
    default: return nil
    }
  }

  private func decimal(_ offset: inout Int) -> Value? {
    guard let width = varint(&offset), let scale = varint(&offset) else { return nil }
    let unscaled: Int128? =
      switch width {
      case ...4: load(offset).map { (value: Int16) in Int128(value) }
      case ...9: load(offset).map { (value: Int32) in Int128(value) }
      case ...18: load(offset).map { (value: Int64) in Int128(value) }
      default: load(offset)
      }
    return unscaled.map { .decimal(DecimalValue(unscaled: $0, width: width, scale: scale)) }
  }

  private func nested(isObject: Bool, _ offset: inout Int) -> Value? {
    guard let count = varint(&offset) else { return nil }
    guard count > 0 else { return isObject ? .structure([]) : .list([]) }
    let children = storage.children[1]
    let range = children.listRange(row)
    guard let first = varint(&offset), first + count <= range.count else { return nil }
    var fields: [Value.Field] = []
    for child in range.lowerBound + first..<range.lowerBound + first + count {
      let entry = children.children[0]
      guard let value = value(at: Int(entry.children[1].load(child, as: UInt32.self))) else { return nil }
      fields.append(
        .init(name: isObject ? key(Int(entry.children[0].load(child, as: UInt32.self))) : "", value: value))
    }
    return isObject ? .structure(fields) : .list(fields.map(\.value))
  }

  private func key(_ index: Int) -> String {
    let keys = storage.children[0]
    let range = keys.listRange(row)
    return index < range.count ? keys.children[0].text(range.lowerBound + index) : ""
  }

  private func load<T: BitwiseCopyable>(_ offset: Int) -> T? {
    guard offset + MemoryLayout<T>.size <= bytes.count else { return nil }
    return bytes.loadUnaligned(fromByteOffset: offset, as: T.self)
  }

  private func varint(_ offset: inout Int) -> Int? {
    var result = 0
    var shift = 0
    while offset < bytes.count, shift < 35 {
      let byte = bytes[offset]
      offset += 1
      result |= Int(byte & 0x7F) << shift
      if byte & 0x80 == 0 { return result }
      shift += 7
    }
    return nil
  }
}
