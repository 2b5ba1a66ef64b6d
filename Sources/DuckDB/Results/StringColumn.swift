/// Many texts (or other byte strings) in one buffer, each found by where it ends.
public struct StringColumn: Sendable {
  /// The bytes of all values, one after the other.
  public private(set) var bytes: [UInt8] = []

  /// Where in ``bytes`` each value begins, and after the last one where it ends: one more than there are values.
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

  /// Copies are made 16 bytes at a time where a value is short, so that many bytes are kept free at the end.
  private static let slack = StringLayout.stride

  mutating func append(_ storage: ColumnStorage) {
    let rows = storage.validity.count
    guard rows > 0, let data = storage.data else { return }
    let start = bytes.count
    let validity = storage.validity
    let first = offsets.count

    // First where each value ends, so that room is made once.
    offsets.append(contentsOf: repeatElement(0, count: rows))
    var end = start
    offsets.withUnsafeMutableBufferPointer { offsets in
      if validity.isAllValid {
        for row in 0..<rows {
          end += Int((data + row * StringLayout.stride).load(as: UInt32.self))
          offsets[first + row] = end
        }
      } else {
        for row in 0..<rows {
          if validity.isValid(row) { end += Int((data + row * StringLayout.stride).load(as: UInt32.self)) }
          offsets[first + row] = end
        }
      }
    }
    bytes.append(contentsOf: repeatElement(0, count: end - start + StringColumn.slack))
    bytes.withUnsafeMutableBytes { buffer in
      var target = buffer.baseAddress.unsafelyUnwrapped + start
      for row in 0..<rows where validity.isValid(row) {
        let entry = data + row * StringLayout.stride
        let length = Int(entry.load(as: UInt32.self))
        if length <= StringLayout.inlineLimit {
          target.copyMemory(from: entry + 4, byteCount: StringLayout.inlineLimit)
        } else {
          target.copyMemory(from: (entry + 8).load(as: UnsafeRawPointer.self), byteCount: length)
        }
        target += length
      }
    }
    bytes.removeLast(StringColumn.slack)
    self.validity.append(validity)
  }
}
