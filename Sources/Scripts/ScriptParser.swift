internal import SQLText

/// Reads one script and collects what is wrong in it.
struct ScriptParser {
  let path: String
  let source: String
  private(set) var arguments: [ScriptArgument] = []
  private(set) var undeclaredArguments: [ScriptArgument] = []
  private(set) var resultCollection: ResultCollection?
  private(set) var annotations: [ScriptAnnotation] = []
  private(set) var statements: [ScriptStatement] = []
  private var diagnostics: [Diagnostic] = []

  init(_ source: String, path: String) {
    self.source = source
    self.path = path
  }

  mutating func parse() throws(ScriptError) -> SQLScript {
    let tokens: [SQLToken]
    do throws(SQLSyntaxError) {
      tokens = try SQLTokenizer.tokenize(source)
    } catch {
      report(error.line, error.column, error.message, hint: nil)
      throw ScriptError(diagnostics: diagnostics)
    }
    readComments(CommentLine.all(in: tokens))
    readStatements(SQLStatements.split(source, tokens: tokens))
    checkMaterialization()
    guard diagnostics.isEmpty else {
      throw ScriptError(diagnostics: diagnostics.sorted { ($0.line, $0.column) < ($1.line, $1.column) })
    }
    return SQLScript(self)
  }

  private mutating func report(_ line: Int, _ column: Int, _ message: String, hint: String?) {
    diagnostics.append(Diagnostic(path: path, line: line, column: column, message: message, hint: hint))
  }

  // MARK: - Comments

  private mutating func readComments(_ comments: [CommentLine]) {
    var index = 0
    while index < comments.count {
      index += 1 + read(comments, at: index)
    }
  }

  /// Reads one comment.
  ///
  /// - Returns: How many of the following comments belong to it.
  private mutating func read(_ comments: [CommentLine], at index: Int) -> Int {
    let comment = comments[index]
    do throws(ArgumentDeclaration.Problem) {
      if let argument = try ArgumentDeclaration.parse(comment) {
        declare(argument)
        return 0
      }
    } catch {
      report(comment.line, error.column, error.message, hint: error.hint)
      return 0
    }
    if let collection = ResultCollection(comment: comment.text) {
      resultCollection = resultCollection ?? collection
      return 0
    }
    do throws(AnnotationParser.Problem) {
      guard let (annotation, continuations) = try AnnotationParser.parse(comments, at: index) else {
        return 0
      }
      annotations.append(annotation)
      return continuations
    } catch {
      report(comment.line, error.column, error.message, hint: error.hint)
      return 0
    }
  }

  private mutating func declare(_ argument: ScriptArgument) {
    let key = SQLIdentifier.folded(argument.name)
    if let other = arguments.first(where: { SQLIdentifier.folded($0.name) == key }) {
      report(
        argument.line, argument.column, "`$\(argument.name)` is declared twice, first on line \(other.line)",
        hint: "keep one of the declarations")
    } else {
      arguments.append(argument)
    }
  }

  // MARK: - Statements

  private mutating func readStatements(_ all: [SQLStatement]) {
    for statement in all {
      do throws(LakeStatementParser.Problem) {
        statements.append(ScriptStatement(sql: statement, kind: try LakeStatementParser.kind(of: statement)))
      } catch {
        report(error.token.line, error.token.column, error.message, hint: error.hint)
      }
    }
    var known = Set(arguments.map { SQLIdentifier.folded($0.name) })
    for token in all.flatMap(\.tokens) where token.kind == .parameter {
      if token.value.isEmpty {
        report(
          token.line, token.column, "`?` has no name by which a value could be given",
          hint: "write $name and declare it: -- $name (bigint)")
      } else if known.insert(SQLIdentifier.folded(token.value)).inserted {
        undeclaredArguments.append(ScriptArgument(name: token.value, line: token.line, column: token.column))
      }
    }
  }

  // MARK: - Materialization

  private mutating func checkMaterialization() {
    let all = annotations.compactMap { annotation -> (ScriptAnnotation, Materialization)? in
      if case .materialize(let made) = annotation.kind { (annotation, made) } else { nil }
    }
    guard let (first, made) = all.first else { return }
    for (annotation, _) in all.dropFirst() {
      report(
        annotation.line, annotation.column,
        "a script makes one table, and line \(first.line) already names it",
        hint: "make the other table in a script of its own")
    }
    guard made.isManaged else { return }
    let hint = "end the script with one SELECT, or write -- materialize manual and the table yourself"
    guard let last = statements.last else {
      return report(first.line, first.column, "the script has no query for \(made.target)", hint: hint)
    }
    for statement in statements.dropLast() where !statement.isSetup {
      report(
        statement.sql.line, statement.sql.column,
        "`\(statement.sql.tokens[0].text)` before the query that makes \(made.target)", hint: hint)
    }
    if !last.isQuery {
      report(
        last.sql.line, last.sql.column, "the last statement is not the query that makes \(made.target)",
        hint: hint)
    }
  }
}
