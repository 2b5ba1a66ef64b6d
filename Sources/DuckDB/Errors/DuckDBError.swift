/// What DuckDB, or this binding, refused to do.
///
/// `description` is safe to show: it never holds the SQL text or bound values. `String(reflecting:)` adds the
/// SQL.
///
/// ```swift
/// do {
///   try await connection.execute("SELEC 1")
/// } catch let error as DuckDBError where error.kind == .parser {
///   print(error.message, error.position)   // syntax error at or near "SELEC", line 1, column 1
/// }
/// ```
public struct DuckDBError: Error, Sendable, Hashable {
  /// The kind of an error. DuckDB adds kinds from version to version, so this is an open set of names.
  public struct Kind: RawRepresentable, Sendable, Hashable, CustomStringConvertible {
    /// DuckDB's name of the kind, as its messages begin: `Binder`, `Out of Memory`.
    public let rawValue: String

    /// Makes a kind from DuckDB's name of it.
    public init(rawValue: String) {
      self.rawValue = rawValue
    }

    /// DuckDB's name of the kind.
    public var description: String { rawValue }
  }

  /// A place in the SQL text, counted from 1.
  public struct SourcePosition: Sendable, Hashable, CustomStringConvertible {
    /// The line of the text that was given to DuckDB.
    public let line: Int

    /// The Unicode scalar in that line.
    public let column: Int

    /// Makes a position.
    public init(line: Int, column: Int) {
      self.line = line
      self.column = column
    }

    /// `line:column`.
    public var description: String { "\(line):\(column)" }
  }

  /// What kind of error it is.
  public let kind: Kind

  /// What went wrong, without DuckDB's `Binder Error:` before it and without the quoted source line after it.
  public let message: String

  /// Where in the SQL text, when DuckDB tells.
  public let position: SourcePosition?

  /// Names that DuckDB offers in place of one it does not know.
  public let candidates: [String]

  /// The SQL text that was given, without any bound value. Not part of `description`.
  public let sql: String?

  /// Makes an error.
  ///
  /// - Parameters:
  ///   - kind: What kind of error it is.
  ///   - message: What went wrong, as one sentence.
  ///   - position: Where in the SQL text.
  ///   - candidates: Names to use instead.
  ///   - sql: The SQL text that failed.
  public init(
    kind: Kind, message: String, position: SourcePosition? = nil, candidates: [String] = [],
    sql: String? = nil
  ) {
    self.kind = kind
    self.message = message
    self.position = position
    self.candidates = candidates
    self.sql = sql
  }

  static let closedConnection = DuckDBError(kind: .connection, message: "The connection has been closed.")
}

extension DuckDBError: CustomStringConvertible, CustomDebugStringConvertible {
  /// Kind and message, and the position when it is known: `Binder Error: … (line 2, column 8)`.
  public var description: String {
    let place = position.map { " (line \($0.line), column \($0.column))" } ?? ""
    return "\(kind) Error: \(message)\(place)"
  }

  /// The description and the SQL text. Bound values are never part of it.
  public var debugDescription: String {
    guard let sql else { return description }
    return "\(description)\nSQL: \(sql)"
  }
}

extension DuckDBError.Kind {
  /// The text is not SQL.
  public static let parser = Self(rawValue: "Parser")
  /// The text is not SQL (raised by some extensions).
  public static let syntax = Self(rawValue: "Syntax")
  /// A table, view, function or other entry does not exist or is of another type.
  public static let catalog = Self(rawValue: "Catalog")
  /// A column, type or argument does not fit.
  public static let binder = Self(rawValue: "Binder")
  /// The planner could not plan the statement.
  public static let planner = Self(rawValue: "Planner")
  /// A file could not be read or written.
  public static let io = Self(rawValue: "IO")
  /// A web server could not be reached or refused.
  public static let http = Self(rawValue: "HTTP")
  /// The network failed.
  public static let network = Self(rawValue: "Network")
  /// A constraint of a table is broken.
  public static let constraint = Self(rawValue: "Constraint")
  /// A value cannot be converted to a type.
  public static let conversion = Self(rawValue: "Conversion")
  /// A value lies outside of its type's range.
  public static let outOfRange = Self(rawValue: "Out of Range")
  /// Types do not match.
  public static let mismatchType = Self(rawValue: "Mismatch Type")
  /// A type cannot be used there.
  public static let invalidType = Self(rawValue: "Invalid type")
  /// A division by zero.
  public static let divideByZero = Self(rawValue: "Divide by Zero")
  /// Memory, or the limit set for it, is used up.
  public static let outOfMemory = Self(rawValue: "Out of Memory")
  /// The statement was interrupted.
  public static let interrupt = Self(rawValue: "INTERRUPT")
  /// A transaction conflicts with another, or is not possible in this state.
  public static let transaction = Self(rawValue: "TransactionContext")
  /// Something is wrong inside DuckDB. The instance cannot be used any more.
  public static let `internal` = Self(rawValue: "INTERNAL")
  /// Something is so wrong that the instance cannot be used any more.
  public static let fatal = Self(rawValue: "FATAL")
  /// An argument, a parameter or a value is not acceptable.
  public static let invalidInput = Self(rawValue: "Invalid Input")
  /// The configuration of the instance forbids it.
  public static let permission = Self(rawValue: "Permission")
  /// DuckDB cannot do this yet.
  public static let notImplemented = Self(rawValue: "Not implemented")
  /// The connection or its database is closed or refused.
  public static let connection = Self(rawValue: "Connection")
  /// Another entry of the catalog needs this one.
  public static let dependency = Self(rawValue: "Dependency")
  /// An extension is needed and not loaded.
  public static let missingExtension = Self(rawValue: "Missing Extension")
  /// An extension could not be loaded by itself.
  public static let autoload = Self(rawValue: "Extension Autoloading")
  /// A sequence has no more values.
  public static let sequence = Self(rawValue: "Sequence")
  /// An option has an unknown name or a value it does not take.
  public static let invalidConfiguration = Self(rawValue: "Invalid Configuration")
  /// Bytes could not be read back as the structure they should be.
  public static let serialization = Self(rawValue: "Serialization")
  /// A parameter's type could not be worked out.
  public static let parameterNotResolved = Self(rawValue: "Parameter Not Resolved")
  /// A parameter stands where none may be.
  public static let parameterNotAllowed = Self(rawValue: "Parameter Not Allowed")
  /// A value read from a result does not have the type that was asked for.
  public static let decoding = Self(rawValue: "Decoding")
  /// A statement that was streamed failed, and DuckDB lost the reason; `query(_:parameters:)`
  /// tells it.
  public static let reasonLost = Self(rawValue: "Unexplained")
  /// DuckDB gave no kind.
  public static let unknown = Self(rawValue: "Invalid")
}
