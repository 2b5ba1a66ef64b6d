/// The values for a statement's parameters.
///
/// ```swift
/// try await connection.query("SELECT $1 + $2", parameters: [1, 2])
/// try await connection.query("SELECT $from", parameters: ["from": Value.date(day)])
/// ```
public enum Parameters: Sendable {
  /// The statement has no parameters.
  case none

  /// Values for `?`, or `$1`, `$2`, …, in order.
  case positional([Value])

  /// Values for `$name`. Each parameter of the statement needs one, and each value a parameter.
  case named([String: Value])

  /// Values of Swift types for `?` or `$1`, `$2`, ….
  public static func values(_ values: any DuckDBConvertible...) -> Parameters {
    .positional(values.map(\.duckDBValue))
  }
}

extension Parameters: ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral {
  /// Positional values; an empty literal means none.
  public init(arrayLiteral elements: any DuckDBConvertible...) {
    self = elements.isEmpty ? .none : .positional(elements.map(\.duckDBValue))
  }

  /// Named values. Of two with one name the last counts.
  public init(dictionaryLiteral elements: (String, any DuckDBConvertible)...) {
    self =
      elements.isEmpty
      ? .none : .named(Dictionary(elements.map { ($0, $1.duckDBValue) }, uniquingKeysWith: { $1 }))
  }
}
