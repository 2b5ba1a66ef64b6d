public import Loader
import Yams

/// A stored schema as people read it.
public enum LoadSchemaText {
  /// - Throws: `LoadError` when the schema is not what a loader stores.
  public static func yaml(_ schema: StoredSchema) throws -> String {
    try Yams.serialize(node: node(try JSONValue(parsing: schema.text)))
  }

  private static func node(_ value: JSONValue) -> Node {
    switch value {
    case .null: Node("null", Tag(.null))
    case .bool(let flag): Node(flag ? "true" : "false", Tag(.bool))
    case .number(let text): Node(text, Tag(text.contains { ".eE".contains($0) } ? .float : .int))
    case .string(let text): Node(text, Tag(.str))
    case .array(let elements): Node(elements.map(node), Tag(.seq))
    case .object(let object):
      Node(object.members.map { (Node($0.key, Tag(.str)), node($0.value)) }, Tag(.map))
    }
  }
}
