import DuckDB
import Foundation
import Testing

@Suite struct StatementTests {
  @Test func preparedStatementTellsBeforeItRuns() async throws {
    let connection = try await Database.open().connect()
    try await connection.execute("CREATE TABLE t (id BIGINT, name VARCHAR)")
    let insert = try await connection.prepare("INSERT INTO t VALUES ($id, $name)")
    #expect(insert.kind == .insert)
    #expect(insert.parameters == [.init(name: "id", type: .bigInt), .init(name: "name", type: .varchar)])
    for id in 0..<3 { #expect(try await insert.execute(["id": id, "NAME": "n\(id)"]) == 1) }
    let select = try await connection.prepare(
      "SELECT id, name FROM t WHERE id >= ? AND name <> ? ORDER BY id")
    #expect(select.kind == .select)
    #expect(select.parameters.map(\.name) == ["1", "2"])
    #expect(select.columns == [.init(name: "id", type: .bigInt), .init(name: "name", type: .varchar)])
    #expect(try await select.query([1, "n1"]).rows.map { $0[1] } == [.varchar("n2")])
    #expect(try await select.query([0, ""]).rowCount == 3)
    var streamed = 0
    for try await chunk in try await select.stream([0, ""]) { streamed += chunk.rowCount }
    #expect(streamed == 3)
    try await select.forEachChunk([2, ""]) { #expect($0.rowCount == 1) }
  }

  @Test func preparedStatementSurvivesChangesOfTheCatalog() async throws {
    let connection = try await Database.open().connect()
    try await connection.execute("CREATE TABLE t AS SELECT 1 AS a")
    let statement = try await connection.prepare("SELECT * FROM t")
    try await connection.execute("DROP TABLE t; CREATE TABLE t AS SELECT 'x' AS b")
    #expect(try await statement.query().scalar() == .varchar("x"))
  }

  @Test func statementsOfAClosedConnectionThrow() async throws {
    let connection = try await Database.open().connect()
    let statement = try await connection.prepare("SELECT 1")
    let stream = try await connection.stream("SELECT range FROM range(100000)")
    await connection.close()
    await connection.close()
    #expect(try await #require(throws: DuckDBError.self) { try await statement.query() }.kind == .connection)
    #expect(try await #require(throws: DuckDBError.self) { try await stream.next() }.kind == .connection)
  }

  @Test func objectsOfAnotherConnectionAreRefused() async throws {
    let database = try await Database.open()
    let first = try await database.connect()
    let second = try await database.connect()
    let statement = try await first.prepare("SELECT 1")
    await #expect(throws: DuckDBError.self) { try await second.run { try statement.query(on: $0).rowCount } }
  }

  private static let misfits: [(String, Parameters, String)] = [
    (
      "SELECT $1 + $2", .positional([.integer(1)]), "The statement has 2 parameters, but 1 values were given."
    ),
    ("SELECT 1", [1], "The statement has 0 parameters"),
    ("SELECT $name", .none, "No value was given for the parameter $name."),
    ("SELECT $name, $other", ["name": 1], "No value was given for the parameter $other."),
    (
      "SELECT $name", ["nme": 1, "name": 1],
      "The statement has no parameter \"$nme\". Did you mean \"$name\"?"
    ),
    ("SELECT $name", ["completely_else": 1], "The statement has no parameter \"$completely_else\"."),
    ("SELECT $3", [1], "Numbered parameters start at $1"),
    (
      "SELECT $1::DECIMAL(4,1)", .positional([.decimal(.init(unscaled: 12345, width: 4, scale: 2))]),
      "does not fit DECIMAL(4,2)"
    ),
    (
      "SELECT $1", .positional([.list([.integer(1), .varchar("x")])]),
      "A list cannot hold values of type INTEGER and values of type VARCHAR."
    ),
    ("SELECT $1", .positional([.structure([])]), "A STRUCT has at least one member."),
    ("SELECT $1", .positional([.array([])]), "An ARRAY has at least one element."),
    ("SELECT $1", .positional([.time(.init(microseconds: -1))]), "A time of day lies between"),
    ("SELECT $1", .positional([.bigNum("12a")]), "is not an integer"),
    (
      "SELECT $1",
      .positional([.map([.init(key: .integer(1), value: .null), .init(key: .integer(1), value: .null)])]),
      "DuckDB does not take this value"
    ),
  ]

  @Test(arguments: misfits)
  func wrongParameters(sql: String, parameters: Parameters, message: String) async throws {
    let connection = try await Database.open().connect()
    let error = try await #require(throws: DuckDBError.self) {
      try await connection.query(sql, parameters: parameters)
    }
    #expect(error.message.contains(message), "\(error)")
    #expect(try await connection.query("SELECT 1").rowCount == 1)
  }

  @Test func interpolationBinds() async throws {
    let connection = try await Database.open().connect()
    let text = "'; DROP TABLE t; --"
    let day = Date(timeIntervalSince1970: 86400)
    let missing: Int? = nil
    let result = try await connection.query(
      """
      SELECT \(text), \(day), \(missing), \(["a": 1]), \([1.5, 2]), \(Data([1])),
        \(Decimal(string: "1.25")!), \(UInt8(3))
      """
    )
    #expect(
      result[0].values == [
        .varchar(text), .timestampTZ(.init(microseconds: 86_400_000_000)), .null,
        .map([.init(key: .varchar("a"), value: .bigInt(1))]), .list([.double(1.5), .double(2)]), .blob([1]),
        .decimal(.init(unscaled: 125, width: 3, scale: 2)), .uTinyInt(3),
      ])
  }

