/// What kinds of values stand at one place of a source.
public struct ValueKinds: OptionSet, Sendable, Hashable {
  public let rawValue: UInt16
  public init(rawValue: UInt16) { self.rawValue = rawValue }

  public static let null = ValueKinds(rawValue: 1 << 0)
  public static let bool = ValueKinds(rawValue: 1 << 1)
  /// A whole number of at most 63 bits.
  public static let integer = ValueKinds(rawValue: 1 << 2)
  /// A whole number of more bits.
  public static let largeInteger = ValueKinds(rawValue: 1 << 3)
  /// A number with a point or an exponent that is whole all the same: `2.0`.
  public static let wholeDouble = ValueKinds(rawValue: 1 << 4)
  public static let double = ValueKinds(rawValue: 1 << 5)
  public static let text = ValueKinds(rawValue: 1 << 6)
  /// A text that is a point in time as ISO 8601 writes it.
  public static let timestampText = ValueKinds(rawValue: 1 << 7)
  public static let object = ValueKinds(rawValue: 1 << 8)
  public static let emptyObject = ValueKinds(rawValue: 1 << 9)
  public static let list = ValueKinds(rawValue: 1 << 10)
  public static let emptyList = ValueKinds(rawValue: 1 << 11)

  public static let doubles: ValueKinds = [.wholeDouble, .double]
  public static let numbers: ValueKinds = [.integer, .largeInteger, .wholeDouble, .double]
  public static let texts: ValueKinds = [.text, .timestampText]
  public static let scalars: ValueKinds = [
    .bool, .integer, .largeInteger, .wholeDouble, .double, .text, .timestampText,
  ]
  public static let objects: ValueKinds = [.object, .emptyObject]
  public static let lists: ValueKinds = [.list, .emptyList]

  /// The kinds one by one.
  var each: [ValueKinds] {
    (0..<12).map { ValueKinds(rawValue: 1 << $0) }.filter(contains)
  }
}
