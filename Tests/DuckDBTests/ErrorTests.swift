import DuckDB
import Testing

@Suite struct ErrorTests {
  private func failure(_ sql: String) async throws -> DuckDBError {
    let connection = try await Database.open().connect()
    try await connection.execute("CREATE TABLE customer (id INTEGER PRIMARY KEY, name VARCHAR NOT NULL)")
    return try await #require(throws: DuckDBError.self) { try await connection.query(sql) }
  }

  @Test(arguments: [
    ("SELEC 1", DuckDBError.Kind.parser), ("SELECT * FROM custome", .catalog),
    ("SELECT nam FROM customer", .binder),
    ("SELECT 'x'::INTEGER", .conversion), ("SELECT 200::TINYINT", .conversion),
    ("INSERT INTO customer VALUES (1, NULL)", .constraint),
    ("INSERT INTO customer VALUES (1, 'a'), (1, 'b')", .constraint), ("SELECT * FROM '/nowhere/x.csv'", .io),
    ("SELECT error('mine')", .invalidInput), ("COMMIT", .transaction), ("SET nothing = 1", .catalog),
    ("SELECT 9223372036854775807::BIGINT + 1", .outOfRange), ("LOAD nothing_at_all", .io),
    ("SET memory_limit = '10MB'; SELECT list(range) FROM range(10000000)", .outOfMemory),
    ("SET enable_external_access = false; COPY customer TO '/tmp/x.csv'", .permission),
  ])
  func kinds(sql: String, kind: DuckDBError.Kind) async throws {
    let error = try await failure(sql)
    #expect(error.kind == kind, "\(error)")
    #expect(!error.message.contains("\(kind) Error:"))
    #expect(!error.message.contains("LINE "))
    #expect(error.sql == sql)
    #expect(!error.description.contains(sql))
    #expect(error.debugDescription.contains(sql))
  }

  @Test(arguments: [
    ("SELEC 1", 1, 1), ("SELECT nam FROM customer", 1, 8), ("SELECT id,\n  nam FROM customer", 2, 3),
    ("SELECT '日本語', nam FROM customer", 1, 15), ("SELECT 'e\u{301}é🦆', nam FROM customer", 1, 16),
    ("SELECT 1; SELECT nam FROM customer", 1, 18),
    ("SELECT 1;\n\n\tSELECT 'a', nam FROM customer; SELECT 2", 3, 14),
    ("SELECT 1;\nSELECT 2;\nSELECT * FROM customer WHERE", 3, 29),
    ("SELECT " + String(repeating: "id + ", count: 60) + "nam FROM customer", 1, 308),
    ("-- LINE 7: x\nSELECT nam FROM customer", 2, 8), ("SELECT \"LINE 9: \", id\nFROM customer", 1, 8),
  ])
  func positions(sql: String, line: Int, column: Int) async throws {
    let error = try await failure(sql)
    #expect(error.position == .init(line: line, column: column), "\(error)")
  }

  @Test func candidates() async throws {
    #expect(try await failure("SELECT * FROM custome").candidates == ["customer"])
    #expect(try await failure("SELECT nam FROM customer").candidates.contains("name"))
    #expect(try await failure("SELECT lowe('x')").candidates == ["lower"])
    let error = try await failure("SELECT * FROM custome")
    #expect(error.message == "Table with name custome does not exist!\nDid you mean \"customer\"?")
  }

  @Test func boundValuesAreNowhere() async throws {
    let connection = try await Database.open().connect()
    let secret = "hunter2 is not a number"
    let error = try await #require(throws: DuckDBError.self) {
      try await connection.query("SELECT nothing_there, \(secret)")
    }
    #expect(!String(reflecting: error).contains("hunter2"))
  }

  @Test func nulBytesInSQL() async throws {
    let error = try await failure("SELECT 'a\0b'")
    #expect(error.kind == .invalidInput)
  }

  @Test func internalTextIsKept() {
    let plain = DuckDBError(kind: .io, message: "disk full")
    #expect(plain.description == "IO Error: disk full")
    #expect(plain.position == nil)
  }

  @Test func errorInsideATransactionLeavesTheConnectionUsable() async throws {
    let connection = try await Database.open().connect()
    try await connection.execute("BEGIN")
    await #expect(throws: DuckDBError.self) { try await connection.query("SELECT 'x'::INTEGER") }
    let aborted = try await #require(throws: DuckDBError.self) { try await connection.query("SELECT 1") }
    #expect(aborted.kind == .transaction)
    try await connection.execute("ROLLBACK")
    #expect(try await connection.query("SELECT 1").rowCount == 1)
  }
}