  @Test func mixedNumbersInAListFindACommonType() async throws {
    let connection = try await Database.open().connect()
    let values: [[Value]] = [
      [.tinyInt(1), .uTinyInt(255)], [.bigInt(-1), .uBigInt(.max)], [.integer(1), .double(0.5), .null],
      [
        .decimal(.init(unscaled: 15, width: 2, scale: 1)),
        .decimal(.init(unscaled: 1_234, width: 4, scale: 0)),
      ],
      [.list([]), .list([.integer(1)])],
    ]
    let types = ["SMALLINT[]", "HUGEINT[]", "DOUBLE[]", "DECIMAL(5,1)[]", "INTEGER[][]"]
    for (value, type) in zip(values, types) {
      #expect(try await connection.query("SELECT typeof(\(Value.list(value)))").scalar() == .varchar(type))
    }
  }

  @Test func extractsStatements() async throws {
    let connection = try await Database.open().connect()
    let statements = try await connection.extractStatements(
      "CREATE TABLE t (a INT); -- one\n INSERT INTO t VALUES (1);\n/* two */ SELECT * FROM t")
    #expect(statements.map(\.index) == [0, 1, 2])
    var kinds: [StatementKind] = []
    for statement in statements {
      let prepared = try await statement.prepare()
      kinds.append(prepared.kind)
      try await prepared.execute()
    }
    #expect(kinds == [.create, .insert, .select])
    let again = try await #require(throws: DuckDBError.self) { try await statements[0].prepare() }
    #expect(again.message.contains("prepared before"))
  }

  @Test func extractedStatementsReportTheirPlace() async throws {
    let connection = try await Database.open().connect()
    let statements = try await connection.extractStatements("SELECT 1;\n\n  SELECT nope FROM range(3)")
    let error = try await #require(throws: DuckDBError.self) { try await statements[1].prepare() }
    #expect(error.position == .init(line: 3, column: 10))
  }

