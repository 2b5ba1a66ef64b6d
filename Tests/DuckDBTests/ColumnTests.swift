import DuckDB
import Testing

@Suite struct ColumnTests {
  /// Results of all lengths, so that chunks end anywhere in a word of bits.
  @Test func nullableColumnsGrowByAnyNumberOfRows() async throws {
    let connection = try await Database.open().connect()
    var numbers = NullableColumn<Int64>()
    var texts = StringColumn()
    var expected: [Int64?] = []
    for count in [1, 63, 64, 65, 0, 100, 2047, 2049, 5000, 3] {
      let start = Int64(expected.count)
      let sql = """
        SELECT CASE WHEN n % 3 > 0 THEN n END, CASE WHEN n % 3 > 0 THEN 'n' || n END
        FROM (SELECT $1 + range AS n FROM range($2))
        """
      for try await chunk in try await connection.stream(sql, parameters: [start, count]) {
        try chunk[0].append(to: &numbers)
        try chunk[1].append(to: &texts)
      }
      expected += (start..<start + Int64(count)).map { $0 % 3 > 0 ? $0 : nil }
    }
    #expect((0..<numbers.count).map { numbers[$0] } == expected)
    #expect((0..<texts.count).map { texts[$0] } == expected.map { value in value.map { "n\($0)" } })
    #expect(numbers.validity.nullCount == expected.count { $0 == nil })
    #expect(texts.validity == numbers.validity)
  }

  @Test func nullPolicies() async throws {
    let connection = try await Database.open().connect()
    let chunk = try #require(
      try await connection.query("SELECT CASE WHEN range <> 3 THEN range END AS a FROM range(5)").chunks.first
    )
    var values: [Int64] = [9]
    try chunk[0].append(to: &values, nulls: .replace(with: -1))
    #expect(values == [9, 0, 1, 2, -1, 4])
    let error = try #require(throws: DuckDBError.self) { try chunk[0].append(to: &values) }
    #expect(error.message.contains("\"a\" is NULL in row 3"))
    #expect(values.count == 6)
    #expect(chunk[0].nullCount == 1)
    #expect(chunk[0].isNull(at: 3))
    #expect(chunk[0].text(at: 3) == nil)
    #expect(chunk[0].text(at: 4) == "4")
  }

  @Test func otherTypesAreRefused() async throws {
    let connection = try await Database.open().connect()
    let chunk = try #require(
      try await connection.query("SELECT 1::INTEGER AS i, 'x' AS s, DATE '2024-01-01' AS d, 1::HUGEINT AS h")
        .chunks.first)
    #expect(throws: DuckDBError.self) { try chunk[0].values(as: Int64.self) { _, _ in } }
    #expect(throws: DuckDBError.self) { try chunk[0].values(as: UInt32.self) { _, _ in } }
    #expect(throws: DuckDBError.self) { try chunk[0].values(as: DateValue.self) { _, _ in } }
    #expect(throws: DuckDBError.self) { try chunk[1].values(as: Int64.self) { _, _ in } }
    #expect(throws: DuckDBError.self) { try chunk[0].forEachBytes { _, _ in } }
    var texts = StringColumn()
    #expect(throws: DuckDBError.self) { try chunk[0].append(to: &texts) }
    // A date is days as well.
    #expect(try chunk[2].values(as: Int32.self) { values, _ in values[0] } == 19723)
    #expect(try chunk[2].values(as: DateValue.self) { values, _ in values[0] } == DateValue(days: 19723))
    #expect(try chunk[3].values(as: Int128.self) { values, _ in values[0] } == 1)
    #expect(chunk["s"]?.type == .varchar)
    #expect(chunk["S"]?.name == "s")
    #expect(chunk["nothing"] == nil)
  }

  @Test func nestedColumns() async throws {
    let connection = try await Database.open().connect()
    let chunk = try #require(
      try await connection.query(
        """
        SELECT * FROM (VALUES
          ([1, 2], {'a': 1, 'b': 'x'}, MAP {'k': 1}, [1, 2]::INTEGER[2], union_value(n := 1)),
          (NULL, NULL, NULL, NULL, NULL),
          ([3]::INTEGER[], {'a': 3, 'b': NULL}, MAP {'k': 2, 'l': 3}, [3, 4]::INTEGER[2], union_value(n := 2))
        ) t(l, s, m, r, u)
        """
      ).chunks.first)
    let list = chunk[0]
    #expect((0..<3).map { list.elementRange(at: $0) } == [0..<2, 0..<0, 2..<3])
    #expect(try list.elements?.values(as: Int32.self) { values, _ in Array(values) } == [1, 2, 3])
    let structure = chunk[1]
    #expect(structure.members.map(\.name) == ["a", "b"])
    #expect(structure.member("b")?.value(at: 0) == .varchar("x"))
    #expect(structure.member("a")?.isNull(at: 1) == true)
    let map = chunk[2]
    #expect(map.elementRange(at: 2).count == 2)
    #expect(map.elements?.member("value")?.value(at: 2) == .integer(3))
    #expect(chunk[3].elementRange(at: 2) == 4..<6)
    #expect(chunk[4].member("n")?.value(at: 2) == .integer(2))
    #expect(list.members.isEmpty)
    #expect(structure.elements == nil)
  }

  @Test func stringColumnsByHand() {
    var column = StringColumn()
    column.append("a")
    column.append(nil)
    column.append(bytes: [0xC3, 0xA9, 0xFF])
    column.append("")
    #expect((0..<column.count).map { column[$0] } == ["a", nil, "é\u{FFFD}", ""])
    #expect(column.withBytes(at: 2) { $0.count } == 3)
  }

  @Test func rowsOfSeveralChunks() async throws {
    let connection = try await Database.open().connect()
    let result = try await connection.query("SELECT range AS a FROM range(5000)")
    #expect(result.chunks.count > 1)
    #expect(result[4999]["a"] == .bigInt(4999))
    #expect(result.rows.count == 5000)
    #expect(result.values("a")?.count == 5000)
    #expect(result.values("b") == nil)
    #expect(result[0]["b"] == nil)
  }
}
