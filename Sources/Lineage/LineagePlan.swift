import SQLText
public import Scripts

/// A query of a script whose table names DuckDB is to be asked for.
public struct NameRequest: Sendable, Hashable, Identifiable {
  /// Which query of a script it is.
  public struct ID: Sendable, Hashable {
    /// Where the query stands.
    public enum Place: Sendable, Hashable {
      /// In the statement with this index.
      case statement(Int)
      /// In the annotation with this index: `-- data_test sql …`.
      case annotation(Int)
    }

    /// Where the query stands.
    public let place: Place

    /// The query's index there.
    public let part: Int
  }

  /// Which query of the script it is.
  public let id: ID

  /// The query: one SELECT statement, by itself.
  public let sql: String
}

/// What DuckDB answered to a `NameRequest`.
public enum ExtractedNames: Sendable, Hashable {
  /// The tables that the query names, as qualified text with quotes where needed: `dl.sales."my orders"`.
  /// Names of common table expressions are not among them.
  case names([String])

  /// DuckDB could not say, with its message. The tokens decide then.
  case unavailable(String)
}

/// What has to be asked of DuckDB before a script's assets can be resolved.
///
/// Lineage does no I/O: the caller asks DuckDB for `json_serialize_sql` of each request and hands the answers to
/// `ScriptAssets.resolve`. Without any answer the token walk does it all.
public enum LineagePlan {
  /// The queries of a script that can name tables, in order.
  /// - Parameter script: A parsed script.
  public static func requests(for script: SQLScript) -> [NameRequest] {
    let statements = script.statements.enumerated().flatMap { index, statement in
      requests(for: statement.sql, at: .statement(index))
    }
    let tests = script.annotations.enumerated().flatMap { index, annotation in
      annotation.testStatements.flatMap { requests(for: $0, at: .annotation(index)) }
    }
    return statements + tests
  }

  private static func requests(for statement: SQLStatement, at place: NameRequest.ID.Place) -> [NameRequest] {
    StatementHead.read(statement).selectParts.enumerated().compactMap { part, select in
      guard select.mayNameTables else { return nil }
      return NameRequest(id: NameRequest.ID(place: place, part: part), sql: select.text)
    }
  }
}

extension ScriptAnnotation {
  /// The query of a `data_test` that is written in SQL; its lines are its own.
  var testStatements: [SQLStatement] {
    guard case .dataTest(let test) = kind, case .sql(let text) = test.check else { return [] }
    return Array(((try? SQLStatements.split(text)) ?? []).prefix(1))
  }
}
