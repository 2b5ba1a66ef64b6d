public import Loader

/// The text of a declared load that people go on from.
public struct LoadFileText: Sendable {
  /// The document in the words of a declared load, without what was found in the source.
  public let document: JSONObject
  /// The tables as the source has them: the source's names, and what was found.
  public let tables: [(name: String, schema: TableSchema)]

  public init(document: JSONObject, tables: [(name: String, schema: TableSchema)]) {
    self.document = document
    self.tables = tables
  }

  /// - Parameter file: the name that it will have.
  public func text(file: String) -> String {
    var lines = [
      "# A declared load. Run it with: tarn load -f \(file)",
      "# Every key is told in docs/reference/load-file.md", "",
    ]
    for key in ["source", "into", "table"] { lines += entry(key) }
    lines += entry(
      "write_disposition", standard: "append", note: "or replace, or {disposition: merge, strategy: upsert}")
    for (key, example, note) in Self.suggestions { lines += suggestion(key, example, note) }
    for key in document.keys where !Self.placed.contains(key) { lines += entry(key) }
    lines.append("")
    lines.append(
      "# As found in the source. A type that stands here is kept: other values get a column of their own.")
    if tables.count == 1, document["tables"] == nil, let table = tables.first {
      lines += columns(table.schema, indent: "")
    } else {
      lines.append("tables:")
      for table in tables {
        lines.append("  \(Self.plain(.string(table.name))):")
        lines += columns(table.schema, indent: "    ")
      }
    }
    return lines.joined(separator: "\n") + "\n"
  }

  private static let suggestions = [
    ("primary_key", "id", "tells one row from another; a merge needs it"),
    ("incremental", "updated_at", "loads only rows past the last value of this field"),
    ("schema_contract", "freeze", "or evolve, discard_row, discard_value"),
  ]

  private static let placed =
    ["source", "into", "table", "tables", "write_disposition"] + suggestions.map(\.0)

  private func entry(_ key: String, standard: String? = nil, note: String? = nil) -> [String] {
    guard let text = document[key].map(Self.plain) ?? standard else { return [] }
    return ["\(key): \(text)" + (note.map { "  # \($0)" } ?? "")]
  }

  private func suggestion(_ key: String, _ example: String, _ note: String) -> [String] {
    document[key] == nil ? ["# \(key): \(example)  # \(note)"] : entry(key)
  }

  private func columns(_ table: TableSchema, indent: String) -> [String] {
    let columns = table.columns.filter { $0.dataType != nil && !$0.name.hasPrefix("_dlt_") }
    guard !columns.isEmpty else { return [indent + "columns: {}"] }
    return [indent + "columns:"]
      + columns.map { column in
        var hints = JSONObject()
        for key in ["data_type", "precision", "scale", "timezone"] { hints[key] = column.json[key] }
        if !column.isNullable { hints["nullable"] = .bool(false) }
        return "\(indent)  \(Self.plain(.string(column.name))): \(Self.plain(.object(hints)))"
      }
  }

  /// A value on one line.
  static func plain(_ value: JSONValue) -> String {
    switch value {
    case .string(let text): isPlainWord(text) ? text : value.text
    case .array(let elements):
      elements.count == 1 ? plain(elements[0]) : "[\(elements.map(plain).joined(separator: ", "))]"
    case .object(let object):
      "{" + object.members.map { "\(plain(.string($0.key))): \(plain($0.value))" }.joined(separator: ", ")
        + "}"
    default: value.text
    }
  }

  /// Whether YAML reads a text without quotes as that text.
  private static func isPlainWord(_ text: String) -> Bool {
    guard text.wholeMatch(of: #/[A-Za-z_./][A-Za-z0-9_./*-]*/#) != nil else { return false }
    return !["true", "false", "null", "yes", "no", "on", "off", "y", "n"].contains(text.lowercased())
  }
}
