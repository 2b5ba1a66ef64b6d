/// A DECIMAL: an exact number, kept as an integer and how many of its digits come after the point.
public struct DecimalValue: Sendable, Hashable {
  /// The number without its point: 150 for 1.50.
  public var unscaled: Int128

  /// How many digits the type holds, 1 to 38.
  public var width: Int

  /// How many of them come after the point, 0 to `width`.
  public var scale: Int

  /// Makes a decimal. `DECIMAL(width, scale)` with values of more digits than `width` is refused when it is
  /// bound.
  public init(unscaled: Int128, width: Int = 38, scale: Int) {
    self.unscaled = unscaled
    self.width = width
    self.scale = scale
  }

  /// Reads plain decimal text such as `-12.50`, exactly. Width and scale are as the text has them.
  ///
  /// - Returns: nil when the text is no such number or has more than 38 digits.
  public init?(_ text: some StringProtocol) {
    var digits: [UInt8] = []
    var fraction: Int?
    var bytes = Array(text.utf8)[...]
    let isNegative = bytes.first == UInt8(ascii: "-")
    if isNegative || bytes.first == UInt8(ascii: "+") { bytes = bytes.dropFirst() }
    for byte in bytes {
      switch byte {
      case UInt8(ascii: "0")...UInt8(ascii: "9"):
        digits.append(byte - UInt8(ascii: "0"))
        fraction? += 1
      case UInt8(ascii: ".") where fraction == nil: fraction = 0
      default: return nil
      }
    }
    guard !digits.isEmpty else { return nil }
    let scale = fraction ?? 0
    let significant = digits.drop { $0 == 0 }
    guard significant.count <= 38, scale <= 38 else { return nil }
    let magnitude = significant.reduce(Int128(0)) { $0 * 10 + Int128($1) }
    self.init(
      unscaled: isNegative ? -magnitude : magnitude, width: max(significant.count, scale, 1), scale: scale)
  }

  /// Whether width and scale are ones that DuckDB has, and the digits fit.
  var isValid: Bool {
    (1...38).contains(width) && (0...width).contains(scale)
      && unscaled.magnitude < PowersOfTen.values[width].magnitude
  }

  /// The same number with another scale, or nil where digits would be lost or there are too many.
  func rescaled(to newScale: Int) -> Int128? {
    if newScale >= scale {
      guard newScale - scale <= 38 else { return unscaled == 0 ? 0 : nil }
      let (product, overflow) = unscaled.multipliedReportingOverflow(by: PowersOfTen.values[newScale - scale])
      return overflow ? nil : product
    }
    guard scale - newScale <= 38 else { return unscaled == 0 ? 0 : nil }
    let (quotient, remainder) = unscaled.quotientAndRemainder(
      dividingBy: PowersOfTen.values[scale - newScale])
    return remainder == 0 ? quotient : nil
  }

  /// The nearest double.
  public var doubleValue: Double {
    Double(description) ?? .nan
  }
}

extension DecimalValue: CustomStringConvertible {
  /// Plain text with all digits of the scale, as DuckDB prints it: `1.50`, `-0.05`.
  public var description: String {
    var buffer = ByteBuffer()
    ValueText.write(decimal: unscaled, width: width, scale: scale, to: &buffer)
    return buffer.string
  }
}

enum PowersOfTen {
  /// 10 to the power of 0 to 18.
  @inline(__always)
  static func small(_ exponent: Int) -> UInt64 {
    var power: UInt64 = 1
    for _ in 0..<exponent { power &*= 10 }
    return power
  }

  /// 10 to the power of 0, 1, … 38.
  static let values: [Int128] = (0..<38).reduce(into: [1]) { powers, _ in
    powers.append(powers[powers.count - 1] * 10)
  }
}
