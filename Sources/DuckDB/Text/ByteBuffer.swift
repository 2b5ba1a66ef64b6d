/// A growing run of bytes for writers of text.
///
/// `[UInt8]` tests for sharing and for room at each byte; here room is made once for many.
struct ByteBuffer: ~Copyable {
  private var base: UnsafeMutablePointer<UInt8>
  private var capacity: Int
  private(set) var count = 0

  init(capacity: Int = 256) {
    self.capacity = max(capacity, 64)
    base = .allocate(capacity: self.capacity)
  }

  deinit {
    base.deallocate()
  }

  var bytes: UnsafeBufferPointer<UInt8> { UnsafeBufferPointer(start: base, count: count) }

  var string: String { String(decoding: bytes, as: UTF8.self) }

  /// Drops bytes at the end.
  mutating func truncate(to newCount: Int) {
    count = min(count, newCount)
  }

  /// Makes room for `additional` bytes and gives the place where they go.
  @inline(__always)
  mutating func room(_ additional: Int) -> UnsafeMutablePointer<UInt8> {
    if capacity - count < additional { grow(additional) }
    return base + count
  }

  @inline(__always)
  mutating func advance(_ written: Int) {
    count += written
  }

  private mutating func grow(_ additional: Int) {
    let newCapacity = max(capacity * 2, count + additional)
    let larger = UnsafeMutablePointer<UInt8>.allocate(capacity: newCapacity)
    larger.update(from: base, count: count)
    base.deallocate()
    base = larger
    capacity = newCapacity
  }

  @inline(__always)
  mutating func append(_ byte: UInt8) {
    room(1).pointee = byte
    count += 1
  }

  @inline(__always)
  mutating func append(_ text: StaticString) {
    room(text.utf8CodeUnitCount).update(from: text.utf8Start, count: text.utf8CodeUnitCount)
    count += text.utf8CodeUnitCount
  }

  @inline(__always)
  mutating func append(_ bytes: UnsafeRawBufferPointer) {
    guard let start = bytes.baseAddress else { return }
    UnsafeMutableRawPointer(room(bytes.count)).copyMemory(from: start, byteCount: bytes.count)
    count += bytes.count
  }

  mutating func append(_ text: String) {
    var text = text
    text.withUTF8 { append(UnsafeRawBufferPointer($0)) }
  }

  mutating func append(_ bytes: [UInt8]) {
    bytes.withUnsafeBytes { append($0) }
  }
}

// MARK: - Numbers

extension ByteBuffer {
  @inline(__always)
  mutating func append(decimal value: Int64) {
    if value < 0 { append(UInt8(ascii: "-")) }
    append(decimal: value.magnitude)
  }

  mutating func append(decimal value: UInt64) {
    let digits = ByteBuffer.digitCount(value)
    ByteBuffer.write(value, digits: digits, to: room(digits))
    count += digits
  }

  mutating func append(decimal value: Int128) {
    if value < 0 { append(UInt8(ascii: "-")) }
    append(decimal: value.magnitude)
  }

  mutating func append(decimal value: UInt128) {
    guard let small = UInt64(exactly: value) else {
      let (quotient, remainder) = value.quotientAndRemainder(dividingBy: 10_000_000_000_000_000_000)
      append(decimal: quotient)
      append(padded: UInt64(remainder), digits: 19)
      return
    }
    append(decimal: small)
  }

  /// The number with zeros before it. It must not have more digits.
  @inline(__always)
  mutating func append(padded value: UInt64, digits: Int) {
    ByteBuffer.write(value, digits: digits, to: room(digits))
    count += digits
  }

  /// A fraction of `digits` digits with its point, and without zeros at the end; nothing for zero.
  mutating func append(fraction value: UInt64, digits: Int) {
    guard value > 0 else { return }
    var value = value
    var digits = digits
    while value % 10 == 0 {
      value /= 10
      digits -= 1
    }
    append(UInt8(ascii: "."))
    append(padded: value, digits: digits)
  }

  @inline(__always)
  private static func write(_ value: UInt64, digits: Int, to target: UnsafeMutablePointer<UInt8>) {
    var value = value
    var index = digits
    while index >= 2 {
      let pair = Int(value % 100)
      value /= 100
      index -= 2
      target[index] = UInt8(ascii: "0") &+ UInt8(truncatingIfNeeded: pair / 10)
      target[index + 1] = UInt8(ascii: "0") &+ UInt8(truncatingIfNeeded: pair % 10)
    }
    if index == 1 { target[0] = UInt8(ascii: "0") &+ UInt8(truncatingIfNeeded: value % 10) }
  }

  private static func digitCount(_ value: UInt64) -> Int {
    var value = value
    var count = 1
    while value >= 10000 {
      value /= 10000
      count += 4
    }
    return value < 10 ? count : value < 100 ? count + 1 : value < 1000 ? count + 2 : count + 3
  }
}
