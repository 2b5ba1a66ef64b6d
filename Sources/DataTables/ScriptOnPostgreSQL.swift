internal import JSON
internal import PostgreSQL
internal import SQLText
internal import Scripts

/// One run of a script on a connection.
struct ScriptOnPostgreSQL {
  let script: PostgreSQLScript
  /// By the numbers of the parameters.
  let values: [Int: ScriptValue]
  /// How many bytes the result may have.
  let limit: Int

  /// - Throws: ``DataTableError``.
  func run(on connection: PostgreSQLConnection, _ types: TypeCatalog) throws -> String {
    if let role = script.role {
      let statement = "SET ROLE \(SQLIdentifier.quote(role))"
      try telling(of: 1) { try connection.run(script: statement) }
    }
    var result = RowsJSON(script.resultCollection, limit: limit)
    for (index, statement) in script.statements.enumerated() {
      let counts = script.resultCollection.coversAllStatements || index == script.statements.count - 1
      let parameters = try statement.parameters.map { try parameter($0, on: connection, types) }
      try telling(of: statement.line) {
        try connection.stream(statement.text, parameters) { columns in
          if counts { result.begin(columns.map(\.name), types.forms(of: columns.map(\.type))) }
        } row: { row in
          if counts { try result.add(row) }
        }
      }
    }
    guard !connection.isInTransaction else {
      throw DataTableError(
        .refused, "the script begins a transaction and does not end it; it was rolled back. Add COMMIT")
    }
    return result.finished()
  }

  private func parameter(_ number: Int, on connection: PostgreSQLConnection, _ types: TypeCatalog) throws
    -> PostgreSQLText
  {
    let value = values[number] ?? .null
    guard let name = script.parameters.first(where: { $0.number == number })?.type else {
      return PostgreSQLText(text: value.text)
    }
    let type = try types.number(of: name, on: connection)
    guard name.hasSuffix("]"), case .json(let json) = value, let array = try? JSONValue(parsing: json) else {
      return PostgreSQLText(type: type, text: value.text)
    }
    return PostgreSQLText(type: type, text: ArrayText.text(of: array))
  }

  private func telling(of line: Int, _ body: () throws -> Void) throws {
    do { try body() } catch let error as PostgreSQLError {
      guard !error.isConnectionLost else {
        throw DataTableError(.unreachable, "the connection to the data table was lost: \(error.message)")
      }
      var text = error.message
      for more in [error.detail, error.hint] { if let more { text += "; \(more)" } }
      if let state = error.state { text += " (SQLSTATE \(state), statement at line \(line))" }
      throw DataTableError(.statement, text)
    }
  }
}
