import Flows
import Lake
import LakeSettings
import Pipelines
import Scripts
import TestKit
import Testing

@Suite("A pipeline runs in the order that its SQL tells") struct PipelineRunTests {
  /// Written so that no order of names or folders would do.
  static let shop = [
    "a_report.sql":
      "CREATE OR REPLACE TABLE report AS SELECT customer, sum(amount) AS amount FROM b_view GROUP BY ALL",
    "b/view.sql": """
    -- A comment that says FROM nowhere, and 'a quote
    CREATE OR REPLACE VIEW b_view AS
    WITH orders_of AS (FROM "orders") SELECT c.name AS customer, amount FROM orders_of o JOIN customers c ON c.id = o.customer;
    """,
    "z_orders.sql":
      "CREATE OR REPLACE TABLE orders AS FROM (VALUES (1, 10), (1, 5), (2, 7)) t(customer, amount)",
    "y_customers.sql":
      "CREATE OR REPLACE TABLE customers AS FROM (VALUES (1, 'Ada'), (2, 'Bob')) t(id, name)",
    "notes.txt": "FROM nothing that anybody reads",
    ".hidden/x.sql": "SELECT * FROM nothing",
  ]

  @Test(arguments: ["sqlite", "duckdb"]) func `a whole pipeline`(catalog: String) async throws {
    try await PipelineLab.run(Self.shop, catalog: catalog) { lab in
      let order = Shared<[String]>([])
      let outcome = try await lab.run(jobs: 4) { event in
        if case .finished(let step, _) = event { order.change { $0.append(step) } }
      }
      #expect(outcome.ending == .done)
      #expect(Set(order.value.prefix(2)) == ["y_customers.sql", "z_orders.sql"])
      #expect(order.value.suffix(2) == ["b/view.sql", "a_report.sql"])
      #expect(outcome.finished["z_orders.sql"]?.rows == 3)
      try await lab.expectRows("Ada 15\nBob 7", of: "FROM report ORDER BY ALL")
    }
  }

  @Test func `the plan has stages, reads and writes`() async throws {
    try await PipelineLab.run(Self.shop) { lab in
      let plan = try await lab.load().plan
      #expect(plan.steps.map(\.id) == ["y_customers.sql", "z_orders.sql", "b/view.sql", "a_report.sql"])
      #expect(plan.steps.map(\.stage) == [1, 1, 2, 3] || plan.steps.map(\.stage) == [0, 0, 1, 2])
      #expect(plan["b/view.sql"]?.dependencies.sorted() == ["y_customers.sql", "z_orders.sql"])
      #expect(plan["a_report.sql"]?.reads.map(\.description) == ["ducklake://main/b_view"])
      #expect(try await lab.snapshot() == 0)
    }
  }

  @Test func `a step waits for what its annotation names`() async throws {
    let scripts = [
      "a.sql": "-- on ducklake://main/z\nCREATE OR REPLACE TABLE a AS SELECT 1 AS i",
      "z.sql": "CREATE OR REPLACE TABLE z AS SELECT 1 AS i",
    ]
    try await PipelineLab.run(scripts) { lab in
      #expect(try await lab.load().plan["a.sql"]?.dependencies == ["z.sql"])
      try await lab.expectRun(["a.sql", "z.sql"])
      try await lab.expectRun([])
    }
  }

  @Test func `steps write different lakes, and both are up to date afterwards`() async throws {
    let scripts = [
      "a.sql": "ATTACH 'ducklake://sales' AS s; CREATE OR REPLACE TABLE s.t AS SELECT 1 AS i",
      "b.sql": "ATTACH 'ducklake://sales' AS x; CREATE OR REPLACE TABLE u AS SELECT i + 1 AS j FROM x.t",
      "c.sql":
        "ATTACH 'ducklake://sales' AS s; USE s; CREATE OR REPLACE TABLE v AS SELECT j + 1 AS k FROM dl.u",
    ]
    try await PipelineLab.run(scripts, lakes: [.main, try LakeName("sales")]) { lab in
      try await lab.expectRun(["a.sql", "b.sql", "c.sql"])
      try await lab.expectRows("3", of: "FROM v", lake: try LakeName("sales"))
      try await lab.expectRun([])
      try await lab.execute("INSERT INTO t VALUES (5)", lake: try LakeName("sales"))
      try await lab.expectRun(["a.sql", "b.sql", "c.sql"])
      try await lab.expectRun([])
    }
  }

  @Test func `arguments reach the scripts that declare them`() async throws {
    let scripts = [
      "a.sql": "-- $day (date) = 2024-01-01\nCREATE OR REPLACE TABLE a AS SELECT $day AS day",
      "b.sql": "CREATE OR REPLACE TABLE b AS FROM a",
      "c.sql": "CREATE OR REPLACE TABLE c AS SELECT 1 AS i",
    ]
    try await PipelineLab.run(scripts) { lab in
      try await lab.expectRun(["a.sql", "b.sql", "c.sql"])
      try await lab.expectRows("2024-01-01", of: "FROM b")
      try await lab.expectRun([], arguments: ["day": "2024-01-01"])
      try await lab.expectRun(["a.sql", "b.sql"], arguments: ["day": "2024-02-29"])
      try await lab.expectRows("2024-02-29", of: "FROM b")
      #expect(
        try await lab.problems(arguments: ["dai": "x"]) == [
          "no script has an argument 'dai'. Did you mean 'day'?"
        ])
      let wrong = try await lab.problems(arguments: ["day": "today"])
      #expect(wrong.count == 1 && wrong[0].hasPrefix("a.sql: argument `day`: `today` is not a date"))
    }
  }

  @Test func `a step is one transaction and leaves one snapshot, which names it`() async throws {
    let scripts = [
      "many.sql":
        "CREATE OR REPLACE TABLE a AS SELECT 1 AS i; INSERT INTO a VALUES (2); DELETE FROM a WHERE i = 1"
    ]
    try await PipelineLab.run(scripts) { lab in
      try await lab.expectRun(["many.sql"])
      let snapshots = try await lab.engine.lake().snapshots()
      #expect(snapshots.first?.id == 1)
      #expect(snapshots.first?.message == "pipeline step many.sql")
      try await lab.expectRows("2", of: "FROM a")
    }
  }

  @Test func `a published report is written anew when its input changes, and only then`() async throws {
    let scripts = [
      "report.sql": """
      -- report: file=reports/sales.md title="Sales"
      -- section: All
      FROM sales ORDER BY i;
      """
    ]
    try await PipelineLab.run(scripts) { lab in
      try await lab.execute("CREATE TABLE sales AS SELECT 1 AS i")
      try await lab.expectRun(["report.sql"])
      #expect(try lab.folder.read("reports/sales.md").contains("# Sales"))
      try await lab.expectRun([])
      try await lab.execute("INSERT INTO sales VALUES (2)")
      try await lab.expectRun(["report.sql"])
    }
  }
}
