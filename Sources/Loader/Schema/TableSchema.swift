/// One table of a schema: its columns in order, and what else stands with it.
public struct TableSchema: Sendable, Hashable {
  /// What stands in the stored schema besides the columns.
  public var json: JSONObject
  /// The columns in the lake's order.
  public var columns: [ColumnSchema]

  /// Reads a table from a stored schema.
  init(name: String, stored: JSONObject) {
    var rest = stored
    rest["columns"] = nil
    rest["name"] = .string(name)
    json = rest
    columns = (stored["columns"]?.object?.members ?? []).compactMap { member in
      member.value.object.map {
        var column = $0
        column["name"] = .string(member.key)
        return ColumnSchema(json: column)
      }
    }
  }

  /// A new table.
  ///
  /// - Parameters:
  ///   - name: its name in the lake.
  ///   - parent: the table whose rows its rows belong to; nil for a root.
  public init(_ name: String, parent: String? = nil, columns: [ColumnSchema] = []) {
    json = JSONObject()
    json["name"] = .string(name)
    if let parent {
      json["parent"] = .string(parent)
    } else {
      json["write_disposition"] = .string("append")
      json["resource"] = .string(name)
    }
    self.columns = columns
  }

  /// The name in the lake.
  public var name: String { json["name"]?.string ?? "" }

  /// The table that this one's rows belong to; nil for a root.
  public var parent: String? { json["parent"]?.string }

  /// Whether rows have ever been loaded: as long as none have, a contract takes the table for new.
  public var hasSeenData: Bool {
    get { json["x-normalizer"]?.object?["seen-data"]?.bool ?? false }
    set {
      var hints = json["x-normalizer"]?.object ?? JSONObject()
      hints["seen-data"] = newValue ? .bool(true) : nil
      json["x-normalizer"] = hints.members.isEmpty ? nil : .object(hints)
    }
  }

  /// A column by its name.
  public func column(_ name: String) -> ColumnSchema? { columns.first { $0.name == name } }

  /// The names of the columns with a hint.
  public func columns(with hint: String) -> [String] { columns.filter { $0.has(hint) }.map(\.name) }

  /// Adds a column at the end, or what is said of a present one.
  public mutating func merge(_ column: ColumnSchema) {
    guard let index = columns.firstIndex(where: { $0.name == column.name }) else {
      columns.append(column)
      return
    }
    for member in column.json.members { columns[index].json[member.key] = member.value }
  }

  /// The table as it stands in the stored schema.
  var stored: JSONValue {
    var table = json
    table["columns"] = .object(
      JSONObject(columns.map { .init(key: $0.name, value: .object($0.json)) }))
    return .object(table)
  }
}
