public import SQLText

/// A statement of a script, and what it does to the lakes that the script names.
public struct ScriptStatement: Sendable, Hashable {
  /// What a statement does.
  public enum Kind: Sendable, Hashable {
    /// `ATTACH 'ducklake' AS alias` or `ATTACH 'ducklake://lake' AS alias (options)`. The options are the
    /// tokens between the parentheses.
    case attachLake(lake: String, alias: String, options: [SQLToken])
    /// `ATTACH 'datatable' AS alias` or `ATTACH 'datatable://name' AS alias (options)`.
    case attachDataTable(DataTableReference, alias: String)
    /// `USE alias` or `USE alias.schema`. What `alias` is, a lake or a schema, the script alone does not
    /// tell.
    case use(alias: String, schema: String?)
    /// `DETACH alias`.
    case detach(alias: String, ifExists: Bool)
    /// Everything else, an ATTACH of anything but a lake of the workspace among it.
    case other
  }

  /// The statement.
  public let sql: SQLStatement

  /// What it does.
  public let kind: Kind

  /// Whether an `ATTACH` may replace what its alias stands for (`ATTACH OR REPLACE`).
  public var replacesAttached: Bool { sql.tokens.count > 2 && sql.tokens[1].isWord("or") }

  /// Whether an `ATTACH` does nothing when its alias is taken (`ATTACH IF NOT EXISTS`).
  public var skipsAttached: Bool { sql.tokens.dropFirst().prefix(4).contains { $0.isWord("if") } }

  /// Whether the statement returns rows of its own: what a managed `-- materialize` writes.
  public var isQuery: Bool { StatementRole(of: sql) == .output }

  /// Whether the statement prepares a query and writes no table that outlives the script.
  public var isSetup: Bool { StatementRole(of: sql) == .setup }
}

/// What a statement is for in a script whose table is materialized.
enum StatementRole {
  case output
  case setup
  case other

  init(of statement: SQLStatement) {
    var tokens = statement.tokens[...]
    while tokens.first?.isSymbol("(") == true { tokens = tokens.dropFirst() }
    guard let first = tokens.first, first.kind == .word else {
      self = .other
      return
    }
    switch first.value.lowercased() {
    case "select", "from", "values", "table", "pivot", "unpivot", "describe", "summarize", "show":
      self = .output
    case "with":
      self = Self.verb(afterWith: tokens.dropFirst())
    case "attach", "detach", "install", "load", "set", "reset", "pragma", "use":
      self = .setup
    case "create":
      let kind = tokens.dropFirst().drop { $0.isWord("or") || $0.isWord("replace") }.first
      self = kind?.isWord("temp") == true || kind?.isWord("temporary") == true ? .setup : .other
    default:
      self = .other
    }
  }

  /// The verb after the queries that WITH names: the first one outside parentheses.
  private static func verb(afterWith tokens: ArraySlice<SQLToken>) -> StatementRole {
    var depth = 0
    for token in tokens {
      if token.isSymbol("(") { depth += 1 }
      if token.isSymbol(")") { depth -= 1 }
      guard depth == 0, token.kind == .word else { continue }
      switch token.value.lowercased() {
      case "select", "from", "values", "table", "pivot", "unpivot": return .output
      case "insert", "update", "delete", "merge": return .other
      default: continue
      }
    }
    return .output
  }
}
