/// Which values of a column in a chunk are not NULL. Only valid inside the closure that was given it.
public struct Validity {
  /// 64 rows in each word, the lowest bit first; nil when no value is NULL.
  let words: UnsafePointer<UInt64>?

  /// How many rows there are.
  public let count: Int

  /// Whether no value is NULL, as far as can be told without looking at each row.
  public var isAllValid: Bool { words == nil }

  /// Whether the value of a row is not NULL.
  @inline(__always)
  public func isValid(_ row: Int) -> Bool {
    guard let words else { return true }
    return words[row >> 6] & (1 << UInt64(row & 63)) != 0
  }

  /// How many values are NULL.
  public var nullCount: Int {
    guard let words else { return 0 }
    var valid = 0
    for index in 0..<(count >> 6) { valid += words[index].nonzeroBitCount }
    if count & 63 != 0 { valid += (words[count >> 6] & (1 << UInt64(count & 63) - 1)).nonzeroBitCount }
    return count - valid
  }
}

/// Which values of an array are not NULL, one bit for each.
public struct ValidityBitmap: Sendable, Hashable {
  /// 64 values in each word, the lowest bit first. Bits after `count` are zero.
  public private(set) var words: [UInt64] = []

  /// How many values there are.
  public private(set) var count = 0

  /// How many of them are NULL.
  public private(set) var nullCount = 0

  /// Makes an empty bitmap.
  public init() {}

  /// Whether a value is not NULL.
  public subscript(_ index: Int) -> Bool {
    words[index >> 6] & (1 << UInt64(index & 63)) != 0
  }

  /// Makes room for this many values.
  public mutating func reserveCapacity(_ capacity: Int) {
    words.reserveCapacity((capacity + 63) / 64)
  }

  /// Adds one value.
  public mutating func append(_ isValid: Bool) {
    if count & 63 == 0 { words.append(0) }
    if isValid { words[count >> 6] |= 1 << UInt64(count & 63) } else { nullCount += 1 }
    count += 1
  }

  /// Adds the rows of a chunk.
  public mutating func append(_ validity: Validity) {
    nullCount += validity.nullCount
    let shift = UInt64(count & 63)
    var remaining = validity.count
    var index = 0
    while remaining > 0 {
      let used = min(remaining, 64)
      let mask: UInt64 = used == 64 ? .max : 1 << UInt64(used) - 1
      let bits = (validity.words?[index] ?? .max) & mask
      if shift == 0 {
        words.append(bits)
      } else {
        words[words.count - 1] |= bits << shift
        if used > 64 - Int(shift) { words.append(bits >> (64 - shift)) }
      }
      remaining -= used
      index += 1
    }
    count += validity.count
  }
}
