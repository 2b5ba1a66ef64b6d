/// The value of an argument, as plain data.
public enum ScriptValue: Sendable, Hashable {
  /// SQL's NULL.
  case null
  /// A truth value.
  case bool(Bool)
  /// A whole number.
  case integer(Int64)
  /// A floating-point number.
  case double(Double)
  /// A text. Dates, times, decimals and numbers wider than 64 bits travel as text too; DuckDB casts them.
  case text(String)
  /// A JSON document as text: objects, arrays, and whatever else is given for a JSON type.
  case json(String)

  /// The value as text, or nil for null.
  public var text: String? {
    switch self {
    case .null: nil
    case .bool(let value): String(value)
    case .integer(let value): String(value)
    case .double(let value): String(value)
    case .text(let value), .json(let value): value
    }
  }
}
