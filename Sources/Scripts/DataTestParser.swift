internal import SQLText

/// Reads what follows `-- data_test`. The grammar is ``DataTest``'s.
struct DataTestParser {
  private typealias Problem = AnnotationParser.Problem

  private static let kinds = ["unique", "not_null", "accepted_values", "relationships", "sql"]

  /// The column of the rule, for errors.
  private let column: Int
  /// What follows the rule's name.
  private let text: String

  /// - Parameters:
  ///   - comment: The comment, which starts with `data_test`.
  ///   - following: The comments that a query may go on in.
  /// - Returns: The test, and how many of the following comments belong to it.
  static func parse(
    _ comment: CommentLine, following: [String]
  ) throws(AnnotationParser.Problem) -> (test: DataTest, continuations: Int) {
    var words = comment.text.words(from: comment.column).dropFirst()
    var table: TableName?
    var name: String?
    if let first = words.first, first.text.hasSuffix(":") {
      table = try Self.table(first)
      words = words.dropFirst()
    }
    if let first = words.first, let given = first.text.dropping(prefix: "name=") {
      name = given.unquoted() ?? given
      words = words.dropFirst()
    }
    guard let kind = words.first else {
      throw Problem(column: comment.column, message: "data_test names no rule", hint: Self.kindsHint)
    }
    let rest = comment.text.unicodeScalars
      .dropFirst(kind.column - comment.column + kind.text.unicodeScalars.count)
    let parser = DataTestParser(column: kind.column, text: String(rest).trimmed)
    var continuations = 0
    let check: DataTest.Check
    switch kind.text {
    case "unique": check = .unique(columns: try parser.columns("unique"))
    case "not_null": check = .notNull(columns: try parser.columns("not_null"))
    case "accepted_values": check = try parser.acceptedValues()
    case "relationships": check = try parser.relationships()
    case "sql":
      continuations = following.count
      check = .sql(try parser.query(following))
    default:
      check = try parser.script(kind.text)
    }
    return (DataTest(table: table, name: name, check: check, line: comment.line), continuations)
  }

  private static let kindsHint =
    "write unique id, not_null id, accepted_values status a,b, relationships customer_id -> customers.id, "
    + "or sql SELECT … for the rows that break the rule"

  private static func table(_ word: CommentWord) throws(Problem) -> TableName {
    do throws(NameSyntaxError) {
      return try TableName(parsing: String(word.text.dropLast()))
    } catch {
      throw Problem(column: word.column, message: error.message, hint: error.hint)
    }
  }

  private func problem(_ message: String, _ hint: String) -> Problem {
    Problem(column: column, message: message, hint: hint)
  }

  private func tokens(_ text: String, _ hint: String) throws(Problem) -> [SQLToken] {
    do throws(SQLSyntaxError) {
      return try SQLTokenizer.tokenize(text)
    } catch {
      throw problem(error.message, hint)
    }
  }
}

// MARK: - Rules

extension DataTestParser {
  private func columns(_ kind: String) throws(Problem) -> [String] {
    let hint = "write \(kind) id, or \(kind) id, day for several columns together"
    var rest = try tokens(text, hint)[...]
    if rest.first?.isSymbol("(") == true, rest.last?.isSymbol(")") == true {
      rest = rest.dropFirst().dropLast()
    }
    if rest.isEmpty { throw problem("\(kind) names no column", hint) }
    var names: [String] = []
    for (index, token) in rest.enumerated() {
      let isName = token.kind == .word || token.kind == .quotedIdentifier
      guard index % 2 == 0 ? isName : token.isSymbol(",") else {
        throw problem("`\(token.text)` is not where a \(index % 2 == 0 ? "column" : "comma") belongs", hint)
      }
      if isName { names.append(token.value) }
    }
    if rest.last?.isSymbol(",") == true { throw problem("a column is missing after the last comma", hint) }
    return names
  }

