/// SQL text with values that travel beside it.
///
/// ```swift
/// let friend: SQL = "SELECT * FROM friend WHERE id = \(userID)"
/// ```
///
/// An interpolated value is always bound as a parameter and never becomes text. What has to become text is
/// marked: `\(identifier: name)` writes one name in double quotes, `\(raw: text)` writes text as it is.
/// Fragments are joined with `+`, which keeps their values.
public struct SQL: Sendable, ExpressibleByStringInterpolation {
  /// A piece of a statement.
  public enum Segment: Sendable {
    /// SQL text.
    case text(String)
    /// A value, bound at this place.
    case value(any SQLBindable)
  }

  /// The pieces in order.
  public var segments: [Segment]

  /// SQL text as it is, without values.
  ///
  /// - Parameter raw: Text that the caller vouches for.
  public init(raw: String) { segments = [.text(raw)] }

  /// A literal without interpolation.
  public init(stringLiteral value: String) { segments = [.text(value)] }

  /// A literal with interpolations.
  public init(stringInterpolation: StringInterpolation) { segments = stringInterpolation.segments }

  /// Adds a fragment at the end.
  ///
  /// - Parameter other: The fragment.
  public mutating func append(_ other: SQL) { segments += other.segments }

  /// This fragment with another one after it.
  ///
  /// - Parameter other: The fragment.
  public func appending(_ other: SQL) -> SQL { self + other }

  /// Both fragments, one after the other.
  public static func + (left: SQL, right: SQL) -> SQL {
    var joined = left
    joined.append(right)
    return joined
  }

  /// Adds a fragment at the end.
  public static func += (left: inout SQL, right: SQL) { left.append(right) }

  /// The text with placeholders in the places of the values, and the values.
  ///
  /// A placeholder never melts into a neighbour: `"LIMIT \(count)0"` gives `LIMIT $1 0`, not `LIMIT $10`.
  /// Numbered parameters that are written in the text by hand clash with these.
  ///
  /// - Parameter placeholder: Gives the placeholder of the value with this number, counted from 1.
  /// - Returns: The text, and the values in the order of their numbers.
  public func rendered(
    _ placeholder: (Int) -> String = { "$\($0)" }
  ) -> (text: String, values: [any SQLBindable]) {
    var text = ""
    var values: [any SQLBindable] = []
    var endsInPlaceholder = false
    for segment in segments {
      let piece: String
      let isPlaceholder: Bool
      switch segment {
      case .text(let written):
        (piece, isPlaceholder) = (written, false)
      case .value(let value):
        values.append(value)
        (piece, isPlaceholder) = (placeholder(values.count), true)
      }
      guard let first = piece.utf8.first else { continue }
      if let last = text.utf8.last, endsInPlaceholder || isPlaceholder, last.melts, first.melts {
        text += " "
      }
      text += piece
      endsInPlaceholder = isPlaceholder
    }
    return (text, values)
  }
}

extension SQL {
  /// Collects the pieces of an interpolated literal.
  public struct StringInterpolation: StringInterpolationProtocol {
    var segments: [Segment] = []

    /// Called by the compiler.
    public init(literalCapacity: Int, interpolationCount: Int) {
      segments.reserveCapacity(2 * interpolationCount + 1)
    }

    /// Called by the compiler for the text between interpolations.
    public mutating func appendLiteral(_ literal: String) {
      if !literal.isEmpty { segments.append(.text(literal)) }
    }

    /// Binds a value.
    ///
    /// - Parameter value: The value.
    public mutating func appendInterpolation(_ value: some SQLBindable) { segments.append(.value(value)) }

    /// Binds a value whose type is known only at run time.
    ///
    /// - Parameter value: The value.
    public mutating func appendInterpolation(_ value: any SQLBindable) { segments.append(.value(value)) }

    /// Writes text as it is.
    ///
    /// - Parameter raw: Text that the caller vouches for.
    public mutating func appendInterpolation(raw: String) { segments.append(.text(raw)) }

    /// Writes one identifier in double quotes.
    ///
    /// - Parameter identifier: The name, without quotes. A dot in it belongs to the name.
    public mutating func appendInterpolation(identifier: String) {
      segments.append(.text(SQLIdentifier.quote(identifier)))
    }
  }
}

extension UInt8 {
  /// Whether this byte and a neighbouring one of this kind would be read as one token with a placeholder.
  fileprivate var melts: Bool { isIdentifierByte || self == UInt8(ascii: "?") }
}
