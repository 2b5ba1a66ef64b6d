import SQLText

/// What SQL reads the root's rows from, and what the columns of it are.
struct RowRelation: Sendable, Hashable {
  /// What stands behind FROM; its rows are called `r`.
  let sql: String
  /// A row as text of JSON, as an expression on it.
  let document: String

  /// What rows are called.
  static let alias = "r"

  /// Whether rows can only be read as JSON values.
  ///
  /// - Parameter hashesRows: whether ids are made of whole rows.
  static func needsJSON(_ shape: Shape, hashesRows: Bool) -> Bool {
    hashesRows || shape.isMixed || !shape.kinds.isSubset(of: [.object, .null])
      || shape.members.allSatisfy { $0.kinds.subtracting([.null, .emptyObject, .emptyList]).isEmpty }
  }

  /// Rows as typed columns.
  ///
  /// - Parameter types: what is read at the places of leaves.
  init(typed source: SourceText, shape: Shape, types: [ShapePath: String]) {
    document = "CAST(to_json(\(Self.alias)) AS VARCHAR)"
    guard source.isJSON else {
      sql = "\(source.relation([])) AS \(Self.alias)"
      return
    }
    let columns = shape.members.compactMap { member in
      Self.readType(member, ShapePath().member(member.key), types).map { (name: member.key, type: $0) }
    }
    sql = "\(source.relation(columns)) AS \(Self.alias)"
  }

  /// Rows as one column `json`.
  init(json source: SourceText) {
    sql = "\(source.objects) AS \(Self.alias)"
    document = "CAST(\(Self.alias).json AS VARCHAR)"
  }

  private static func readType(_ shape: Shape, _ path: ShapePath, _ types: [ShapePath: String]) -> String? {
    if shape.isMixed { return "JSON" }
    if let type = types[path] { return type }
    if shape.kinds.contains(.object) {
      let fields = shape.members.compactMap { member in
        readType(member, path.member(member.key), types).map { "\(SQLIdentifier.quote(member.key)) \($0)" }
      }
      return fields.isEmpty ? nil : "STRUCT(\(fields.joined(separator: ", ")))"
    }
    if shape.kinds.contains(.list), let element = shape.element {
      return (readType(element, path.element, types) ?? "JSON") + "[]"
    }
    return nil
  }
}
