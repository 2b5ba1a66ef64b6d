import DuckDB
import Testing

@Suite struct ScalarFunctionTests {
  private struct Failure: Error, CustomStringConvertible { let description = "no such luck" }

  private static let repeated = ScalarFunction(
    "repeated", parameters: [.varchar, .bigInt], returns: .varchar
  ) {
    call in
    for row in 0..<call.rowCount {
      guard !call.isNull(0, row), !call.isNull(1, row) else {
        call.setNull(at: row)
        continue
      }
      let text = String(decoding: call.bytes(0, row), as: UTF8.self)
      call.set(String(repeating: text, count: Int(call.integer(1, row))), at: row)
    }
  }

  @Test func aFunctionIsCalledForEachRow() async throws {
    let connection = try await Database.open().connect()
    try await connection.run { try $0.register(Self.repeated) }
    let result = try await connection.query(
      "SELECT sum(length(repeated('äb', i % 20))), count(repeated(NULL, i)) FROM range(5000) t(i)" as String)
    // Both short texts, which lie in the vector, and long ones.
    #expect(result[0].values.map { "\($0)" } == ["95000", "0"])
  }

  @Test func anErrorOfTheFunctionEndsTheStatement() async throws {
    let connection = try await Database.open().connect()
    let failing = ScalarFunction("failing", parameters: [], returns: .boolean, isVolatile: true) { _ in
      throw Failure()
    }
    try await connection.run { try $0.register(failing) }
    let error = await #expect(throws: DuckDBError.self) {
      try await connection.query("SELECT failing()" as String)
    }
    #expect(error?.message.contains("no such luck") == true)
  }

  @Test func aVolatileFunctionIsCalledAnew() async throws {
    let connection = try await Database.open().connect()
    let other = try await connection.query("SELECT 1" as String)
    #expect(other.rowCount == 1)
    let random = ScalarFunction("sometimes", parameters: [], returns: .boolean, isVolatile: true) { call in
      for row in 0..<call.rowCount { call.set(row.isMultiple(of: 2), at: row) }
    }
    try await connection.run { try $0.register(random) }
    let result = try await connection.query(
      "SELECT count(*) FILTER (sometimes()) FROM range(1000)" as String)
    #expect(result.scalar() == .bigInt(500))
  }
}
