import DuckDB
import Foundation
import Testing

@Suite struct DecodingTests {
  private struct Friend: Decodable, Equatable {
    struct Address: Decodable, Equatable {
      let street: String
      let numbers: [Int16?]
    }
    enum Mood: String, Decodable { case happy, sad }

    let id: Int
    let name: String
    let height: Double?
    let born: Date?
    let key: UUID
    let photo: Data
    let balance: Decimal
    let mood: Mood
    let address: Address
    let scores: [String: Double]
    let day: DateValue
  }

  @Test func rowsOfStructs() async throws {
    let connection = try await Database.open().connect()
    let result = try await connection.query(
      """
      SELECT 7::UTINYINT AS id, 'Ann' AS NAME, 1.75 AS height, NULL::DATE AS born,
        'eeccb8c5-9943-b2bb-bb5e-222f4e14b687'::UUID AS "key", 'ab'::BLOB AS photo,
        12.50::DECIMAL(18, 2) AS balance, 'happy'::ENUM('happy', 'sad') AS mood,
        {'street': 'Main', 'numbers': [1, NULL]::SMALLINT[]} AS address,
        MAP {'a': 1.5, 'b': 2} AS scores, DATE '2024-02-29' AS day
      """)
    let friends = try result.decode([Friend].self)
    #expect(
      friends == [
        Friend(
          id: 7, name: "Ann", height: 1.75, born: nil,
          key: UUID(uuidString: "eeccb8c5-9943-b2bb-bb5e-222f4e14b687")!,
          photo: Data("ab".utf8), balance: Decimal(string: "12.5")!, mood: .happy,
          address: .init(street: "Main", numbers: [1, nil]), scores: ["a": 1.5, "b": 2],
          day: DateValue(year: 2024, month: 2, day: 29)!)
      ])
  }

  @Test func singleValues() async throws {
    let connection = try await Database.open().connect()
    #expect(try await connection.query("SELECT 1 FROM range(3)").decode([Int8].self) == [1, 1, 1])
    #expect(try await connection.query("SELECT NULL::INT").decode([Int?].self) == [nil])
    #expect(try await connection.query("SELECT 'x'").decode([String].self) == ["x"])
    #expect(try await connection.query("SELECT [1, 2]").decode([[Int]].self) == [[1, 2]])
    #expect(
      try await connection.query("SELECT 1.5::DECIMAL(4,1)").decode([Value].self)[0].description == "1.5")
    #expect(try await connection.query("SELECT 7").scalar(as: UInt8.self) == 7)
    #expect(try await connection.query("SELECT NULL::INT").scalar(as: Int.self) == nil)
    #expect(try await connection.query("SELECT 7 WHERE false").scalar(as: Int.self) == nil)
    #expect(
      try await connection.query("SELECT TIME '01:00:00'").scalar(as: TimeValue.self)?.microseconds
        == 3_600_000_000)
    let instant = Date(timeIntervalSince1970: 1_705_314_600.5)
    for type in ["TIMESTAMP", "TIMESTAMP_MS", "TIMESTAMP_NS", "TIMESTAMPTZ"] {
      let result = try await connection.query("SELECT '2024-01-15 10:30:00.5'::\(raw: type)")
      #expect(try result.decode([Date].self) == [instant])
    }
    #expect(try await connection.query("SELECT \(instant)").decode([Date].self) == [instant])
  }

  @Test func jsonColumns() async throws {
    struct Point: Decodable, Equatable { let x: Int, y: Int }
    struct Line: Decodable, Equatable {
      let points: [Point]
      let text: String
    }
    let connection = try await Database.open().connect()
    let result = try await connection.query(
      #"SELECT '[{"x": 1, "y": 2}]'::JSON AS points, '{}'::JSON AS text"#)
    #expect(try result.decode([Line].self) == [Line(points: [.init(x: 1, y: 2)], text: "{}")])
  }

  @Test(arguments: [
    ("SELECT 1 AS idd", "no column \"id\" for Row.id"),
    ("SELECT NULL::INT AS id", "\"id\" is NULL, but Row.id (Int8) is not optional"),
    ("SELECT 'x' AS id", "\"id\" has type VARCHAR, which does not decode as Row.id (Int8)"),
    ("SELECT DATE '2024-01-01' AS id", "\"id\" has type DATE"),
    ("SELECT 300 AS id", "\"id\" holds 300, which does not fit Row.id (Int8)"),
    ("SELECT 1.5 AS id", "\"id\" holds 1.5, which does not fit"),
    ("SELECT 1 AS id, {'b': 1} AS inner", "no member for Row.inner.a"),
    ("SELECT 1 AS id, {'a': ['x']} AS inner", "does not decode as Row.inner.a.0 (Int)"),
  ])
  func errorsNameColumnAndProperty(sql: String, message: String) async throws {
    struct Row: Decodable {
      struct Inner: Decodable { let a: [Int] }
      let id: Int8
      let inner: Inner?
    }
    let connection = try await Database.open().connect()
    let result = try await connection.query(sql)
    let error = try #require(throws: DuckDBError.self) { try result.decode([Row].self) }
    #expect(error.kind == .decoding)
    #expect(error.message.contains(message), "\(error.message)")
  }
}
