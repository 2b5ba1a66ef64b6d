import DuckDB
import Testing

@Suite struct AppenderTests {
  private func table(_ columns: String) async throws -> Connection {
    let connection = try await Database.open().connect()
    try await connection.execute("CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy')")
    try await connection.execute("CREATE TABLE t (\(raw: columns))")
    return connection
  }

  @Test(arguments: TypeSample.all.filter { $0.type != "VARIANT" })
  func appendsAndComesBack(_ sample: TypeSample) async throws {
    // A struct without names is no column of a table.
    if sample.type == "STRUCT(INTEGER, VARCHAR)" { return }
    let connection = try await table("a INTEGER, v \(sample.type)")
    let appender = try await connection.appender(to: "t")
    #expect(appender.columns[1].type.description == sample.type)
    let rows = (0..<5000).map { [Value.integer(Int32($0)), $0 % 3 == 1 ? .null : sample.value] }
    try await appender.append(rows: rows)
    try await appender.close()
    let result = try await connection.query(
      "SELECT v, v IS NOT DISTINCT FROM \(raw: sample.sql)::\(raw: sample.type) FROM t ORDER BY a")
    #expect(result.rowCount == 5000)
    #expect(result.rows.enumerated().allSatisfy { $1[0] == ($0 % 3 == 1 ? .null : sample.value) })
    // DuckDB itself finds the value to be the same.
    #expect(result.rows.enumerated().allSatisfy { $1[1] == .boolean($0 % 3 != 1) })
  }

