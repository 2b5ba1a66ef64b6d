/// A BIT: a string of zeros and ones of any length.
public struct BitString: Sendable, Hashable, CustomStringConvertible {
  /// The bits from the left, 8 to a byte; the first byte's unused leading bits are zero.
  public let bytes: [UInt8]

  /// How many bits there are.
  public let count: Int

  /// Reads text of zeros and ones.
  ///
  /// - Returns: nil when there is any other character, or none.
  public init?(_ text: some StringProtocol) {
    let digits = Array(text.utf8)
    guard !digits.isEmpty, digits.allSatisfy({ $0 == UInt8(ascii: "0") || $0 == UInt8(ascii: "1") }) else {
      return nil
    }
    let padding = (8 - digits.count % 8) % 8
    var bytes = [UInt8](repeating: 0, count: (digits.count + 7) / 8)
    for (index, digit) in digits.enumerated() where digit == UInt8(ascii: "1") {
      bytes[(index + padding) / 8] |= 0x80 >> UInt8((index + padding) % 8)
    }
    self.bytes = bytes
    count = digits.count
  }

  /// Reads DuckDB's encoding: one byte with the number of padding bits, which are set, then the bits.
  init?(encoded: UnsafeRawBufferPointer) {
    guard let padding = encoded.first, padding < 8, encoded.count > 1 else { return nil }
    var bytes = Array(encoded.dropFirst())
    bytes[0] &= UInt8(truncatingIfNeeded: 0xFF >> UInt16(padding))
    self.bytes = bytes
    count = bytes.count * 8 - Int(padding)
  }

  /// DuckDB's encoding.
  var encoded: [UInt8] {
    let padding = bytes.count * 8 - count
    var encoded = [UInt8(padding)] + bytes
    encoded[1] |= UInt8(truncatingIfNeeded: 0xFF00 >> UInt16(padding))
    return encoded
  }

  /// The bit at a position from the left.
  public subscript(_ index: Int) -> Bool {
    let position = index + bytes.count * 8 - count
    return bytes[position / 8] & (0x80 >> UInt8(position % 8)) != 0
  }

  /// Zeros and ones.
  public var description: String {
    String(decoding: (0..<count).map { self[$0] ? UInt8(ascii: "1") : UInt8(ascii: "0") }, as: UTF8.self)
  }
}
