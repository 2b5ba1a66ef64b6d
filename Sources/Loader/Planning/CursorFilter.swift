import SQLText

/// Which rows of the root an incremental load takes, and how it finds out where the next one begins.
struct CursorFilter: Sendable, Hashable {
  /// The cursor's value in its column's type.
  let value: String
  /// The cursor's value as the source has it, as JSON.
  let sourceJSON: String
  /// What rows with the last value are recognised by, as JSON.
  let identityJSON: String
  /// The column's type.
  let type: String
  /// Where the load begins, as text of that type; nil for the beginning.
  let start: String?
  /// Where it ends; such a load remembers nothing.
  let end: String?
  /// How far before the last value it begins, as an SQL expression.
  let lag: String?
  /// What the rows with the last value of the loads before are recognised by.
  let known: [String]

  private func literal(_ text: String) -> String { "CAST(\(SQLLiteral.string(text)) AS \(type))" }

  /// Holds for the rows that are taken; rows without a cursor are, so that they are found.
  var condition: String {
    var conditions: [String] = []
    if let start { conditions.append("\(value) >= \(literal(start))\(lag.map { " - \($0)" } ?? "")") }
    if let end { conditions.append("\(value) < \(literal(end))") }
    if let start, lag == nil, end == nil, !known.isEmpty {
      let hashes = known.map(SQLLiteral.string).joined(separator: ", ")
      conditions.append(
        "NOT (\(value) = \(literal(start)) AND \(IdentityFunctions.digestCall(identityJSON)) IN (\(hashes)))")
    }
    return conditions.isEmpty ? "true" : "(\(value) IS NULL OR (\(conditions.joined(separator: " AND "))))"
  }

  /// What the temporary table of rows has besides.
  var fields: [String] {
    ["\(value) AS cursor", "\(sourceJSON) AS cursor_json", "\(identityJSON) AS identity"]
  }

  /// How many rows have no cursor.
  ///
  /// - Parameter rows: the temporary table of the root's rows.
  static func missing(in rows: String) -> String { "SELECT count(*) FROM \(rows) WHERE cursor IS NULL" }

  /// The last value as the source has it, and what its rows are recognised by; no row when none was loaded.
  ///
  /// - Parameter rows: the temporary table of the root's rows.
  static func last(in rows: String) -> String {
    """
    SELECT any_value(cursor_json), list(DISTINCT \(IdentityFunctions.digestCall("identity"))) \
    FROM \(rows) WHERE cursor = (SELECT max(cursor) FROM \(rows))
    """
  }
}

extension CursorFilter {
  /// - Parameters:
  ///   - root: the root table, resolved.
  ///   - memory: what the pipeline remembers of the cursor.
  ///   - row: an expression for the whole row as JSON; nil when rows are read as columns.
  /// - Throws: ``LoadError`` with code `data` when the source has no such field.
  init(
    _ incremental: Incremental, path: String, root: ResolvedTable, memory: JSONObject?, primaryKey: [String],
    row: String?
  ) throws(LoadError) {
    let name = SnakeCase.joined(path.split(separator: ".").map { SnakeCase.key(String($0)) })
    guard let column = root.columns.last(where: { $0.name == name }), let type = column.schema.sqlType else {
      throw LoadError(
        .data, "the cursor '\(path)' is in no row of the source",
        hint: "The source has: \(root.columns.map(\.name).joined(separator: ", ")).")
    }
    value = column.sql
    sourceJSON = column.sourceJSON
    self.type = type
    let keys = primaryKey.map { key in root.columns.last { $0.name == key }?.sourceJSON ?? "'null'" }
    identityJSON =
      keys.isEmpty
      ? row ?? column.sourceJSON
      : keys.count == 1 ? keys[0] : "'[' || \(keys.joined(separator: " || ',' || ")) || ']'"
    end = incremental.endValue
    // A backfill has a beginning and an end of its own.
    let memory = end == nil ? memory : nil
    start = memory?["last_value"]?.plainText ?? incremental.initialValue
    known = memory?["unique_hashes"]?.array?.compactMap(\.string) ?? []
    // The first load begins at its initial value, no earlier.
    lag =
      memory == nil
      ? nil
      : incremental.lag.map { amount in
        switch column.schema.dataType {
        case .timestamp: "to_seconds(\(amount))"
        case .date: "to_days(CAST(\(amount) AS INTEGER))"
        default: "\(amount)"
        }
      }
  }
}

extension JSONValue {
  /// A text or number as people write it; nil for anything else.
  var plainText: String? {
    switch self {
    case .string(let text): text
    case .number(let text): text
    case .bool(let flag): flag ? "true" : "false"
    default: nil
    }
  }
}
