internal import SQLText

/// Recognises the statements by which a script attaches, uses and detaches lakes and data tables.
struct LakeStatementParser {
  /// A statement that means a lake or a data table and cannot be read.
  struct Problem: Error {
    let token: SQLToken
    let message: String
    let hint: String
  }

  private var rest: ArraySlice<SQLToken>
  private let tokens: [SQLToken]

  private init(_ tokens: [SQLToken]) {
    self.tokens = tokens
    rest = tokens[...]
  }

  /// What a statement does. One that DuckDB would not understand either is left to it, as `other`.
  static func kind(of statement: SQLStatement) throws(Problem) -> ScriptStatement.Kind {
    var parser = LakeStatementParser(statement.tokens)
    if parser.skip("attach") { return try parser.attach() }
    if parser.skip("use") { return parser.use() }
    if parser.skip("detach") { return parser.detach() }
    return .other
  }

  private mutating func skip(_ words: String...) -> Bool {
    guard rest.count >= words.count, zip(rest, words).allSatisfy({ $0.isWord($1) }) else { return false }
    rest = rest.dropFirst(words.count)
    return true
  }

  private mutating func identifier() -> String? {
    guard let token = rest.first, token.kind == .word || token.kind == .quotedIdentifier else { return nil }
    rest = rest.dropFirst()
    return token.value
  }

  private mutating func attach() throws(Problem) -> ScriptStatement.Kind {
    _ = skip("or", "replace")
    _ = skip("database")
    _ = skip("if", "not", "exists")
    guard let path = rest.popFirst(), path.kind == .string else { return .other }
    if let lake = try Self.lake(path) {
      let (alias, options) = try aliasAndOptions(of: "lake", path, "ATTACH 'ducklake://\(lake)' AS dl")
      return .attachLake(lake: lake, alias: alias, options: options)
    }
    guard let table = try DataTableReference(path) else { return .other }
    let (alias, options) = try aliasAndOptions(of: "data table", path, "ATTACH '\(path.value)' AS dt")
    return .attachDataTable(try table.with(options), alias: alias)
  }

  private mutating func aliasAndOptions(
    of kind: String, _ path: SQLToken, _ example: String
  ) throws(Problem) -> (alias: String, options: [SQLToken]) {
    guard skip("as"), let alias = identifier() else {
      throw Problem(token: path, message: "the \(kind) is attached without a name", hint: "write \(example)")
    }
    if rest.isEmpty { return (alias, []) }
    guard rest.first?.isSymbol("(") == true, rest.last?.isSymbol(")") == true else {
      throw Problem(
        token: rest[rest.startIndex],
        message: "`\(rest[rest.startIndex].text)` after the name of the \(kind)",
        hint: "write \(example) (READ_ONLY), with the options in parentheses, and end the statement with `;`")
    }
    return (alias, Array(rest.dropFirst().dropLast()))
  }

  /// The lake that a path names: `ducklake` is `main`. Nil for every other path.
  private static func lake(_ path: SQLToken) throws(Problem) -> String? {
    let folded = SQLIdentifier.folded(path.value)
    if folded == "ducklake" { return "main" }
    let scheme = "ducklake://"
    guard folded.hasPrefix(scheme) else { return nil }
    let name = String(path.value.dropFirst(scheme.count))
    do throws(NameSyntaxError) {
      try TableName.checkLake(name, in: path.value)
    } catch {
      throw Problem(token: path, message: error.message, hint: error.hint)
    }
    return name
  }

  private mutating func use() -> ScriptStatement.Kind {
    guard let alias = identifier() else { return .other }
    if rest.isEmpty { return .use(alias: alias, schema: nil) }
    guard rest.popFirst()?.isSymbol(".") == true, let schema = identifier(), rest.isEmpty else {
      return .other
    }
    return .use(alias: alias, schema: schema)
  }

  private mutating func detach() -> ScriptStatement.Kind {
    _ = skip("database")
    let ifExists = skip("if", "exists")
    guard let alias = identifier(), rest.isEmpty else { return .other }
    return .detach(alias: alias, ifExists: ifExists)
  }
}
