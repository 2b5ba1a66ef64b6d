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
/// Lineage does no I/O: the caller runs `extractionQuery` for each request and hands the answers to
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

  /// SQL that answers a `NameRequest`: `$1` is the request's `sql`; the result has a row per named table with the
  /// columns `name` (qualified, quoted) and `error`. A row with `error` means that DuckDB cannot parse the query
  /// as a SELECT (PIVOT without IN, a syntax error).
  ///
  /// It walks DuckDB's own syntax tree, so nothing is bound or opened: the tables need not exist, script
  /// arguments need no value. `duckdb_get_table_names` is no substitute: it binds, and so fails on arguments,
  /// `JOIN … USING`, `AT (VERSION …)`, unknown functions and files that are not there yet.
  public static let extractionQuery = #"""
    WITH node AS MATERIALIZED (
      SELECT key, atom->>'$' AS text, path FROM json_tree(json_serialize_sql($1::VARCHAR))
      WHERE key IN ('type', 'table_name', 'schema_name', 'catalog_name', 'key', 'error_message')
    ), base AS (
      SELECT path FROM node WHERE key = 'type' AND text = 'BASE_TABLE'
    ), reference AS MATERIALIZED (
      SELECT path,
        max(text) FILTER (key = 'catalog_name') AS catalog,
        max(text) FILTER (key = 'schema_name') AS schema,
        max(text) FILTER (key = 'table_name') AS name
      FROM node SEMI JOIN base USING (path) GROUP BY path
    ), cte AS MATERIALIZED (
      SELECT lower(text) AS name,
        regexp_extract(path, '^(.*)\.cte_map\.map\[\d+\]$', 1) AS owner,
        regexp_extract(path, '\[(\d+)\]$', 1)::INTEGER AS position,
        EXISTS (FROM node AS body WHERE body.path = node.path || '.value.query.node'
          AND body.key = 'type' AND body.text = 'RECURSIVE_CTE_NODE') AS is_recursive
      FROM node WHERE key = 'key' AND regexp_matches(path, '\.cte_map\.map\[\d+\]$')
    ), hidden AS (
      SELECT DISTINCT reference.path FROM reference JOIN cte
        ON lower(reference.name) = cte.name
        AND reference.catalog = '' AND reference.schema IN ('', 'recurring')
        AND starts_with(reference.path, cte.owner || '.')
        AND (NOT starts_with(reference.path, cte.owner || '.cte_map.map[')
          OR regexp_extract(substr(reference.path, len(cte.owner) + 1), '^\.cte_map\.map\[(\d+)\]', 1)::INTEGER
            > cte.position - cte.is_recursive::INTEGER)
    )
    SELECT DISTINCT concat_ws('.',
        '"' || replace(nullif(catalog, ''), '"', '""') || '"',
        '"' || replace(nullif(schema, ''), '"', '""') || '"',
        '"' || replace(name, '"', '""') || '"') AS name,
      NULL::VARCHAR AS error
    FROM reference ANTI JOIN hidden USING (path)
    UNION ALL
    SELECT NULL, text FROM node WHERE key = 'error_message'
    """#
}

extension ScriptAnnotation {
  /// The query of a `data_test` that is written in SQL; its lines are its own.
  var testStatements: [SQLStatement] {
    guard case .dataTest(let test) = kind, case .sql(let text) = test.check else { return [] }
    return Array(((try? SQLStatements.split(text)) ?? []).prefix(1))
  }
}
