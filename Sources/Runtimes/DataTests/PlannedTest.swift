import SQLText
public import Scripts

/// A data test as a query whose rows are violations.
public struct PlannedTest: Sendable, Hashable {
  /// What is tested, in a few words: `orders: unique(id)`.
  public let name: String
  /// The query; its rows break the rule.
  public let query: String
  /// Where the annotation stands, from 1.
  public let line: Int
  /// The tables that the query reads; nil for a test by SQL, whose text tells.
  public let tables: [Asset]?

  /// Plans a test.
  ///
  /// - Parameters:
  ///   - test: the annotation.
  ///   - written: the tables that the script writes; a test without a table of its own tests the only one of them.
  ///   - path: the script's file, for errors.
  /// - Throws: `ScriptError` where the test's table is not clear, or the kind of test is not known here.
  public init(_ test: DataTest, written: [Asset], path: String) throws(ScriptError) {
    line = test.line
    if case .sql(let query) = test.check {
      tables = nil
      name = test.label
      self.query = query
      return
    }
    let table = try Self.table(of: test, written: written, path: path)
    let target = table.sqlName
    var tables = [table]
    name = "\(table.tablePath): \(test.label)"
    switch test.check {
    case .unique(let columns):
      let list = columns.map(SQLIdentifier.quote).joined(separator: ", ")
      let present = columns.map { SQLIdentifier.quote($0) + " IS NOT NULL" }.joined(separator: " AND ")
      query = """
        SELECT \(list), count(*) AS copies FROM \(target) WHERE \(present)
        GROUP BY \(list) HAVING count(*) > 1
        """
    case .notNull(let columns):
      let missing = columns.map { SQLIdentifier.quote($0) + " IS NULL" }.joined(separator: " OR ")
      query = "SELECT * FROM \(target) WHERE \(missing)"
    case .acceptedValues(let column, let values):
      let name = SQLIdentifier.quote(column)
      let list = values.map { SQLLiteral.string($0.text ?? "") }.joined(separator: ", ")
      query = """
        SELECT \(name), count(*) AS rows FROM \(target)
        WHERE \(name) IS NOT NULL AND CAST(\(name) AS VARCHAR) NOT IN (\(list)) GROUP BY \(name)
        """
    case .relationships(let column, let other, let otherColumn):
      let name = SQLIdentifier.quote(column)
      let referenced = other.asset(defaultLake: table.container)
      tables.append(referenced)
      query = """
        SELECT \(name), count(*) AS rows FROM \(target) WHERE \(name) IS NOT NULL
        AND \(name) NOT IN (SELECT \(SQLIdentifier.quote(otherColumn)) FROM \(referenced.sqlName)
          WHERE \(SQLIdentifier.quote(otherColumn)) IS NOT NULL) GROUP BY \(name)
        """
    case .sql:
      query = ""
    case .script(let file):
      throw ScriptError(
        path: path, line: test.line,
        message: "data_test \(file): tests in scripts of their own are not run yet",
        hint: "write it as `-- data_test sql SELECT …`")
    }
    self.tables = tables
  }

  private static func table(of test: DataTest, written: [Asset], path: String) throws(ScriptError) -> Asset {
    if let table = test.table { return table.asset() }
    var tables: [Asset] = []
    for asset in written where asset.kind == .ducklake && asset.name != nil && !tables.contains(asset) {
      tables.append(asset)
    }
    guard tables.count != 1 else { return tables[0] }
    let found = tables.isEmpty ? "the script writes no table" : "the script writes \(tables.count) tables"
    throw ScriptError(
      path: path, line: test.line, message: "data_test \(test.label) names no table, and \(found)",
      hint: "put the table first: `-- data_test orders: \(test.label)`")
  }
}

extension Asset {
  /// The table in SQL, qualified by its lake's alias.
  public var sqlName: String {
    [sqlCatalog, schema ?? "main", name ?? ""].map(SQLIdentifier.quote).joined(separator: ".")
  }

  /// The table's schema in SQL; nil for `main`, which every lake has.
  var sqlSchema: String? {
    guard let schema, schema != "main" else { return nil }
    return [sqlCatalog, schema].map(SQLIdentifier.quote).joined(separator: ".")
  }

  private var sqlCatalog: String { container == "main" ? "dl" : container }
}

extension ScriptError {
  init(path: String, line: Int, message: String, hint: String) {
    self.init(diagnostics: [Diagnostic(path: path, line: line, column: 1, message: message, hint: hint)])
  }
}
