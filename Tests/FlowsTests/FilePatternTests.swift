import Flows
import Lineage
import Scripts
import Testing

@Suite("Patterns of files that other scripts write")
struct FilePatternTests {
  @Test(
    "a pattern reads what a script writes",
    arguments: [
      ("raw/x.parquet", "raw/x.parquet", true), ("raw/*.parquet", "raw/x.parquet", true),
      ("raw/*", "raw/a/x.parquet", false), ("raw/**", "raw/a/b/x.parquet", true),
      ("raw/**/*.parquet", "raw/x.parquet", true), ("raw/**/*.parquet", "raw/a/b/x.parquet", true),
      ("**/x.csv", "x.csv", true), ("raw/?.csv", "raw/a.csv", true), ("raw/?.csv", "raw/ab.csv", false),
      ("raw/[a-c]1.csv", "raw/b1.csv", true), ("raw/[a-c]1.csv", "raw/d1.csv", false),
      ("raw/[!a-c]1.csv", "raw/d1.csv", true), ("raw/[ax]1.csv", "raw/x1.csv", true),
      ("raw/[ab.csv", "raw/a.csv", false), ("raw/*a*b*.csv", "raw/xaxbx.csv", true),
      ("raw/parts/*/*.parquet", "raw/parts", true), ("raw/parts2/*.parquet", "raw/parts", false),
      ("raw/é*.csv", "raw/été.csv", true), ("raw/x.PARQUET", "raw/x.parquet", false),
      ("s3://a/x.csv", "raw/x.csv", false), ("s3:///x.csv", "s3:///x.csv", true),
      ("s3://store/p/**/*.parquet", "s3://store/p", true), ("s3://store/*.csv", "s3://other/a.csv", false),
    ])
  func patterns(pattern: String, written: String, isRead: Bool) throws {
    let plan = try makePlan([
      "a.sql": "COPY (SELECT 1) TO '\(written)'",
      "b.sql": "CREATE TABLE t AS FROM read_parquet('\(pattern)')",
    ])
    #expect(plan["b.sql"]?.dependencies == (isRead ? ["a.sql"] : []))
  }
}
