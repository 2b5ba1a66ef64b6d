internal import SQLText

/// A value that somebody gives to an argument.
public enum GivenArgument: Sendable, Hashable {
  /// A text, read by the declared type: from a command line.
  case text(String)
  /// A value that already has a type: from the body of a request.
  case value(ScriptValue)
}

/// An argument with the value that a statement is run with.
public struct BoundArgument: Sendable, Hashable {
  /// The name, without `$`.
  public let name: String

  /// The declared type as ``ScriptArgument/type`` has it.
  public let type: String?

  /// What values the type takes.
  public let family: ArgumentFamily

  /// The value, fitted into the type.
  public let value: ScriptValue
}

/// What is wrong with the arguments that were given. All of it is listed.
public struct ScriptArgumentError: Error, Sendable, Hashable, CustomStringConvertible {
  /// What can be wrong with one argument.
  public enum Reason: Sendable, Hashable {
    /// The script has no such argument.
    case unknown
    /// A value has to be given and was not.
    case missing
    /// The value does not fit the declared type.
    case invalid
    /// The value was given twice, in two spellings of the name.
    case repeated
  }

  /// One argument, and what is wrong with it.
  public struct Problem: Sendable, Hashable, CustomStringConvertible {
    /// The argument's name, without `$`.
    public let name: String

    /// What kind of mistake it is.
    public let reason: Reason

    /// What is wrong.
    public let message: String

    /// What to do about it.
    public let hint: String

    /// What is wrong and what to do, in one line.
    public var description: String { "\(message); \(hint)" }
  }

  /// What is wrong: unknown arguments first, then in the order of the declarations. There is at least one
  /// problem.
  public let problems: [Problem]

  /// The first problem, and how many more there are, in one line.
  public var description: String {
    guard let first = problems.first else { return "the arguments do not fit" }
    return problems.count == 1 ? "\(first)" : "\(first) (and \(problems.count - 1) more)"
  }
}

/// Brings declared and given arguments together.
public enum ScriptArguments {
  /// The value of every argument, in the order of the declarations.
  ///
  /// DuckDB does not tell `$Id` from `$id`, so a given name may differ from the declared one in the case of
  /// ASCII letters. Texts for boolean, numeric, temporal and JSON types may be `null` for NULL.
  ///
  /// - Parameters:
  ///   - declared: The arguments that the script has.
  ///   - given: What was given, by name.
  /// - Throws: ``ScriptArgumentError`` where an argument is unknown, missing, or does not fit its type.
  public static func bind(
    _ declared: [ScriptArgument], given: [String: GivenArgument]
  ) throws(ScriptArgumentError) -> [BoundArgument] {
    var problems: [ScriptArgumentError.Problem] = []
    var givenByKey: [String: (name: String, value: GivenArgument)] = [:]
    let declaredKeys = Set(declared.map { SQLIdentifier.folded($0.name) })
    for name in given.keys.sorted() {
      guard let value = given[name] else { continue }
      let key = SQLIdentifier.folded(name)
      if !declaredKeys.contains(key) {
        problems.append(unknown(name, among: declared.map(\.name)))
      } else if let other = givenByKey.updateValue((name, value), forKey: key) {
        problems.append(
          .init(
            name: name, reason: .repeated,
            message: "`\(other.name)` and `\(name)` are one argument, given twice",
            hint: "give it once"))
      }
    }

    var bound: [BoundArgument] = []
    for argument in declared {
      let key = SQLIdentifier.folded(argument.name)
      do throws(ArgumentReader.Problem) {
        let value: ScriptValue
        switch givenByKey[key]?.value {
        case .text(let text): value = try ArgumentReader.read(text, as: argument.argumentType)
        case .value(let given): value = try ArgumentReader.convert(given, as: argument.argumentType)
        case nil:
          guard let fallback = argument.default else {
            problems.append(missing(argument))
            continue
          }
          value = fallback
        }
        bound.append(
          BoundArgument(name: argument.name, type: argument.type, family: argument.family, value: value))
      } catch {
        problems.append(
          .init(
            name: argument.name, reason: .invalid, message: "argument `\(argument.name)`: \(error.message)",
            hint: error.hint))
      }
    }
    if !problems.isEmpty { throw ScriptArgumentError(problems: problems) }
    return bound
  }

  private static func unknown(_ name: String, among names: [String]) -> ScriptArgumentError.Problem {
    let hint: String
    if let near = NearestName.suggestion(for: name, among: names) {
      hint = "did you mean `\(near)`?"
    } else if names.isEmpty {
      hint = "the script takes none"
    } else {
      hint = "the script takes " + names.map { "`\($0)`" }.joined(separator: ", ")
    }
    return .init(name: name, reason: .unknown, message: "there is no argument `\(name)`", hint: hint)
  }

  private static func missing(_ argument: ScriptArgument) -> ScriptArgumentError.Problem {
    let type = argument.type.map { " (\($0))" } ?? ""
    return .init(
      name: argument.name, reason: .missing, message: "argument `\(argument.name)`\(type) is missing",
      hint: "give it a value, or declare a default: -- $\(argument.name)\(type) = null")
  }
}