  @Test(arguments: [
    ("SELECT 1", StatementKind.select), ("INSERT INTO t VALUES (1)", .insert),
    ("UPDATE t SET a = 1", .update),
    ("DELETE FROM t", .delete), ("CREATE TABLE u (a INT)", .create), ("DROP TABLE t", .drop),
    ("BEGIN", .transaction),
    ("EXPLAIN SELECT 1", .explain), ("COPY t TO '/tmp/none.csv'", .copy),
    ("ALTER TABLE t ADD COLUMN b INT", .alter),
    ("ATTACH ':memory:' AS other", .attach), ("SET threads = 1", .set), ("CALL pragma_version()", .call),
    ("MERGE INTO t USING t AS s ON t.a = s.a WHEN MATCHED THEN DELETE", .mergeInto), ("VACUUM", .vacuum),
    ("PRAGMA database_list", .select), ("DETACH memory", .detach), ("LOAD none", .load), ("ANALYZE", .vacuum),
  ])
  func kinds(sql: String, kind: StatementKind) async throws {
    let connection = try await Database.open().connect()
    try await connection.execute("CREATE TABLE t (a INT)")
    #expect(try await connection.prepare(sql).kind == kind)
  }

  @Test func changedRows() async throws {
    let connection = try await Database.open().connect()
    let created = try await connection.query("CREATE TABLE t (a INT)")
    #expect(created.returns == .nothing)
    let inserted = try await connection.query("INSERT INTO t FROM range(10)")
    #expect((inserted.changedRows, inserted.statementKind, inserted.returns) == (10, .insert, .changedRows))
    #expect(try await connection.execute("UPDATE t SET a = 0 WHERE a < \(4)") == 4)
    #expect(try await connection.execute("DELETE FROM t WHERE a = 0") == 4)
    #expect(try await connection.query("DELETE FROM t RETURNING a").rowCount == 6)
  }

  @Test func tableNames() async throws {
    let connection = try await Database.open().connect()
    try await connection.execute("CREATE SCHEMA s; CREATE TABLE s.\"a b\" (x INT); CREATE TABLE t (x INT)")
    let query = "WITH c AS (SELECT * FROM s.\"a b\") SELECT * FROM c JOIN t USING (x) JOIN missing ON true"
    #expect(try await Set(connection.tableNames(in: query, qualified: false)) == ["a b", "t", "missing"])
    #expect(
      try await Set(connection.tableNames(in: query, qualified: true)) == ["s.\"a b\"", "t", "missing"])
    #expect(try await connection.tableNames(in: "SELECT 1", qualified: true) == [])
    #expect(
      try await #require(throws: DuckDBError.self) {
        try await connection.tableNames(in: "SELEC", qualified: true)
      }.kind == .parser)
    for join in [
      "a JOIN \"B b\" USING (x, \"y z\")", "a NATURAL LEFT JOIN \"B b\"", "a ASOF JOIN \"B b\" USING (x)",
      "a AT (VERSION => 3), \"B b\" AS u AT (TIMESTAMP => now() - INTERVAL (1) DAY)", "a AS \"B\", \"B b\" c",
    ] {
      #expect(try await connection.tableNames(in: "SELECT * FROM \(join)", qualified: false) == ["B b", "a"])
      #expect(
        try await connection.tableNames(in: "SELECT * FROM \(join)", qualified: true) == ["\"B b\"", "a"])
    }
    for text in ["SELECT 1; SELECT 2", "SELECT * FROM t WHERE", ""] {
      await #expect(throws: DuckDBError.self) { try await connection.tableNames(in: text, qualified: true) }
    }
  }

  @Test func pivotMakesSeveralStatements() async throws {
    let connection = try await Database.open().connect()
    try await connection.execute("CREATE TABLE t AS SELECT * FROM (VALUES ('a', 1), ('b', 2)) v(k, n)")
    #expect(try await connection.query("PIVOT t ON k USING sum(n)")[0].values == [.hugeInt(1), .hugeInt(2)])
    var rows = 0
    for try await chunk in try await connection.stream("PIVOT t ON k USING sum(n)") { rows += chunk.rowCount }
    #expect(rows == 1)
  }

  @Test func textsWithoutStatements() async throws {
    let connection = try await Database.open().connect()
    for text in ["", ";", " -- nothing\n", ";;"] {
      try await connection.execute(text)
      #expect(try await connection.query(text).rowCount == 0)
      await #expect(throws: DuckDBError.self) { try await connection.stream(text) }
    }
  }
}
