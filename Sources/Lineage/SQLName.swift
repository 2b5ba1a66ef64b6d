import SQLText

/// A dotted name of a table, view, macro or schema as a statement writes it, with quotes resolved.
public struct SQLName: Sendable, Hashable {
  /// One to three parts in most statements: `[catalog, schema, name]`, `[schema, name]` or `[name]`.
  public let parts: [String]

  /// The line of the first part, 1-based.
  public let line: Int

  /// The column of the first part, 1-based.
  public let column: Int

  /// Makes a name.
  /// - Parameters:
  ///   - parts: The dotted parts, quotes resolved.
  ///   - line: The line where the name stands, 1-based.
  ///   - column: The column where the name starts, 1-based.
  public init(parts: [String], line: Int = 1, column: Int = 1) {
    self.parts = parts
    self.line = line
    self.column = column
  }

  /// The parts folded as DuckDB compares identifiers: without regard to case, quoted or not.
  var folded: [String] { parts.map(SQLIdentifier.folded) }
}

extension SQLName {
  /// Reads a name from the text in which DuckDB gives table names back.
  ///
  /// `duckdb_get_table_names` writes more than the name where the query gave an alias or a sample
  /// (`t AS x`, `t TABLESAMPLE System(10.0 PERCENT)`): only the dotted part at the start counts.
  /// - Parameter text: A qualified name such as `dl.sales."my orders"`.
  /// - Returns: The name, or `nil` where the text does not start with one.
  public init?(qualified text: String) {
    guard let tokens = try? SQLTokenizer.tokenize(text) else { return nil }
    let list = TokenList(tokens)
    guard let (name, _) = list.name(at: 0) else { return nil }
    self = name
  }
}

extension SQLToken {
  /// Whether the token can be a part of a name.
  var isName: Bool { kind == .word || kind == .quotedIdentifier }

  /// The word in upper case, `nil` for anything but an unquoted word.
  var keyword: String? { kind == .word ? value.uppercased() : nil }
}
