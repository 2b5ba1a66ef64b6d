import DuckDB
import SQLText

/// Rows that are appended together, all or none, as JSON objects.
struct AppendBatch: Sendable {
  /// Rows that name the same columns.
  struct Part: Sendable, Hashable {
    /// The columns as the rows name them, sorted.
    let columns: [String]
    /// The rows' JSON texts.
    var rows: [String]
  }

  let schema: String
  let table: String
  let parts: [Part]
  let key: String?
  let rowCount: Int
  let byteCount: Int

  /// - Parameter rows: one JSON object each, with the line that it stands in.
  /// - Throws: ``LakeError`` with code `query` that names the line which is no JSON object.
  init(table: String, schema: String, key: String?, rows: some Sequence<(line: Int, text: String)>)
    throws(LakeError)
  {
    self.table = table
    self.schema = schema
    self.key = key
    var parts: [Part] = []
    var places: [[String]: Int] = [:]
    var count = 0
    var bytes = 0
    for (line, text) in rows {
      guard let names = JSONCheck.memberNames(of: text) else {
        throw LakeError(
          .query, "row \(line) is no JSON object: \(text.prefix(60))",
          hint: #"Give one object a line, such as {"id": 1, "name": "Ada"}."#)
      }
      let columns = Array(Set(names)).sorted()
      guard !columns.isEmpty else { throw LakeError(.query, "row \(line) names no column") }
      if let place = places[columns] {
        parts[place].rows.append(text)
      } else {
        places[columns] = parts.count
        parts.append(Part(columns: columns, rows: [text]))
      }
      count += 1
      bytes += text.utf8.count
    }
    self.parts = parts
    rowCount = count
    byteCount = bytes
  }
}

/// One INSERT that appends rows of one or many batches.
struct AppendStatement: Sendable, Hashable {
  let text: String
  /// What it reads, a JSON array: the statement's only parameter.
  let rows: String

  /// The statements that write batches, one for each table and list of columns.
  ///
  /// - Parameter columns: the present columns of a table, and their types.
  /// - Throws: ``LakeError`` for a column that the table does not have; what `columns` throws.
  static func writing(
    _ batches: [AppendBatch], into lake: String,
    columns: (_ schema: String, _ table: String) async throws -> [TableColumn]
  ) async throws -> [AppendStatement] {
    struct Place: Hashable {
      let schema: String
      let table: String
      let columns: [String]
    }
    var order: [Place] = []
    var rows: [Place: [String]] = [:]
    for batch in batches {
      for part in batch.parts {
        let place = Place(schema: batch.schema, table: batch.table, columns: part.columns)
        if rows[place] == nil { order.append(place) }
        rows[place, default: []] += part.rows
      }
    }
    var statements: [AppendStatement] = []
    for place in order {
      let known = try await columns(place.schema, place.table)
      let target = [lake, place.schema, place.table].map(SQLIdentifier.quote).joined(separator: ".")
      let fields = try place.columns.map { try AppendField($0, among: known, table: place.table) }
      let text = """
        INSERT INTO \(target) (\(fields.map(\.target).joined(separator: ", "))) \
        SELECT \(fields.map(\.expression).joined(separator: ", ")) \
        FROM (SELECT unnest(from_json_strict($1, \(SQLLiteral.string(structure(fields))))) AS r)
        """
      statements.append(
        AppendStatement(text: text, rows: "[" + (rows[place] ?? []).joined(separator: ",") + "]"))
    }
    return statements
  }

  private static func structure(_ fields: [AppendField]) -> String {
    let pairs = fields.map { "\(CommitNote.jsonString($0.key)):\(CommitNote.jsonString($0.readAs))" }
    return "[{" + pairs.joined(separator: ",") + "}]"
  }
}

/// One field of the rows, and the column that it goes to.
struct AppendField: Sendable, Hashable {
  /// The field's name in the rows.
  let key: String
  /// The column, quoted.
  let target: String
  /// The type that it is read as.
  let readAs: String
  /// What makes the column's value of it.
  let expression: String

  init(_ key: String, among columns: [TableColumn], table: String) throws(LakeError) {
    guard let column = columns.first(where: { $0.name.lowercased() == key.lowercased() }) else {
      let near = NearestName.suggestion(for: key, among: columns.map(\.name))
      throw LakeError(
        .query, "table '\(table)' has no column '\(key)'",
        hint: near.map { "Did you mean '\($0)'?" }
          ?? "It has: \(columns.map(\.name).joined(separator: ", ")).")
    }
    self.key = key
    target = SQLIdentifier.quote(column.name)
    let field = "r." + SQLIdentifier.quote(key)
    // A nested value is read as JSON first: read as its type, an absent field in it would be an error only at times.
    let isNested =
      column.type.hasSuffix("]")
      || ["STRUCT", "MAP", "UNION", "VARIANT"].contains(where: column.type.hasPrefix)
    readAs = isNested ? "JSON" : column.type
    expression = isNested ? "CAST(\(field) AS \(column.type))" : field
  }
}
