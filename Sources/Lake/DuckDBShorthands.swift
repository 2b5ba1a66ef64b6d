public import DuckDB

/// A place in a statement or script.
public typealias SourcePosition = DuckDBError.SourcePosition

extension Value {
  /// The value as a whole number; nil for NULL and other types.
  var integer: Int64? { intValue.map(Int64.init) }
  /// The value as text; nil for NULL and other types.
  var text: String? { stringValue }
  /// The value as a truth value; nil for NULL and other types.
  var boolean: Bool? { boolValue }
}

extension Connection {
  /// Runs statements of our own making. Unlike `execute`, never mistaken for the form that binds values.
  func command(_ text: String) async throws { try await execute(text) }
}
