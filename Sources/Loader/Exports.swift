// Schemas, states and declarations are given as JSON: with this, one import is enough to write them.
@_exported public import JSON

extension JSONValue {
  /// Reads a JSON text that somebody else has stored or written.
  ///
  /// - Throws: ``LoadError`` with code `data`.
  init(reading text: String) throws(LoadError) {
    do { self = try JSONValue(parsing: text) } catch { throw LoadError(.data, "\(error)") }
  }
}
