import SQLText

/// Merges that leave rows as they are which the load does not change.
extension MergeStatements {
  private static let changed = "temp.main.tarn_changed"

  /// Of rows with the load's keys only those that differ go and come; elements of lists are compared one by one.
  var changes: [(table: String, sql: String)] {
    let keys = Self.list(primaryKey)
    guard root.isPresent else { return insertNew }
    let same = primaryKey.map { "d.\(SQLIdentifier.quote($0)) = s.\(SQLIdentifier.quote($0))" }
    let deleted = isKept.map { " OR NOT (\(Self.qualified($0, root.schema)))" } ?? ""
    var statements = [
      (
        root.schema.name,
        """
        CREATE OR REPLACE TEMP TABLE \(Self.bare(Self.changed)) AS SELECT d.\(SystemColumns.id) FROM \(root.name) AS d \
        JOIN \(newRows(0)) AS s ON \(same.joined(separator: " AND ")) WHERE \(difference(root))\(deleted)
        """
      ),
      (
        root.schema.name,
        "DELETE FROM \(root.name) WHERE \(Self.row(primaryKey)) IN (SELECT \(keys) FROM \(newRows(0))) AND \(SystemColumns.id) IN (SELECT \(SystemColumns.id) FROM \(Self.changed))"
      ),
    ]
    for (index, child) in children.enumerated()
    where child.isPresent && child.schema.column(SystemColumns.rootID) != nil {
      let own =
        child.rows == nil
        ? "true"
        : """
        \(SystemColumns.id) NOT IN (SELECT d.\(SystemColumns.id) FROM \(child.name) AS d JOIN \(newRows(index + 1)) AS s \
        ON d.\(SystemColumns.id) = s.\(SystemColumns.id) WHERE NOT (\(difference(child))) AND s.\(SystemColumns.rootID) IN (\(keptRoots)))
        """
      statements.append(
        (
          child.schema.name,
          "DELETE FROM \(child.name) WHERE \(SystemColumns.rootID) IN (SELECT \(SystemColumns.id) FROM \(newRows(0))) AND \(own)"
        ))
    }
    return statements + insertNew
  }

  private var keptRoots: String {
    "SELECT \(SystemColumns.id) FROM \(newRows(0))\(isKept.map { " WHERE \($0)" } ?? "")"
  }

  /// Adds what is not there.
  private var insertNew: [(table: String, sql: String)] {
    let key = Self.row(primaryKey)
    var condition = isKept ?? "true"
    if root.isPresent { condition += " AND \(key) NOT IN (SELECT \(key) FROM \(root.name))" }
    var statements = [insert(root, from: newRows(0), where: condition)]
    for (index, child) in children.enumerated() where child.rows != nil {
      var condition = "\(SystemColumns.rootID) IN (\(keptRoots))"
      if child.isPresent {
        condition += " AND \(SystemColumns.id) NOT IN (SELECT \(SystemColumns.id) FROM \(child.name))"
      }
      statements.append(insert(child, from: newRows(index + 1), where: condition))
    }
    return statements
  }

  /// Adds the elements of rows that have been written just now: their ids are nobody else's.
  var childrenOfWritten: [(table: String, sql: String)] {
    children.enumerated().compactMap { index, child in
      guard child.rows != nil, let parent = child.schema.parent else { return nil }
      let name = parent == root.schema.name ? root.name : children.first { $0.schema.name == parent }?.name
      guard let name else { return nil }
      return insert(
        child, from: newRows(index + 1),
        where: "\(SystemColumns.parentID) IN (SELECT \(SystemColumns.id) FROM \(name))")
    }
  }

  /// Holds where a row `s` of the load differs from the table's row `d`, as dlt compares them.
  private func difference(_ target: Target) -> String {
    let version = strategy.rowVersion.map(SnakeCase.key)
    let own = [SystemColumns.loadID, SystemColumns.id, SystemColumns.parentID, SystemColumns.rootID]
    let compared = target.columns.map(\.name).filter { name in
      if target.schema.name == root.schema.name, let version { return name == version }
      let column = target.schema.column(name)
      return !own.contains(name) && column?.has("primary_key") != true && column?.has("hard_delete") != true
    }
    guard !compared.isEmpty else { return "false" }
    return "("
      + compared.map(SQLIdentifier.quote).map { "s.\($0) IS DISTINCT FROM d.\($0)" }.joined(separator: " OR ")
      + ")"
  }

  /// A condition on the column for deletions, of a row `s`.
  private static func qualified(_ condition: String, _ schema: TableSchema) -> String {
    schema.columns.contains { $0.has("hard_delete") } ? "s.\(condition)" : condition
  }
}
