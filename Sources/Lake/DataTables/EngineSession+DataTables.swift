import DuckDB
import Foundation
import LakeSettings
import SQLText

// Data tables are attached with the engine; a session gives them names of its own, as it does with lakes.
extension EngineSession {
  /// Gives a data table a name of this session's own.
  ///
  /// - Parameters:
  ///   - role: the role that the session works as; nil for the data table's own user.
  ///   - schema: what names without a schema mean; nil for `public`.
  ///   - readOnly: whether the session may not change it.
  /// - Throws: ``LakeError`` when the engine has no such data table, or its server cannot be reached; `CancellationError`.
  public func attach(
    dataTable name: String, role: String?, schema: String?, readOnly: Bool, as alias: String
  ) async throws {
    guard let slots = engine.dataTables,
      let database = slots.access.databases.first(where: { $0.name == name && $0.role == role })
    else {
      throw LakeError(
        .notFound, "data table '\(name)' is not known here",
        hint: "Data tables are a server's: run the script as a job of it.")
    }
    let slot: Int
    if let dataTableSlot { slot = dataTableSlot } else { slot = try await slots.take() }
    dataTableSlot = slot
    let catalog = slots.catalog(of: database, in: slot)
    let inexact = try await inOrderTold {
      let connection = try await connection()
      return try await DataTableWork(slots: slots, slot: slot, connection: connection, tables: []).stoppable {
        try await Self.look(at: catalog, connection)
      }
    }
    aliases.attach(
      SessionDataTable(
        name: name, catalog: catalog, schema: schema ?? "public", isReadOnly: readOnly, inexact: inexact),
      as: alias)
  }

  /// Forgets what is known of the tables, which others may have changed, and asks which columns DuckDB takes for floating-point
  /// numbers although they are not.
  private static func look(at catalog: String, _ connection: Connection) async throws -> [String: Set<String>]
  {
    try await connection.command("CALL pg_clear_cache()")
    let question = """
      SELECT c.relname, a.attname FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
      JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_type t ON t.oid = a.atttypid
      WHERE c.relkind IN ('r', 'v', 'm', 'f', 'p') AND a.attnum > 0 AND NOT a.attisdropped
        AND n.nspname NOT IN ('pg_catalog', 'information_schema')
        AND (a.atttypid IN (1700, 1231) AND (a.atttypmod = -1 OR ((a.atttypmod - 4) >> 16) > 38)
          OR t.typtype = 'c' AND EXISTS (SELECT FROM pg_attribute f WHERE f.attrelid = t.typrelid
            AND f.atttypid IN (1700, 1231) AND (f.atttypmod = -1 OR ((f.atttypmod - 4) >> 16) > 38)))
      """
    let text = "FROM postgres_query(\(SQLLiteral.string(catalog)), \(SQLLiteral.string(question)))"
    var inexact: [String: Set<String>] = [:]
    for row in try await connection.query(text, parameters: .none).rows {
      guard let table = row[0].text, let column = row[1].text else { continue }
      inexact[table.lowercased(), default: []].insert(column.lowercased())
    }
    return inexact
  }

  /// Makes a data table, and a schema of it, the place of names without qualification.
  func use(dataTable table: SessionDataTable, schema: String?) async throws {
    let schema = schema ?? table.schema
    let path = SQLIdentifier.quote(table.catalog) + "." + SQLIdentifier.quote(schema)
    try await inOrderTold { try await connection().command("USE " + path) }
    currentLake = nil
    currentDataTable = table
  }

  /// What a statement needs while it runs; nil when it has nothing to do with data tables.
  func dataTableWork(of statement: CheckedStatement, _ connection: Connection) -> DataTableWork? {
    guard let slots = engine.dataTables, let dataTableSlot else { return nil }
    var tables = statement.dataTables
    if let currentDataTable { tables.insert(currentDataTable) }
    guard !tables.isEmpty || statement.looksAround else { return nil }
    return DataTableWork(slots: slots, slot: dataTableSlot, connection: connection, tables: Array(tables))
  }

  /// Refuses what cannot be done with data tables.
  ///
  /// - Throws: ``LakeError`` with code `refused`.
  func checkDataTables(_ statement: CheckedStatement, _ tokens: [SQLToken]) throws {
    guard !statement.dataTables.isEmpty || currentDataTable != nil else { return }
    if statement.changesDefinitions, tokens[0].isWord("create") || tokens[0].isWord("alter") {
      throw LakeError(
        .refused, "views and macros are not made with data tables at hand",
        hint:
          "Make views of a data table in a script in postgresql; for those of a lake, USE the lake and name no data table."
      )
    }
    let changed = changedDataTable(by: statement)
    if statement.effect == .write, let changed, changed.isReadOnly {
      throw LakeError(
        .refused, "data table '\(changed.name)' was attached READ_ONLY",
        hint: "Leave READ_ONLY out of its ATTACH.")
    }
  }

  /// The data table that a statement changes.
  func changedDataTable(by statement: CheckedStatement) -> SessionDataTable? {
    if let table = statement.changedDataTable { return table }
    guard statement.changedLake == nil else { return nil }
    return currentDataTable
  }

  /// Gives the place back; the session is over, and its connections are closed.
  func leaveDataTables() async {
    guard let slot = dataTableSlot else { return }
    dataTableSlot = nil
    await engine.dataTables?.giveBack(slot)
  }

  // MARK: Errors

  private func inOrderTold<Result>(_ body: () async throws -> Result) async throws -> Result {
    do { return try await inOrder(body) } catch let error as DuckDBError { throw translated(error) }
  }

  /// What an error means to the caller, with this session's names in it.
  func translated(_ error: DuckDBError) -> any Error {
    if let told = told(error) { return told }
    let other = engine.translate(error)
    return (other as? LakeError).map(named) ?? other
  }

  /// What PostgreSQL says of a data table; nil for other errors.
  private func told(_ error: DuckDBError) -> LakeError? {
    guard let dataTableSlot, let slots = engine.dataTables else { return nil }
    let text = error.message
    if text.contains("Unable to connect to Postgres"), text.contains(slots.client(of: dataTableSlot)) {
      return LakeError(
        .catalog, "a data table's server cannot be reached: \(LakeError.serverReason(text))",
        hint: "Run it again when the server answers.")
    }
    guard text.contains("Failed to "), !text.lowercased().contains("ducklake"),
      let start = text.range(of: "ERROR:  ", options: .backwards)
    else { return nil }
    let lines = text[start.upperBound...].split(whereSeparator: \.isNewline)
    let more = lines.dropFirst().compactMap { line in
      ["DETAIL:  ", "HINT:  "].first(where: line.hasPrefix).map { line.dropFirst($0.count) }
    }
    return LakeError(
      .query, ([lines.first ?? ""] + more).joined(separator: "; "), hint: "PostgreSQL says so.")
  }

  /// The same with the session's names in place of the engine's.
  private func named(_ error: LakeError) -> LakeError {
    var (message, hint) = (error.message, error.hint)
    for (alias, table) in aliases.dataTables {
      for name in [SQLIdentifier.quote(table.catalog), table.catalog] {
        message = message.replacing(name, with: alias)
        hint = hint?.replacing(name, with: alias)
      }
    }
    return LakeError(error.code, message, hint: hint, position: error.position)
  }
}
