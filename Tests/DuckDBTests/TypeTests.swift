import DuckDB
import Testing

@Suite struct TypeTests {
  private static func connect() async throws -> Connection {
    let connection = try await Database.open().connect()
    try await connection.execute("CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy')")
    return connection
  }

  @Test(arguments: TypeSample.all)
  func readsLiteral(_ sample: TypeSample) async throws {
    let connection = try await Self.connect()
    let result = try await connection.query("SELECT \(raw: sample.sql) AS v, typeof(v) FROM range(3)")
    #expect(result.columns[0].type.description == sample.type)
    #expect(result[0][1] == .varchar(sample.type))
    #expect(result.rows.map { $0[0] } == [sample.value, sample.value, sample.value])
  }

  @Test(arguments: TypeSample.all)
  func printsAsDuckDBDoes(_ sample: TypeSample) async throws {
    let connection = try await Self.connect()
    let result = try await connection.query("SELECT v, v::VARCHAR FROM (SELECT \(raw: sample.sql) AS v)")
    if case .null = result[0][1] { return }
    #expect(result[0][0].description == result[0][1].stringValue)
    #expect(result.chunks[0][0].text(at: 0) == result[0][1].stringValue)
  }

  @Test(arguments: TypeSample.all.filter(\.isBindable))
  func bindsAndComesBack(_ sample: TypeSample) async throws {
    let connection = try await Self.connect()
    let result = try await connection.query("SELECT \(sample.value) AS v, typeof(v)")
    #expect(result[0][0] == sample.value)
    if sample.type.hasPrefix("UNION") { return }
    #expect(result[0][1] == .varchar(sample.type))
  }

  @Test(arguments: TypeSample.all.filter { $0.type != "VARIANT" })
  func readsNullsBesideValues(_ sample: TypeSample) async throws {
    let connection = try await Self.connect()
    let result = try await connection.query(
      """
      SELECT v FROM (
        SELECT 0 AS i, \(raw: sample.sql) AS v UNION ALL SELECT 1, NULL UNION ALL SELECT 2, \(raw: sample.sql)
        UNION ALL SELECT 3, NULL UNION ALL SELECT 4, \(raw: sample.sql)
      ) ORDER BY i
      """)
    #expect(result.rows.map { $0[0] } == [sample.value, .null, sample.value, .null, sample.value])
    #expect(result.chunks[0][0].nullCount == 2)
  }

  @Test func geometryPrintsAsDuckDBDoes() async throws {
    let connection = try await Self.connect()
    let texts = [
      "POINT (1 2)", "POINT EMPTY", "POINT Z (1 2 3)", "POINT M (1 2 3)", "POINT ZM (1 2 3 4)",
      "LINESTRING (0 0, 1.5 2)", "LINESTRING EMPTY",
      "POLYGON ((0 0, 1 0, 1 1, 0 0), (0.1 0.1, 0.2 0.1, 0.2 0.2, 0.1 0.1))",
      "MULTIPOINT (1 2, 3 4)", "MULTILINESTRING ((0 0, 1 1), (2 2, 3 3))",
      "MULTIPOLYGON (((0 0, 1 0, 1 1, 0 0)))",
      "GEOMETRYCOLLECTION (POINT (1 2), LINESTRING (0 0, 1e+20 0.0001))",
    ]
    for text in texts {
      let result = try await connection.query("SELECT g, g::VARCHAR FROM (SELECT \(text)::GEOMETRY AS g)")
      #expect(result[0][0].description == result[0][1].stringValue)
      #expect(result.columns[0].type == .geometry(crs: nil))
    }
  }

  @Test func largeEnumerations() async throws {
    let connection = try await Self.connect()
    for size in [255, 256, 300, 70000] {
      try await connection.execute(
        "CREATE OR REPLACE TYPE big AS ENUM (SELECT 'v' || range FROM range(\(raw: "\(size)")))")
      let last = try await connection.query("SELECT ('v' || \(size - 1))::big").scalar()
      #expect(last == .enumeration("v\(size - 1)"))
    }
  }
}
