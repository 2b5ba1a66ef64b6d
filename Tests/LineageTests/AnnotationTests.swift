import Lineage
import Scripts
import Testing

@Suite("What annotations add to the assets")
struct AnnotationTests {
  @Test("on is a read, with the annotation's line")
  func on() throws {
    let assets = try resolve(
      """
      -- on ducklake://main/orders
      -- on ducklake://other/sales.items
      -- on schedule "0 0 * * * *"
      SELECT 1
      """)
    #expect(assets.reads.map { "\(short($0.asset)) \($0.line)" } == ["orders 1", "other/sales.items 2"])
    #expect(assets.reads.allSatisfy { $0.statementIndex == nil })
  }

  @Test(
    "materialize is a write",
    arguments: [
      ("ducklake://main/daily", "replace"), ("ducklake://main/daily append", "insert"),
      ("ducklake://main/daily key=id", "update"), ("ducklake://main/daily key=id history", "update"),
      ("manual ducklake://main/daily", "create"),
    ])
  func materialize(text: String, access: String) throws {
    let assets = try resolve("-- materialize \(text)\nSELECT * FROM orders")
    #expect(assets.reads.map { short($0.asset) } == ["orders"])
    #expect(
      assets.writes.map { "\($0.access.rawValue) \(short($0.asset)) \($0.line)" } == ["\(access) daily 1"])
  }

  @Test("what a manual script writes by statements is not written twice")
  func manual() throws {
    let assets = try resolve("-- materialize manual ducklake://main/daily\nINSERT INTO daily SELECT 1")
    #expect(assets.writes.map { "\($0.access.rawValue) \($0.line)" } == ["insert 2"])
  }

  @Test("a managed table that the query reads is read before it is written")
  func incremental() throws {
    let assets = try resolve(
      """
      -- materialize ducklake://main/daily append
      SELECT * FROM orders WHERE day > (SELECT max(day) FROM daily)
      """)
    #expect(assets.usage(of: .table(name: "daily")) == .readWrite)
  }

  @Test("tests read what they compare with, but not what the script has made")
  func dataTests() throws {
    let assets = try resolve(
      """
      -- data_test unique id
      -- data_test items: not_null id
      -- data_test relationships item -> items.id
      -- data_test relationships shop -> other/sales.shops.id
      -- data_test sql SELECT * FROM daily JOIN limits USING (id) WHERE a > b
      CREATE TABLE daily AS SELECT * FROM orders;
      """)
    #expect(
      assets.reads.map { "\(short($0.asset)) \($0.line)" }
        == ["orders 6", "items 2", "other/sales.shops 4", "limits 5"])
    #expect(assets.writes.map { short($0.asset) } == ["daily"])
  }

  @Test("a test's table without a lake is in the lake of the tested table")
  func dataTestLake() throws {
    let assets = try resolve(
      """
      -- data_test relationships item -> items.id
      ATTACH 'ducklake://other' AS dl;
      USE dl;
      CREATE TABLE daily AS SELECT 1 AS item;
      """)
    #expect(assets.reads.map { short($0.asset) } == ["other/items"])
  }

  @Test("DuckDB is asked about the SQL of tests too")
  func requests() throws {
    let script = try SQLScript.parse(
      "-- data_test sql SELECT * FROM a JOIN b USING (x)\nSELECT 1 FROM c", path: "s.sql")
    let requests = LineagePlan.requests(for: script)
    #expect(requests.map(\.sql) == ["SELECT 1 FROM c", "SELECT * FROM a JOIN b USING (x)"])
    #expect(requests.map(\.id.place) == [.statement(0), .annotation(0)])
    let answers: [NameRequest.ID: ExtractedNames] = [
      requests[0].id: .names([#""c""#]), requests[1].id: .names([#""a""#, #""b""#]),
    ]
    let assets = ScriptAssets.resolve(script: script, answers: answers)
    #expect(assets.precision == .parsed)
    #expect(assets.reads.map { "\(short($0.asset)) \($0.line)" } == ["c 2", "a 1", "b 1"])
  }

  @Test("ATTACH IF NOT EXISTS keeps what the script attached, not what was there before")
  func attachIfNotExists() throws {
    let assets = try resolve(
      """
      ATTACH IF NOT EXISTS 'ducklake://one' AS dl;
      ATTACH IF NOT EXISTS 'ducklake://two' AS dl;
      FROM dl.t;
      DETACH dl;
      ATTACH 'ducklake://three' AS dl;
      FROM dl.t;
      """)
    #expect(assets.reads.map { short($0.asset) } == ["one/t", "three/t"])
  }

  @Test("defaults of arguments name files")
  func defaults() throws {
    let source = "-- $path (text) = 'raw/a.csv'\nFROM read_csv($path)"
    #expect(try resolve(source).filesRead.map(\.asset.path) == ["raw/a.csv"])
    let given = ScriptAssets.resolve(
      script: try SQLScript.parse(source, path: "s.sql"), parameters: ["PATH": "raw/b.csv"])
    #expect(given.filesRead.map(\.asset.path) == ["raw/b.csv"])
  }

  private func resolve(_ source: String) throws -> ScriptAssets {
    ScriptAssets.resolve(script: try SQLScript.parse(source, path: "s.sql"))
  }
}
