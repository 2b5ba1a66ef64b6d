/// Compares cursor values: numbers by value, timestamps by the moment, other texts letter by letter.
enum CursorOrder {
  /// - Returns: whether the left value is smaller; nil when a text meets a number.
  static func isSmaller(_ left: JSONValue, _ right: JSONValue) -> Bool? {
    switch (left, right) {
    case (.number(let left), .number(let right)): isSmaller(number: left, right)
    case (.string(let left), .string(let right)): isSmaller(text: left, right)
    default: nil
    }
  }

  private static func isSmaller(number left: String, _ right: String) -> Bool {
    if let left = Int128(left), let right = Int128(right) { return left < right }
    let (leftValue, rightValue) = (Double(left) ?? .nan, Double(right) ?? .nan)
    return leftValue < rightValue
  }

  private static func isSmaller(text left: String, _ right: String) -> Bool {
    // Most timestamps are written alike; then letters decide, and nothing has to be read.
    let isAlike =
      left.utf8.count == right.utf8.count && left.utf8.last == UInt8(ascii: "Z")
      && right.utf8.last == UInt8(ascii: "Z")
    if !isAlike, let leftTime = CursorTimestamp(left), let rightTime = CursorTimestamp(right),
      leftTime.hasOffset == rightTime.hasOffset
    {
      let leftMoment = (leftTime.secondsSince1970, leftTime.nanoseconds)
      let rightMoment = (rightTime.secondsSince1970, rightTime.nanoseconds)
      if leftMoment != rightMoment { return leftMoment < rightMoment }
    }
    return left.utf8.lexicographicallyPrecedes(right.utf8)
  }
}
