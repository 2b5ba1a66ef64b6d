import Foundation
import SQLText

extension ExtractedNames {
  /// The tables that a query names, out of DuckDB's own syntax tree of it.
  ///
  /// The tree is what `json_serialize_sql(query)` answers: nothing is bound or opened for it, so the tables need not
  /// exist and script arguments need no value. `duckdb_get_table_names` is no substitute: it binds, and so fails on
  /// arguments, `AT (VERSION …)`, unknown functions and files that are not there yet.
  ///
  /// - Parameter tree: The answer, a JSON text.
  public init(serialized tree: String) {
    guard let root = try? JSONSerialization.jsonObject(with: Data(tree.utf8)) as? [String: Any] else {
      self = .unavailable("DuckDB's answer is no JSON")
      return
    }
    if root["error"] as? Bool == true {
      self = .unavailable(root["error_message"] as? String ?? "DuckDB cannot parse the query as a SELECT")
      return
    }
    var walk = TableReferences()
    walk.visit(root, hidden: [])
    self = .names(walk.names)
  }
}

/// Collects the tables that a syntax tree refers to, without the names of common table expressions where these hide
/// tables: in the query that WITH belongs to, and in the expressions that follow their own.
private struct TableReferences {
  private(set) var names: [String] = []

  mutating func visit(_ node: Any, hidden: Set<String>) {
    switch node {
    case let list as [Any]:
      for child in list { visit(child, hidden: hidden) }
    case let object as [String: Any]:
      var hidden = hidden
      if let map = (object["cte_map"] as? [String: Any])?["map"] as? [[String: Any]] {
        for entry in map { visitExpression(entry, hidden: &hidden) }
      }
      if object["type"] as? String == "BASE_TABLE" { add(object, hidden: hidden) }
      for (key, child) in object where key != "cte_map" { visit(child, hidden: hidden) }
    default: break
    }
  }

  private mutating func visitExpression(_ entry: [String: Any], hidden: inout Set<String>) {
    let name = (entry["key"] as? String ?? "").lowercased()
    let value = entry["value"] as? [String: Any] ?? [:]
    let node = (value["query"] as? [String: Any])?["node"] as? [String: Any]
    let isRecursive = node?["type"] as? String == "RECURSIVE_CTE_NODE"
    visit(value, hidden: isRecursive ? hidden.union([name]) : hidden)
    hidden.insert(name)
  }

  private mutating func add(_ table: [String: Any], hidden: Set<String>) {
    func part(_ key: String) -> String { table[key] as? String ?? "" }
    let (catalog, schema, name) = (part("catalog_name"), part("schema_name"), part("table_name"))
    // `recurring` is the schema of a recursive expression's rows so far (USING KEY).
    if catalog.isEmpty, schema.isEmpty || schema == "recurring", hidden.contains(name.lowercased()) { return }
    let qualified = [catalog, schema, name].filter { !$0.isEmpty }.map(SQLIdentifier.quote).joined(
      separator: ".")
    if !names.contains(qualified) { names.append(qualified) }
  }
}
