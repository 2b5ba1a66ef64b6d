internal import SQLText

/// A DuckDB SQL script as Windmill's are written: arguments and annotations in comments, then statements.
///
/// ```sql
/// -- $user_id (bigint)
/// ATTACH 'ducklake' AS dl;
/// USE dl;
/// SELECT * FROM friend WHERE id = $user_id;
/// ```
///
/// All of it is found by tokens, so a declaration inside a string or a block comment is none.
public struct SQLScript: Sendable, Hashable {
  /// The path that names the script in errors.
  public let path: String

  /// The whole text.
  public let source: String

  /// The declared arguments, in the order of their declarations.
  public let arguments: [ScriptArgument]

  /// The parameters that statements use and no comment declares, in the order of their first use. They take
  /// any value as it is.
  public let undeclaredArguments: [ScriptArgument]

  /// Which rows the script returns.
  public let resultCollection: ResultCollection

  /// The annotations, in the order of the lines.
  public let annotations: [ScriptAnnotation]

  /// The statements in order.
  public let statements: [ScriptStatement]

  /// Reads a script.
  ///
  /// - Parameters:
  ///   - source: The text.
  ///   - path: The path that names the script in errors. No file is read.
  /// - Throws: ``ScriptError`` with everything that is wrong.
  public static func parse(_ source: String, path: String) throws(ScriptError) -> SQLScript {
    var parser = ScriptParser(source, path: path)
    return try parser.parse()
  }

  init(_ parser: ScriptParser) {
    path = parser.path
    source = parser.source
    arguments = parser.arguments
    undeclaredArguments = parser.undeclaredArguments
    resultCollection = parser.resultCollection ?? .lastStatementAllRows
    annotations = parser.annotations
    statements = parser.statements
  }

  /// The value of every argument: the declared ones first, then those that are used without a declaration.
  ///
  /// A statement takes only those that it names (`parameterNames`).
  ///
  /// - Parameter given: What was given, by name.
  /// - Throws: ``ScriptArgumentError`` where an argument is unknown, missing, or does not fit its type.
  public func bind(arguments given: [String: GivenArgument]) throws(ScriptArgumentError) -> [BoundArgument] {
    try ScriptArguments.bind(arguments + undeclaredArguments, given: given)
  }

  /// The value of every argument, from texts of a command line.
  ///
  /// - Parameter given: The texts, by name.
  /// - Throws: ``ScriptArgumentError`` where an argument is unknown, missing, or does not fit its type.
  public func bind(arguments given: [String: String]) throws(ScriptArgumentError) -> [BoundArgument] {
    try bind(arguments: given.mapValues { GivenArgument.text($0) })
  }

  /// The value of every argument, from values of a request.
  ///
  /// - Parameter given: The values, by name.
  /// - Throws: ``ScriptArgumentError`` where an argument is unknown, missing, or does not fit its type.
  public func bind(arguments given: [String: ScriptValue]) throws(ScriptArgumentError) -> [BoundArgument] {
    try bind(arguments: given.mapValues { GivenArgument.value($0) })
  }

  /// Whether the script calls itself a step of its folder's pipeline.
  public var isPipelineStep: Bool { annotations.contains { $0.kind == .pipeline } }

  /// The assets whose changes run the script.
  public var triggers: [Asset] {
    annotations.compactMap { if case .on(let asset) = $0.kind { asset } else { nil } }
  }

  /// The table that the script says it makes.
  public var materialization: Materialization? {
    annotations.lazy.compactMap { if case .materialize(let made) = $0.kind { made } else { nil } }.first
  }

  /// What has to hold for the table that the script makes, and for others.
  public var dataTests: [DataTest] {
    annotations.compactMap { if case .dataTest(let test) = $0.kind { test } else { nil } }
  }
}
