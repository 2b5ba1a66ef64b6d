/// Many texts (or other byte strings) in one buffer, each found by where it ends.
public struct StringColumn: Sendable {
  /// The bytes of all values, one after the other.
  public private(set) var bytes: [UInt8] = []

  /// Where in ``bytes`` each value begins, and after the last one where it ends: one more than there are
  /// values.
  public private(set) var offsets: [Int] = [0]

  /// Which values are not NULL. NULLs have no bytes.
  public private(set) var validity = ValidityBitmap()

  /// Makes an empty column.
  public init() {}

  /// How many values there are.
  public var count: Int { offsets.count - 1 }

  /// Makes room for this many values and bytes.
  public mutating func reserveCapacity(_ capacity: Int, bytes byteCapacity: Int) {
    offsets.reserveCapacity(capacity + 1)
    validity.reserveCapacity(capacity)
    bytes.reserveCapacity(byteCapacity)
  }

  /// Adds a text, or NULL.
  public mutating func append(_ text: String?) {
    if let text { bytes.append(contentsOf: text.utf8) }
    offsets.append(bytes.count)
    validity.append(text != nil)
  }

  /// Adds bytes.
  public mutating func append(bytes added: some Sequence<UInt8>) {
    bytes.append(contentsOf: added)
    offsets.append(bytes.count)
    validity.append(true)
  }

  /// A value as text, invalid UTF-8 repaired, or nil for NULL.
  public subscript(_ index: Int) -> String? {
    guard validity[index] else { return nil }
    return withBytes(at: index) { String(decoding: $0, as: UTF8.self) }
  }

  /// Gives the bytes of a value without copying them. They may not leave the closure.
  public func withBytes<Result>(
    at index: Int, _ body: (UnsafeRawBufferPointer) throws -> Result
  ) rethrows -> Result {
    let range = offsets[index]..<offsets[index + 1]
    return try bytes.withUnsafeBytes { try body(UnsafeRawBufferPointer(rebasing: $0[range])) }
  }

  mutating func append(_ storage: ColumnStorage) {
    let rows = storage.validity.count
    guard rows > 0, let data = storage.data else { return }
    let end = appendOffsets(data, storage.validity)
    appendBytes(data, storage.validity, count: end - bytes.count)
    validity.append(storage.validity)
  }

  /// - Returns: Where the last value ends.
  private mutating func appendOffsets(_ data: UnsafeRawPointer, _ validity: Validity) -> Int {
    var end = bytes.count
    Growth.makeRoom(for: validity.count, in: &offsets)
    offsets.append(addingCapacity: validity.count) { span in
      span.withUnsafeMutableBufferPointer { ends, initialized in
        var entry = data
        for row in 0..<validity.count {
          if validity.isValid(row) { end += Int(entry.load(as: UInt32.self)) }
          ends[row] = end
          entry += StringLayout.stride
        }
        initialized = validity.count
      }
    }
    return end
  }

  private mutating func appendBytes(_ data: UnsafeRawPointer, _ validity: Validity, count: Int) {
    // Short values are copied with what stands behind them, so some room is needed after the last one.
    let room = count + StringLayout.stride
    Growth.makeRoom(for: room, in: &bytes)
    bytes.append(addingCapacity: room) { span in
      span.withUnsafeMutableBufferPointer { buffer, initialized in
        var target = UnsafeMutableRawPointer(buffer.baseAddress.unsafelyUnwrapped)
        var entry = data
        for row in 0..<validity.count {
          if validity.isValid(row) {
            let length = Int(entry.load(as: UInt32.self))
            if length <= StringLayout.inlineLimit {
              target.copyMemory(from: entry + 4, byteCount: StringLayout.inlineLimit)
            } else {
              target.copyMemory(from: (entry + 8).load(as: UnsafeRawPointer.self), byteCount: length)
            }
            target += length
          }
          entry += StringLayout.stride
        }
        initialized = count
      }
    }
  }
}