  @Test func columns() async throws {
    let connection = try await table("a BIGINT, b VARCHAR, c DATE, d DECIMAL(18,2), e INTEGER, f BLOB")
    let appender = try await connection.appender(to: "t")
    let count = 10000
    var names = StringColumn()
    for index in 0..<count { names.append(index % 7 == 0 ? nil : "name \(index), long enough") }
    try await appender.append(columns: [
      .values((0..<count).map { Int64($0) }), .values(names),
      .values((0..<count).map { DateValue(days: Int32($0)) }),
      .values((0..<count).map { Int64($0) * 100 }), .values([Value](repeating: .integer(7), count: count)),
      .values([String?](repeating: "x", count: count)),
    ])
    try await appender.close()
    let row = try await connection.query(
      """
      SELECT count(*), count(b), sum(a), max(c), sum(d), sum(e),
        bool_and(b IS NULL OR b = format('name {}, long enough', a)),
        bool_and(f = 'x'::BLOB) FROM t
      """)[0]
    #expect(
      row.values == [
        .bigInt(10000), .bigInt(8571), .hugeInt(49_995_000), .date(.init(days: 9999)),
        .decimal(.init(unscaled: 4_999_500_000, width: 38, scale: 2)), .hugeInt(70000), .boolean(true),
        .boolean(true),
      ])
  }

  @Test func chunksOfAnotherConnection() async throws {
    let connection = try await table("a VARCHAR, b DOUBLE[]")
    let other = try await Database.open().connect()
    let appender = try await connection.appender(to: "t")
    for try await chunk in try await other.stream("SELECT 'a' || range, [range, 0.5] FROM range(10000)") {
      try await appender.append(chunk)
    }
    try await appender.close()
    #expect(
      try await connection.query("SELECT count(DISTINCT a), sum(b[1]) FROM t")[0].values == [
        .bigInt(10000), .double(49_995_000),
      ])
  }

  @Test func someColumns() async throws {
    let connection = try await table("a INTEGER DEFAULT 5, b VARCHAR, c INTEGER DEFAULT 6")
    let appender = try await connection.appender(to: "t", schema: "main", columns: ["b"])
    try await appender.append([.varchar("x")])
    try await appender.close()
    #expect(try await connection.query("FROM t")[0].values == [.integer(5), .varchar("x"), .integer(6)])
  }

  @Test func errorsAreThrownAndNothingIsHidden() async throws {
    let connection = try await table("a INTEGER PRIMARY KEY, b VARCHAR NOT NULL")
    let appender = try await connection.appender(to: "t")
    try await appender.append([.integer(1), .varchar("x")])
    try await appender.append([.integer(1), .varchar("y")])
    let error = try await #require(throws: DuckDBError.self) { try await appender.close() }
    #expect(error.kind == .constraint)
    #expect(try await connection.query("FROM t").rowCount == 0)
    let closed = try await #require(throws: DuckDBError.self) {
      try await appender.append([.integer(2), .varchar("z")])
    }
    #expect(closed.message.contains("closed"))
  }

  @Test func droppedAppenderWritesNothing() async throws {
    let connection = try await table("a INTEGER")
    var appender: Appender? = try await connection.appender(to: "t")
    try await appender?.append([.integer(1)])
    try await appender?.flush()
    // More than one chunk, so that DuckDB's own appender holds some.
    try await appender?.append(rows: (0..<5000).map { [Value.integer($0)] })
    appender = nil
    try await connection.run { _ in }
    #expect(try await connection.query("FROM t").rows.map { $0[0] } == [.integer(1)])
  }

  @Test func discardForgetsRows() async throws {
    let connection = try await table("a INTEGER")
    let appender = try await connection.appender(to: "t")
    try await appender.append([.integer(1)])
    try await appender.discard()
    try await appender.append([.integer(2)])
    try await appender.close()
    #expect(try await connection.query("FROM t").rows.map { $0[0] } == [.integer(2)])
  }

  @Test func insideATransaction() async throws {
    let connection = try await table("a INTEGER")
    try await connection.run { connection in
      try connection.execute("BEGIN")
      let appender = try connection.appender(to: "t")
      try appender.append([.integer(1)], on: connection)
      try appender.close(on: connection)
      try connection.execute("ROLLBACK")
    }
    #expect(try await connection.query("FROM t").rowCount == 0)
  }

  @Test(arguments: [
    ("a INTEGER", [Value.varchar("x")], DuckDBError.Kind.conversion),
    ("a TINYINT", [.integer(300)], .conversion),
    ("a DECIMAL(4,2)", [.decimal(.init(unscaled: 1001, scale: 1))], .conversion),
    ("a DECIMAL(4,2)", [.decimal(.init(unscaled: 1001, scale: 3))], .conversion),
    ("a mood", [.varchar("glad")], .conversion),
    ("a JSON", [.varchar("{")], .conversion),
    ("a INTEGER[2]", [.list([.integer(1)])], .conversion),
    ("a STRUCT(x INTEGER)", [.structure([.init(name: "y", value: .integer(1))])], .conversion),
    ("a MAP(INTEGER, INTEGER)", [.map([.init(key: .null, value: .null)])], .conversion),
    ("a GEOMETRY", [.geometry([1, 2, 3])], .conversion),
    ("a TIME", [.time(.init(microseconds: -1))], .conversion),
    ("a INTEGER", [.integer(1), .integer(2)], .invalidInput),
    ("a INTEGER", [], .invalidInput),
  ])
  func refusesWhatDoesNotFit(columns: String, row: [Value], kind: DuckDBError.Kind) async throws {
    let connection = try await table(columns)
    let appender = try await connection.appender(to: "t")
    let error = try await #require(throws: DuckDBError.self) { try await appender.append(row) }
    #expect(error.kind == kind, "\(error)")
    try await appender.close()
    #expect(try await connection.query("FROM t").rowCount == 0)
  }

  @Test func missingTableOrColumn() async throws {
    let connection = try await table("a INTEGER")
    for (table, columns) in [("u", []), ("t", ["b"]), ("t\0", [])] as [(String, [String])] {
      await #expect(throws: DuckDBError.self) { try await connection.appender(to: table, columns: columns) }
    }
  }

  @Test func variantColumnsAreRefused() async throws {
    let connection = try await table("a INTEGER, v VARIANT")
    let error = try await #require(throws: DuckDBError.self) { try await connection.appender(to: "t") }
    #expect(error.kind == .notImplemented)
    #expect(error.message.contains("VARIANT"))
    let appender = try await connection.appender(to: "t", columns: ["a"])
    try await appender.append([.integer(1)])
    try await appender.close()
    #expect(try await connection.query("FROM t")[0].values == [.integer(1), .null])
  }

  @Test func geometry() async throws {
    let connection = try await table("g GEOMETRY")
    let value = try #require(
      try await connection.query("SELECT 'LINESTRING (0 0, 1 2.5)'::GEOMETRY").scalar())
    let appender = try await connection.appender(to: "t")
    try await appender.append([value])
    try await appender.close()
    try await connection.execute("INSERT INTO t VALUES (\(value))")
    let texts = try await connection.query("SELECT g::VARCHAR AS g FROM t").values("g")
    #expect(texts == [.varchar("LINESTRING (0 0, 1 2.5)"), .varchar("LINESTRING (0 0, 1 2.5)")])
    await #expect(throws: DuckDBError.self) { try await connection.query("SELECT \(Value.geometry([1, 2]))") }
  }
}
