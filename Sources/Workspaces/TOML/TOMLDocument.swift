/// A TOML 1.0 document, as dlt keeps its settings in: `.dlt/config.toml`.
///
/// All of the format is read, so that nothing in such a file stops Tarn; only texts, numbers, truth values and tables are
/// of use to it.
struct TOMLDocument: Sendable, Hashable {
  /// What stands in the file.
  let root: TOMLTable

  /// - Throws: ``TOMLError`` with the line.
  init(_ text: String) throws(TOMLError) {
    var parser = TOMLParser(text)
    root = try parser.document()
  }
}

/// A value of a TOML document.
indirect enum TOMLValue: Sendable, Hashable {
  case string(String)
  case integer(Int64)
  case float(Double)
  case boolean(Bool)
  /// A date, a time, or both, as it is written.
  case time(String)
  case array([TOMLValue])
  case table(TOMLTable)
}

/// A table of a TOML document: its members in order.
struct TOMLTable: Sendable, Hashable {
  var members: [Member] = []

  struct Member: Sendable, Hashable {
    let key: String
    let value: TOMLValue
    /// The line of the key, from 1.
    let line: Int
  }

  subscript(key: String) -> TOMLValue? { members.first { $0.key == key }?.value }
}

/// What is wrong in a TOML document.
struct TOMLError: Error, Sendable, Hashable {
  let message: String
  /// From 1.
  let line: Int
}
