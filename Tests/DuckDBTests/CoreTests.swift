import DuckDB
import Testing

@Suite struct CoreTests {
  @Test func scalarOfAnExpression() async throws {
    let connection = try await Database.open().connect()
    #expect(try await connection.query("SELECT 42").scalar() == .integer(42))
  }

  @Test func severalStatementsGiveTheLastResult() async throws {
    let connection = try await Database.open().connect()
    let result = try await connection.query(
      "CREATE TABLE t (a INT); INSERT INTO t VALUES (1), (2); FROM t ORDER BY a")
    #expect(result.rows.map { $0[0] } == [.integer(1), .integer(2)])
    try await connection.execute("DROP TABLE t; CREATE TABLE t AS SELECT 1 AS b")
    #expect(try await connection.execute("INSERT INTO t VALUES (\(7))") == 1)
    #expect(try await connection.query("FROM t").rowCount == 2)
  }

  @Test func bindsNamedAndPositional() async throws {
    let connection = try await Database.open().connect()
    #expect(try await connection.query("SELECT $1 + $2", parameters: [1, 2]).scalar() == .bigInt(3))
    #expect(
      try await connection.query("SELECT $b || $a", parameters: ["a": "x", "b": "y"]).scalar()
        == .varchar("yx"))
    await #expect(throws: DuckDBError.self) {
      try await connection.query("SELECT $name", parameters: ["nane": 1])
    }
  }

  @Test func streamsAMillionRows() async throws {
    let connection = try await Database.open().connect()
    var values: [Int64] = []
    for try await chunk in try await connection.stream("SELECT range FROM range(1000000)") {
      try chunk[0].append(to: &values)
    }
    #expect(values.count == 1_000_000)
    #expect(values.reduce(0, +) == 499_999_500_000)
  }

  @Test func errorsHavePositions() async throws {
    let connection = try await Database.open().connect()
    let error = try await #require(throws: DuckDBError.self) {
      try await connection.execute("SELECT 1;\nSELECT nope FROM range(3)")
    }
    #expect(error.kind == .binder)
    #expect(error.position == .init(line: 2, column: 8))
    let syntax = try await #require(throws: DuckDBError.self) { try await connection.query("SELEC 1") }
    #expect(syntax.kind == .parser)
    #expect(syntax.position == .init(line: 1, column: 1))
  }
}
