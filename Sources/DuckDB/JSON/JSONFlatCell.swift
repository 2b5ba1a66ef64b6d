/// Writes the values of a column that is not nested as JSON.
///
/// It holds no reference: in the loop over all cells of a result, counting references would cost more than
/// writing. Whoever uses it keeps the chunk.
struct JSONFlatCell {
  enum Kind {
    case boolean
    case int8, int16, int32, int64
    case uint8, uint16, uint32, uint64
    case float, double
    case decimal16, decimal32, decimal64, decimal128
    case text, json, bytes
    case date, time, timestamp, interval
  }

  private let kind: Kind
  private let data: UnsafeRawPointer
  private let validity: Validity

  /// Of a DECIMAL its scale; of a time how many units make a second.
  private let parameter: Int64

  /// nil for columns of other types, and for those without rows.
  init?(_ storage: ColumnStorage) {
    guard let (kind, parameter) = JSONFlatCell.kind(of: storage), let data = storage.data else { return nil }
    self.kind = kind
    self.parameter = parameter
    self.data = data
    validity = storage.validity
  }

  private static func kind(of storage: ColumnStorage) -> (Kind, Int64)? {
    switch storage.type.base {
    case .boolean: (.boolean, 0)
    case .tinyInt: (.int8, 0)
    case .smallInt: (.int16, 0)
    case .integer: (.int32, 0)
    case .bigInt: (.int64, 0)
    case .uTinyInt: (.uint8, 0)
    case .uSmallInt: (.uint16, 0)
    case .uInteger: (.uint32, 0)
    case .uBigInt: (.uint64, 0)
    case .float: (.float, 0)
    case .double: (.double, 0)
    case .decimal(_, let scale):
      switch storage.physical {
      case .int16: (.decimal16, Int64(scale))
      case .int32: (.decimal32, Int64(scale))
      case .int64: (.decimal64, Int64(scale))
      default: (.decimal128, Int64(scale))
      }
    case .varchar: (.text, 0)
    case .json: (.json, 0)
    case .blob, .geometry: (.bytes, 0)
    case .date: (.date, 0)
    case .time: (.time, 1_000_000)
    case .timeNS: (.time, 1_000_000_000)
    case .timestamp, .timestampTZ: (.timestamp, 1_000_000)
    case .timestampS: (.timestamp, 1)
    case .timestampMS: (.timestamp, 1000)
    case .timestampNS: (.timestamp, 1_000_000_000)
    case .interval: (.interval, 0)
    default: nil
    }
  }

  @inline(__always)
  private func load<T: BitwiseCopyable>(_ row: Int, _ type: T.Type = T.self) -> T {
    data.loadUnaligned(fromByteOffset: row * MemoryLayout<T>.stride, as: T.self)
  }

  @inline(__always)
  private func bytes(_ row: Int) -> UnsafeRawBufferPointer {
    StringLayout.bytes(data + row * StringLayout.stride)
  }

  func write(_ row: Int, to buffer: inout ByteBuffer) {
    guard validity.isValid(row) else {
      buffer.append("null")
      return
    }
    switch kind {
    case .boolean: buffer.append(load(row, UInt8.self) != 0 ? "true" : "false")
    case .int8: buffer.append(decimal: Int64(load(row, Int8.self)))
    case .int16: buffer.append(decimal: Int64(load(row, Int16.self)))
    case .int32: buffer.append(decimal: Int64(load(row, Int32.self)))
    case .int64: buffer.append(decimal: load(row, Int64.self))
    case .uint8: buffer.append(decimal: UInt64(load(row, UInt8.self)))
    case .uint16: buffer.append(decimal: UInt64(load(row, UInt16.self)))
    case .uint32: buffer.append(decimal: UInt64(load(row, UInt32.self)))
    case .uint64: buffer.append(decimal: load(row, UInt64.self))
    case .float: JSONText.write(load(row, Float.self), to: &buffer)
    case .double: JSONText.write(load(row, Double.self), to: &buffer)
    case .decimal16: JSONText.write(decimal: Int64(load(row, Int16.self)), scale: parameter, to: &buffer)
    case .decimal32: JSONText.write(decimal: Int64(load(row, Int32.self)), scale: parameter, to: &buffer)
    case .decimal64: JSONText.write(decimal: load(row, Int64.self), scale: parameter, to: &buffer)
    case .decimal128: JSONText.write(decimal: load(row, Int128.self), scale: parameter, to: &buffer)
    case .text: JSONText.write(bytes(row), to: &buffer)
    case .json: JSONText.write(json: bytes(row), to: &buffer)
    case .bytes: JSONText.write(bytes: bytes(row), to: &buffer)
    case .date: JSONTimeText.write(load(row, DateValue.self), to: &buffer)
    case .time: JSONTimeText.write(time: load(row), unit: parameter, to: &buffer)
    case .timestamp: JSONTimeText.write(timestamp: load(row), unit: parameter, to: &buffer)
    case .interval: JSONText.write(load(row, IntervalValue.self), to: &buffer)
    }
  }
}