  private func acceptedValues() throws(Problem) -> DataTest.Check {
    let hint = "write accepted_values status open, closed, 'in transit'"
    var rest = try tokens(text, hint)[...]
    guard let column = rest.popFirst(), column.kind == .word || column.kind == .quotedIdentifier else {
      throw problem("accepted_values names no column", hint)
    }
    if rest.first?.isSymbol("=") == true || rest.first?.isWord("in") == true { rest = rest.dropFirst() }
    if rest.first?.isSymbol(",") == true {
      throw problem("accepted_values names no column before its values", hint)
    }
    if rest.first?.isSymbol("(") == true, rest.last?.isSymbol(")") == true {
      rest = rest.dropFirst().dropLast()
    }
    if rest.isEmpty { throw problem("accepted_values names no values for `\(column.value)`", hint) }
    var values: [ScriptValue] = []
    for part in rest.split(omittingEmptySubsequences: false, whereSeparator: { $0.isSymbol(",") }) {
      guard let value = value(of: part) else {
        throw problem("a value is missing between the commas of accepted_values", hint)
      }
      if value == .null {
        throw problem(
          "null is not a value of accepted_values", "nulls always pass; add not_null to forbid them")
      }
      values.append(value)
    }
    return .acceptedValues(column: column.value, values: values)
  }

  /// One value: in quotes a text, else a number or a truth value where it looks like one, else the bare text.
  private func value(of tokens: ArraySlice<SQLToken>) -> ScriptValue? {
    guard let first = tokens.first, let last = tokens.last else { return nil }
    if tokens.count == 1, first.kind == .string { return .text(first.value) }
    let bytes = Array(text.utf8)[first.utf8Offset..<last.utf8Range.upperBound]
    let written = String(decoding: bytes, as: UTF8.self)
    switch written.lowercased() {
    case "null": return .null
    case "true": return .bool(true)
    case "false": return .bool(false)
    default: break
    }
    let isNumber = last.kind == .number && (tokens.count == 1 || (tokens.count == 2 && first.isSymbol("-")))
    if isNumber, let number = Int64(written) { return .integer(number) }
    if isNumber, let number = Double(written) { return .double(number) }
    return .text(written)
  }

  private func relationships() throws(Problem) -> DataTest.Check {
    let hint = "write relationships customer_id -> customers.id, or -> ducklake://main/sales.customers.id"
    let words = text.replacingArrow().words(from: column)
    guard let column = words.first else { throw problem("relationships names no column", hint) }
    let reference = words.dropFirst().filter { $0.text != "->" }
    guard reference.count == 1, let other = reference.first else {
      throw problem(
        reference.isEmpty
          ? "relationships names no column that `\(column.text)` refers to"
          : "`\(reference[1].text)` after the column that relationships refers to", hint)
    }
    if Asset.isMeant(by: other.text), !other.text.hasPrefix("ducklake://") {
      throw problem("`\(other.text)` is not in a lake", hint)
    }
    do throws(NameSyntaxError) {
      let (lake, parts) = try TableName.lakeAndParts(of: other.text)
      guard let referenced = parts.last, parts.count == 2 || parts.count == 3 else {
        throw NameSyntaxError(other.text, "is not a table and its column", hint)
      }
      let table = TableName(
        lake: lake, schema: parts.count == 3 ? parts[0] : nil, table: parts[parts.count - 2])
      return .relationships(
        column: column.text.unquoted(by: "\"") ?? column.text, table: table, referencedColumn: referenced)
    } catch {
      throw problem(error.message, error.hint)
    }
  }

  private func query(_ following: [String]) throws(Problem) -> String {
    let hint =
      "write sql SELECT * FROM orders WHERE amount < 0; indent further lines: --   AND day > '2020-01-01'"
    let whole = ([text] + following).joined(separator: "\n")
    let statements: [SQLStatement]
    do throws(SQLSyntaxError) {
      statements = try SQLStatements.split(whole)
    } catch {
      throw problem(error.message, hint)
    }
    guard statements.count == 1, let statement = statements.first else {
      throw problem(
        statements.isEmpty ? "the test has no query" : "the test has more than one statement", hint)
    }
    guard StatementRole(of: statement) == .output else {
      throw problem("`\(statement.tokens[0].text)` does not start a query", hint)
    }
    return statement.text
  }

  private func script(_ word: String) throws(Problem) -> DataTest.Check {
    if word.contains("/"), text.isEmpty { return .script(path: word) }
    let near = NearestName.suggestion(for: word, among: Self.kinds)
    throw problem(
      "`\(word)` is not a rule of data_test", near.map { "did you mean `\($0)`?" } ?? Self.kindsHint)
  }
}

extension String {
  /// The text with blanks around the first arrow, so that it is a word of its own.
  fileprivate func replacingArrow() -> String { replacing("->", with: " -> ", maxReplacements: 1) }
}
