internal import SQLText

/// An argument of a script: `-- $name (type) = default`.
public struct ScriptArgument: Sendable, Hashable {
  /// The name, without `$`.
  public let name: String

  /// The type as written, in lower case, such as `bigint`, `json[]`, `double precision` or `decimal(10,2)`.
  /// Nil where none was declared.
  public var type: String? { argumentType.name }

  /// What values the type takes.
  public var family: ArgumentFamily { argumentType.family }

  /// The value that is taken when none is given. Nil means that one has to be given; ``ScriptValue/null``
  /// means that NULL is taken.
  public let `default`: ScriptValue?

  /// Whether the argument may be left out.
  public var hasDefault: Bool { `default` != nil }

  /// What the declaration says after the type in plain words.
  public let summary: String?

  /// The line of the declaration, or of the first use of an argument that is not declared.
  public let line: Int

  /// The column of the `$`.
  public let column: Int

  let argumentType: ArgumentType

  init(
    name: String, type: ArgumentType = .undeclared, default: ScriptValue? = nil, summary: String? = nil,
    line: Int,
    column: Int
  ) {
    self.name = name
    self.argumentType = type
    self.default = `default`
    self.summary = summary
    self.line = line
    self.column = column
  }
}

/// Reads declarations of arguments.
///
/// A declaration is a comment that stands alone on its line and has one of these shapes; `$name` followed by
/// other words is prose:
/// ```sql
/// -- $name
/// -- $name = default
/// -- $name (type)
/// -- $name (type) = default
/// -- $name (type) what it is for
/// ```
enum ArgumentDeclaration {
  /// What is wrong with a declaration.
  struct Problem: Error {
    let column: Int
    let message: String
    let hint: String
  }

  /// Reads a comment, or gives nil when it declares nothing.
  static func parse(_ comment: CommentLine) throws(Problem) -> ScriptArgument? {
    guard let afterDollar = comment.text.dropping(prefix: "$") else { return nil }
    let name = String(afterDollar.prefix { $0 == "_" || $0.isLetter || $0.isNumber })
    guard !name.isEmpty else { return nil }
    let rest = afterDollar.dropFirst(name.count)
    guard rest.first.map({ $0.isWhitespace || "(=".contains($0) }) ?? true else { return nil }
    let tail = rest.trimmed
    if tail.isEmpty { return ScriptArgument(name: name, line: comment.line, column: comment.column) }
    if let value = tail.dropping(prefix: "=") {
      return try argument(name, type: .undeclared, defaultText: value, comment)
    }
    guard tail.hasPrefix("("), let close = closingParenthesis(of: tail) else { return nil }
    let typeText = tail[tail.index(after: tail.startIndex)..<close].trimmed
    let afterType = tail[tail.index(after: close)...].trimmed
    let type = ArgumentType(typeText)
    if afterType.isEmpty || afterType.hasPrefix("=") {
      guard let type else {
        throw Problem(
          column: comment.column, message: "`(\(typeText))` is not a type of an argument",
          hint:
            "write -- $\(name) (bigint), (text), (date), (decimal(18,2)), (json) or another of DuckDB's types"
        )
      }
      return try argument(name, type: type, defaultText: afterType.dropping(prefix: "="), comment)
    }
    guard let type, type.isBuiltIn else { return nil }
    return ScriptArgument(
      name: name, type: type, summary: afterType, line: comment.line, column: comment.column)
  }

  private static func argument(
    _ name: String, type: ArgumentType, defaultText: String?, _ comment: CommentLine
  ) throws(Problem) -> ScriptArgument {
    var value: ScriptValue?
    if let text = defaultText?.trimmed {
      guard !text.isEmpty else {
        throw Problem(
          column: comment.column, message: "the default of `$\(name)` is missing after `=`",
          hint: "write = null, = 10, = 'text', or = '' for an empty text")
      }
      do throws(ArgumentReader.Problem) {
        value = try ArgumentReader.readDefault(text, as: type)
      } catch {
        throw Problem(
          column: comment.column, message: "the default of `$\(name)`: \(error.message)", hint: error.hint)
      }
    }
    return ScriptArgument(name: name, type: type, default: value, line: comment.line, column: comment.column)
  }

  private static func closingParenthesis(of text: String) -> String.Index? {
    var depth = 0
    for index in text.indices {
      if text[index] == "(" { depth += 1 }
      if text[index] == ")" {
        depth -= 1
        if depth == 0 { return index }
      }
    }
    return nil
  }
}
