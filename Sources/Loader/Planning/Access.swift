import SQLText

/// How SQL comes to a value of the source: through typed columns and structs, or through JSON.
struct Access: Sendable, Hashable {
  /// An expression on the row that the value belongs to.
  var sql: String
  /// Whether the expression gives JSON, and so does all below it.
  var isJSON: Bool

  /// A member of an object.
  func member(_ key: String, isJSON memberIsJSON: Bool) -> Access {
    guard isJSON else {
      return Access(sql: "\(sql).\(SQLIdentifier.quote(key))", isJSON: memberIsJSON)
    }
    let pointer =
      "/" + key.replacing("~", with: "~0").replacing("/", with: "~1")
    return Access(sql: "json_extract(\(sql), \(SQLLiteral.string(pointer)))", isJSON: true)
  }

  /// The list here, each element of which is JSON when this is.
  var list: String {
    isJSON ? "CASE WHEN json_type(\(sql)) = 'ARRAY' THEN json_extract(\(sql), '$[*]') END" : sql
  }
}

extension Shape {
  /// Whether values of different kinds stand here, so that SQL can only read it as JSON. Scalars of different types are
  /// another matter: they have no members.
  var isMixed: Bool {
    // Empty ones count: what is read as a number cannot be an empty list.
    let classes: [ValueKinds] = [.objects, .lists, .scalars]
    if classes.count(where: { !kinds.isDisjoint(with: $0) }) > 1 { return true }
    guard kinds.contains(.object) else { return false }
    // DuckDB's structs do not tell capital letters from small ones, and have no members without a name.
    let names = members.map { SQLIdentifier.folded($0.key) }
    return Set(names).count < names.count || names.contains("")
  }
}
