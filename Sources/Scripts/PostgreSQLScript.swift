internal import SQLText

/// A script in PostgreSQL's SQL as Windmill's are written: arguments and annotations in comments, then statements.
///
/// ```sql
/// -- role reader
/// -- $1 user_id (BIGINT)
/// SELECT * FROM friend WHERE id = $1;
/// ```
public struct PostgreSQLScript: Sendable, Hashable {
  /// An argument: `-- $1 name (TYPE) = default`.
  public struct Parameter: Sendable, Hashable {
    /// The number behind the `$`.
    public let number: Int
    public let name: String
    /// In lower case, with single blanks: `bigint`, `double precision`, `text[]`. Nil where none was declared: then the
    /// server works it out.
    public let type: String?
    /// What it takes.
    public let argument: ScriptArgument
  }

  /// One statement, with the parameters that it uses.
  public struct Statement: Sendable, Hashable {
    /// The text; its parameters are numbered from 1 in the order of ``parameters``.
    public let text: String
    /// The numbers of the script's parameters that it uses.
    public let parameters: [Int]
    /// The line of its first token in the script, from 1.
    public let line: Int
  }

  /// In the order of their declarations.
  public let parameters: [Parameter]
  /// The role that the script runs as: `-- role NAME`.
  public let role: String?
  public let resultCollection: ResultCollection
  public let statements: [Statement]

  /// Reads a script.
  ///
  /// - Parameters:
  ///   - source: The text.
  ///   - path: The path that names the script in errors. No file is read.
  /// - Throws: ``ScriptError`` with everything that is wrong.
  public static func parse(_ source: String, path: String) throws(ScriptError) -> PostgreSQLScript {
    var parser = PostgreSQLScriptParser(path: path)
    return try parser.parse(source)
  }

  /// The value of every parameter by its number.
  ///
  /// - Parameter given: The values, by name.
  /// - Throws: ``ScriptArgumentError`` where an argument is unknown, missing, or does not fit its type.
  public func bind(arguments given: [String: ScriptValue]) throws(ScriptArgumentError) -> [Int: ScriptValue] {
    let bound = try ScriptArguments.bind(
      parameters.map(\.argument), given: given.mapValues { GivenArgument.value($0) })
    var values: [Int: ScriptValue] = [:]
    for (parameter, argument) in zip(parameters, bound) { values[parameter.number] = argument.value }
    return values
  }
}

/// Reads one script and collects what is wrong in it.
private struct PostgreSQLScriptParser {
  let path: String
  private var parameters: [PostgreSQLScript.Parameter] = []
  private var role: String?
  private var resultCollection: ResultCollection?
  private var diagnostics: [Diagnostic] = []

  init(path: String) { self.path = path }

  mutating func parse(_ source: String) throws(ScriptError) -> PostgreSQLScript {
    let tokens: [SQLToken]
    do throws(SQLSyntaxError) { tokens = try SQLTokenizer.tokenize(source) } catch {
      report(error.line, error.column, error.message, hint: nil)
      throw ScriptError(diagnostics: diagnostics)
    }
    for comment in CommentLine.all(in: tokens) { read(comment) }
    let statements = SQLStatements.split(source, tokens: tokens).map { statement(of: $0) }
    guard diagnostics.isEmpty else {
      throw ScriptError(diagnostics: diagnostics.sorted { ($0.line, $0.column) < ($1.line, $1.column) })
    }
    return PostgreSQLScript(
      parameters: parameters, role: role, resultCollection: resultCollection ?? .lastStatementAllRows,
      statements: statements)
  }

  private mutating func report(_ line: Int, _ column: Int, _ message: String, hint: String?) {
    diagnostics.append(Diagnostic(path: path, line: line, column: column, message: message, hint: hint))
  }

  // MARK: - Comments

  private mutating func read(_ comment: CommentLine) {
    if let collection = ResultCollection(comment: comment.text) {
      resultCollection = resultCollection ?? collection
    } else if let name = comment.text.dropping(prefix: "role "), role == nil,
      !name.trimmed.contains(where: \.isWhitespace)
    {
      guard Self.isRole(name.trimmed) else {
        return report(
          comment.line, comment.column, "`\(name.trimmed.prefix(80))` is no name of a role",
          hint: "a role has up to 63 letters, digits, `_` and `-`")
      }
      role = name.trimmed
    } else if comment.text.hasPrefix("$") {
      declare(comment)
    }
  }

  private static func isRole(_ name: String) -> Bool {
    (1...63).contains(name.utf8.count)
      && name.utf8.allSatisfy { byte in
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
          UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"):
          true
        default: false
        }
      }
  }

  /// Reads `$1 name`, `$1 name (type)`, each with `= default`; anything else behind a `$` is prose.
  private mutating func declare(_ comment: CommentLine) {
    let afterDollar = comment.text.dropFirst()
    let digits = afterDollar.prefix { $0.isASCII && $0.isNumber }
    let rest = afterDollar.dropFirst(digits.count)
    guard let number = Int(digits), number > 0, rest.first?.isWhitespace == true else { return }
    // Without the number it is a declaration as DuckDB's scripts have it.
    let named = CommentLine(
      text: "$" + rest.trimmed, line: comment.line, column: comment.column, indent: comment.indent)
    do throws(ArgumentDeclaration.Problem) {
      guard let argument = try ArgumentDeclaration.parse(named) else { return }
      if let other = parameters.first(where: { $0.number == number || $0.name == argument.name }) {
        return report(
          comment.line, comment.column,
          "`$\(number) \(argument.name)` is declared before, as `$\(other.number) \(other.name)`",
          hint: "keep one of the declarations")
      }
      parameters.append(
        .init(
          number: number, name: argument.name, type: argument.type, argument: argument.withLooseType))
    } catch {
      report(comment.line, error.column, error.message, hint: error.hint)
    }
  }

  // MARK: - Statements

  private mutating func statement(of statement: SQLStatement) -> PostgreSQLScript.Statement {
    var numbers: [Int] = []
    var bytes = Array(statement.text.utf8)
    // From the end, so that what stands before keeps its place.
    for token in statement.tokens where token.kind == .parameter && token.text.hasPrefix("$") {
      guard let number = Int(token.value), number > 0 else {
        report(
          token.line, token.column, "`\(token.text)` is no parameter of PostgreSQL",
          hint: "write $1 and declare it: -- $1 name (bigint)")
        continue
      }
      guard parameters.contains(where: { $0.number == number }) else {
        report(
          token.line, token.column, "`$\(number)` is not declared",
          hint: "declare it: -- $\(number) name (bigint)")
        continue
      }
      if !numbers.contains(number) { numbers.append(number) }
    }
    for token in statement.tokens.reversed() where token.kind == .parameter && token.text.hasPrefix("$") {
      guard let place = Int(token.value).flatMap({ numbers.firstIndex(of: $0) }) else { continue }
      let start = token.utf8Offset - statement.utf8Range.lowerBound
      bytes.replaceSubrange(start..<(start + token.text.utf8.count), with: "$\(place + 1)".utf8)
    }
    return PostgreSQLScript.Statement(
      text: String(decoding: bytes, as: UTF8.self), parameters: numbers, line: statement.line)
  }
}

extension ScriptArgument {
  /// The argument with a type only where DuckDB's and PostgreSQL's agree on what values fit; of the others the server judges.
  fileprivate var withLooseType: ScriptArgument {
    switch family {
    case .boolean, .integer, .float, .json, .list, .text: self
    default: ScriptArgument(name: name, default: `default`, summary: summary, line: line, column: column)
    }
  }
}
