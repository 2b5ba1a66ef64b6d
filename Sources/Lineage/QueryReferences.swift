import Foundation
import SQLText

/// All that a query refers to by name: tables, functions, listings of what there is.
///
/// Taken from DuckDB's own syntax tree (`json_serialize_sql`), whole: what is nested in subqueries, common table expressions,
/// lateral joins and DESCRIBE is among it. A tree of a shape that is not known here is an error, so that those who decide by
/// it miss nothing.
package struct QueryReferences: Sendable {
  /// A table, view or file in the place of a table.
  package struct Table: Sendable, Hashable {
    /// `[catalog, schema, name]`, without the empty ones.
    package let parts: [String]
    /// Whether an earlier version is asked for.
    package let isAtVersion: Bool
  }

  /// A value given to a function.
  package enum Argument: Sendable, Hashable {
    case text(String)
    case texts([String])
    case parameter(String)
    case other
  }

  /// A function that is called, as a table or in an expression; operators are among them.
  package struct Function: Sendable, Hashable {
    /// `[catalog, schema, name]`, without the empty ones.
    package let parts: [String]
    package let isTable: Bool
    /// Those given by place.
    package let arguments: [Argument]
    /// Those given by name.
    package let named: [String: Argument]

    /// The name alone, in lower case.
    package var name: String { SQLIdentifier.folded(parts.last ?? "") }
  }

  package private(set) var tables: [Table] = []
  package private(set) var functions: [Function] = []
  /// Whether it lists what there is: SHOW TABLES, DESCRIBE without a name.
  package private(set) var listsTables = false

  /// A query that cannot be followed, with the reason.
  package struct Unreadable: Error, Sendable {
    package let reason: String
  }

  /// - Parameter tree: what `json_serialize_sql(query)` answers.
  /// - Throws: ``Unreadable``.
  package init(serialized tree: String) throws {
    guard let root = try? JSONSerialization.jsonObject(with: Data(tree.utf8)) as? [String: Any] else {
      throw Unreadable(reason: "it is nested too deep")
    }
    guard root["error"] as? Bool == false, let statements = root["statements"] as? [Any] else {
      throw Unreadable(reason: root["error_message"] as? String ?? "DuckDB cannot parse it as a query")
    }
    try visit(statements, under: "", hidden: [])
  }

  private static let tableTypes: Set<String> = [
    "BASE_TABLE", "SUBQUERY", "JOIN", "TABLE_FUNCTION", "EXPRESSION_LIST", "EMPTY", "EMPTY_FROM", "PIVOT",
    "SHOW_REF",
  ]
  private static let tablePlaces: Set<String> = ["from_table", "source"]

  private mutating func visit(_ node: Any, under key: String, hidden: Set<String>) throws {
    switch node {
    case let list as [Any]: for child in list { try visit(child, under: key, hidden: hidden) }
    case let object as [String: Any]: try visit(object, under: key, hidden: hidden)
    default: break
    }
  }

  private mutating func visit(_ object: [String: Any], under key: String, hidden: Set<String>) throws {
    let type = object["type"] as? String
    let isExpression = object["class"] is String
    if !isExpression, let type, Self.tablePlaces.contains(key), !Self.tableTypes.contains(type) {
      throw Unreadable(reason: "\(type) is not known here")
    }
    var hidden = hidden
    if let map = (object["cte_map"] as? [String: Any])?["map"] as? [[String: Any]] {
      for entry in map { try visitCommonTable(entry, hidden: &hidden) }
    }
    if !isExpression, type == "BASE_TABLE" { addTable(object, hidden: hidden) }
    if !isExpression, type == "SHOW_REF",
      !((object["table_name"] as? String ?? "").isEmpty) || object["query"] == nil
    {
      listsTables = true
    }
    if isExpression, object["class"] as? String == "FUNCTION" {
      addFunction(object, isTable: key == "function")
    }
    for (name, child) in object where name != "cte_map" { try visit(child, under: name, hidden: hidden) }
  }

  private mutating func visitCommonTable(_ entry: [String: Any], hidden: inout Set<String>) throws {
    let name = SQLIdentifier.folded(entry["key"] as? String ?? "")
    let value = entry["value"] as? [String: Any] ?? [:]
    let node = (value["query"] as? [String: Any])?["node"] as? [String: Any]
    let isRecursive = node?["type"] as? String == "RECURSIVE_CTE_NODE"
    try visit(value, under: "", hidden: isRecursive ? hidden.union([name]) : hidden)
    hidden.insert(name)
  }

  private mutating func addTable(_ table: [String: Any], hidden: Set<String>) {
    let parts = Self.parts(of: table, name: "table_name")
    // Only a name without a place can be that of a common table expression. (`recurring.x`, the rows so far of one with USING KEY, may
    // be a table of a schema of that name.)
    if parts.count == 1, hidden.contains(SQLIdentifier.folded(parts.last ?? "")) { return }
    tables.append(Table(parts: parts, isAtVersion: table["at_clause"] is [String: Any]))
  }

  private mutating func addFunction(_ function: [String: Any], isTable: Bool) {
    var arguments: [Argument] = []
    var named: [String: Argument] = [:]
    for child in function["children"] as? [[String: Any]] ?? [] {
      // `name => value` and `name = value` among a table function's arguments.
      if isTable, child["class"] as? String == "COMPARISON", child["type"] as? String == "COMPARE_EQUAL",
        let left = child["left"] as? [String: Any], let names = left["column_names"] as? [String],
        names.count == 1
      {
        named[SQLIdentifier.folded(names[0])] = Self.argument(child["right"])
      } else if let alias = child["alias"] as? String, !alias.isEmpty, isTable {
        named[SQLIdentifier.folded(alias)] = Self.argument(child)
      } else {
        arguments.append(Self.argument(child))
      }
    }
    functions.append(
      Function(
        parts: Self.parts(of: function, catalog: "catalog", schema: "schema", name: "function_name"),
        isTable: isTable,
        arguments: arguments, named: named))
  }

  private static func parts(
    of object: [String: Any], catalog: String = "catalog_name", schema: String = "schema_name", name: String
  ) -> [String] {
    [catalog, schema, name].compactMap { object[$0] as? String }.filter { !$0.isEmpty }
  }

  private static func argument(_ node: Any?) -> Argument {
    guard let node = node as? [String: Any] else { return .other }
    switch node["class"] as? String {
    case "CONSTANT":
      let value = node["value"] as? [String: Any]
      return (value?["value"] as? String).map(Argument.text) ?? .other
    case "PARAMETER": return (node["identifier"] as? String).map(Argument.parameter) ?? .other
    case "FUNCTION" where node["function_name"] as? String == "list_value",
      "OPERATOR" where node["type"] as? String == "ARRAY_CONSTRUCTOR":
      var texts: [String] = []
      for child in node["children"] as? [Any] ?? [] {
        guard case .text(let text) = argument(child) else { return .other }
        texts.append(text)
      }
      return .texts(texts)
    default: return .other
    }
  }
}
