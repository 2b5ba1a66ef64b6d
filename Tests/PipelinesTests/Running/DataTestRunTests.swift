import Flows
import Lake
import Pipelines
import TestKit
import Testing

@Suite("Data tests run after the step's statements, inside its transaction") struct DataTestRunTests {
  private static let tests = """
    -- data_test unique id
    -- data_test unique id, kind
    -- data_test not_null id
    -- data_test accepted_values kind a, b
    -- data_test relationships owner -> owners.id
    -- data_test sql SELECT id FROM orders WHERE id < 0

    """

  private static func orders(_ rows: String) -> [String: String] {
    [
      "owners.sql": "CREATE OR REPLACE TABLE owners AS FROM range(1, 4) t(id)",
      "orders.sql": tests + "CREATE OR REPLACE TABLE orders AS FROM (VALUES \(rows)) t(id, kind, owner)",
    ]
  }

  @Test func `all pass`() async throws {
    try await PipelineLab.run(Self.orders("(1, 'a', 1), (2, 'b', NULL), (3, NULL, 3)")) { lab in
      let outcome = try await lab.run()
      #expect(outcome.ending == .done)
      #expect(outcome.finished["orders.sql"]?.tests == 6)
    }
  }

  @Test func `all run, also after one has failed, and show the rows`() async throws {
    try await PipelineLab.run(Self.orders("(-1, 'a', 1), (-1, 'a', 9), (NULL, 'c', 9)")) { lab in
      let outcome = try await lab.run()
      #expect(outcome.ending == .failed)
      let failure = try #require(outcome.failed["orders.sql"])
      #expect(
        failure.message == "orders.sql:1: 6 of 6 data tests failed: orders: unique(id): 1 violating row")
      #expect(
        failure.details == [
          "  orders.sql:1: orders: unique(id): 1 violating row", "    id=-1 copies=2",
          "  orders.sql:2: orders: unique(id, kind): 1 violating row", "    id=-1 kind=a copies=2",
          "  orders.sql:3: orders: not_null(id): 1 violating row", "    id=NULL kind=c owner=9",
          "  orders.sql:4: orders: accepted_values(kind): 1 violating row", "    kind=c rows=1",
          "  orders.sql:5: orders: relationships(owner -> owners.id): 1 violating row", "    owner=9 rows=2",
          "  orders.sql:6: sql(line 6): 2 violating rows", "    id=-1", "    id=-1",
        ], "\(failure.details)")
      try await lab.expectRows(
        "owners", of: "SELECT table_name FROM duckdb_tables() WHERE database_name = 'dl'")
    }
  }

  @Test func `at most 20 rows are shown, all are counted`() async throws {
    let scripts = [
      "t.sql":
        "-- data_test not_null i\nCREATE OR REPLACE TABLE t AS SELECT NULL AS i, n FROM range(1234) s(n)"
    ]
    try await PipelineLab.run(scripts) { lab in
      let failure = try #require(try await lab.run().failed["t.sql"])
      #expect(failure.message.hasSuffix("t: not_null(i): 1234 violating rows"))
      #expect(failure.details.count == 22)
      #expect(failure.details.last == "    … and 1214 more")
    }
  }

  @Test func `a validation writes nothing, tests what others wrote, and blocks who waits for it`()
    async throws
  {
    let scripts = [
      "a_check.sql":
        "-- Only tests.\n-- data_test orders: unique id\n-- data_test sql SELECT * FROM orders WHERE id > 2\n",
      "b_orders.sql": "CREATE OR REPLACE TABLE orders AS FROM range(5) t(id)",
    ]
    try await PipelineLab.run(scripts) { lab in
      let outcome = try await lab.run()
      #expect(Set(outcome.finished.keys) == ["b_orders.sql"])
      #expect(
        outcome.failed["a_check.sql"]?.message
          == "a_check.sql:3: a data test failed: sql(line 3): 2 violating rows")
      try lab.write("CREATE OR REPLACE TABLE orders AS FROM range(2) t(id)", to: "b_orders.sql")
      try await lab.expectRun(["a_check.sql", "b_orders.sql"])
      try await lab.expectRun([])
    }
  }

  @Test func `a test of a column that is not there names the test's line`() async throws {
    let scripts = ["t.sql": "\n-- data_test unique idd\nCREATE OR REPLACE TABLE t AS SELECT 1 AS id"]
    try await PipelineLab.run(scripts) { lab in
      let message = try await lab.run().failed["t.sql"]?.message ?? ""
      #expect(
        message.hasPrefix("t.sql:2: data test t: unique(idd): Referenced column \"idd\" not found"),
        "\(message)")
      #expect(message.contains("Did you mean id?"), "\(message)")
    }
  }
}
