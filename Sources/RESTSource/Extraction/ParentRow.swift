/// What a child's requests and rows take from one row of the parent.
struct ParentRow: Sendable {
  var placeholders: [String: JSONValue] = [:]
  var fields: [RowText.Field] = []

  init() {}

  /// - Returns: nil when a field that the request needs is `null`: there is nothing to ask for.
  /// - Throws: ``RESTSourceError`` when a field is not there at all.
  init?(_ row: JSONNode, of parent: String, for child: RESTResource) throws(RESTSourceError) {
    for name in child.endpoint.placeholderNames {
      guard let source = child.endpoint.resolvedParameters[name] ?? RESTParentField(placeholder: name) else {
        continue
      }
      guard let node = source.field.firstValue(in: row) else {
        throw Self.missing("\(source.field)", row, parent)
      }
      guard node.kind != .null else { return nil }
      placeholders[name] = JSONValue(node)
    }
    for name in child.includeFromParent {
      guard let node = row.member(name) else { throw Self.missing(name, row, parent) }
      fields.append(RowText.Field(name: "_\(parent)_\(name)", value: Array(node.raw)))
    }
  }

  private static func missing(_ field: String, _ row: JSONNode, _ parent: String) -> RESTSourceError {
    let names = row.members.prefix(20).map(\.key.text).joined(separator: ", ")
    return RESTSourceError(
      .answer, "a row of '\(parent)' has no field '\(field)'",
      hint: names.isEmpty ? "It is no object" : "It has: \(names)")
  }
}
