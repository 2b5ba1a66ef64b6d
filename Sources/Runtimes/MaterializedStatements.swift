import SQLText
public import Scripts

/// The statements that put the rows of a `-- materialize` script's last query into its table.
public struct MaterializedStatements: Sendable, Hashable {
  /// What to run, in order. Each starts the query, where it stands, on a line of its own.
  public let statements: [String]

  /// - Parameters:
  ///   - materialization: the table and how its rows are kept.
  ///   - query: the script's last statement.
  public init(_ materialization: Materialization, query: String) {
    let table = materialization.target.sqlName
    let stage = SQLIdentifier.quote("tarn materialized")
    let create = "CREATE TABLE IF NOT EXISTS \(table) AS SELECT * FROM (\n\(query)\n) WHERE false"
    let insert = "INSERT INTO \(table) BY NAME\n\(query)"
    let schema = materialization.target.sqlSchema.map { ["CREATE SCHEMA IF NOT EXISTS \($0)"] } ?? []
    switch materialization.strategy {
    case .replace:
      statements = schema + ["CREATE OR REPLACE TABLE \(table) AS\n\(query)"]
    case .append:
      statements = schema + [create, insert]
    case .merge(let key):
      let columns = key.map(SQLIdentifier.quote)
      let same = columns.map { "old.\($0) IS NOT DISTINCT FROM new.\($0)" }.joined(separator: " AND ")
      statements =
        schema + [
          "CREATE OR REPLACE TEMP TABLE \(stage) AS\n\(query)",
          "CREATE TABLE IF NOT EXISTS \(table) AS SELECT * FROM \(stage) WHERE false",
          "DELETE FROM \(table) old USING \(stage) new WHERE \(same)",
          "INSERT INTO \(table) BY NAME SELECT * FROM \(stage)",
          "DROP TABLE \(stage)",
        ]
    case .history, .manual:
      statements = [query]
    }
  }

  /// Says which `-- materialize` cannot be carried out, before anything runs. That the script ends with one query is
  /// seen to by `Scripts`.
  ///
  /// - Throws: `ScriptError`.
  public static func check(_ script: SQLScript) throws(ScriptError) {
    guard let materialization = script.materialization, materialization.isManaged else { return }
    let line = script.annotations.first { if case .materialize = $0.kind { true } else { false } }?.line ?? 1
    if case .history = materialization.strategy {
      throw ScriptError(
        path: script.path, line: line, message: "materialize … history is not run yet",
        hint: "write the statements yourself under `-- materialize manual`")
    }
    if materialization.strategy != .replace, materialization.onSchemaChange != .fail {
      throw ScriptError(
        path: script.path, line: line,
        message: "materialize … on_schema_change=\(materialization.onSchemaChange.rawValue) is not run yet",
        hint: "change the table with ALTER TABLE, or replace it whole")
    }
  }
}
