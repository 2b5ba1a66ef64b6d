import Flows
import Testing

@Suite("Pictures of a plan")
struct PipelineDrawingTests {
  private func plan() throws -> PipelinePlan {
    try makePlan([
      "ingest/customers.sql": "CREATE TABLE customers AS FROM 'raw/customers.parquet'",
      "ingest/orders.sql": "CREATE TABLE orders AS FROM 'raw/orders.parquet'",
      "report/daily.sql":
        "CREATE SCHEMA IF NOT EXISTS r; CREATE TABLE r.daily AS FROM orders JOIN customers USING (id)",
      "report/check.sql": "SELECT count(*) FROM orders WHERE id IS NULL",
    ])
  }

  @Test("as text")
  func text() throws {
    #expect(
      PipelineDrawing(try plan()).text() == """
        Stage 1: ingest (2 steps)
          ingest/customers.sql  raw/customers.parquet → customers
          ingest/orders.sql     raw/orders.parquet → orders
        Stage 2: report (2 steps)
          report/check.sql      orders
          report/daily.sql      orders, customers → r.daily
        4 steps in 2 stages

        """)
  }

  @Test("long lists are cut to the width, with the number of the others")
  func width() throws {
    let tables = (0..<20).map { "table_number_\($0)" }
    let plan = try makePlan(
      ["wide.sql": "CREATE TABLE all_of_them AS FROM \(tables.joined(separator: ", "))"], existing: tables)
    let lines = PipelineDrawing(plan).text(width: 80).split(separator: "\n")
    #expect(lines[1] == "  wide.sql  table_number_0, table_number_1, table_number_2, +17 → all_of_them")
    #expect(lines.allSatisfy { $0.count <= 80 })
  }

  @Test("as Mermaid")
  func mermaid() throws {
    #expect(
      PipelineDrawing(try plan()).mermaid() == """
        flowchart LR
          subgraph g0["ingest"]
            s0["ingest/customers.sql"]
            s1["ingest/orders.sql"]
          end
          subgraph g1["report"]
            s2["report/check.sql"]
            s3["report/daily.sql"]
          end
          s1 --> s2
          s0 --> s3
          s1 --> s3

        """)
  }

  @Test("as DOT")
  func dot() throws {
    #expect(
      PipelineDrawing(try plan()).dot() == """
        digraph pipeline {
          rankdir=LR;
          node [shape=box];
          { rank=same; "ingest/customers.sql"; "ingest/orders.sql"; }
          { rank=same; "report/check.sql"; "report/daily.sql"; }
          "ingest/orders.sql" -> "report/check.sql" [label="orders"];
          "ingest/customers.sql" -> "report/daily.sql" [label="customers"];
          "ingest/orders.sql" -> "report/daily.sql" [label="orders"];
        }

        """)
  }

  @Test("quotes in names are escaped")
  func escapes() throws {
    let drawing = PipelineDrawing(
      try makePlan(["a\"b.sql": "CREATE TABLE \"x\"\"y\" AS SELECT 1", "c.sql": "FROM \"x\"\"y\""]))
    #expect(drawing.mermaid().contains("s0[\"a#quot;b.sql\"]"))
    #expect(drawing.dot().contains(#""a\"b.sql" -> "c.sql" [label="\"x\"\"y\""];"#))
  }
}
