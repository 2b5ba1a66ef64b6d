import Foundation
import TestKit
import Testing

@Suite("Bad input gets one clear line", .serialized) struct BadInputTests {
  @Test func `commands and flags`() async throws {
    let lab = try CommandLab()
    try await lab.fails("sqll", status: 2, saying: "there is no command 'sqll'. Did you mean 'sql'?")
    try await lab.fails(
      "lake", "tabels", status: 2, saying: "tarn lake has no command 'tabels'. Did you mean 'tables'?")
    try await lab.fails(
      "sql", "--jsn", "SELECT 1", status: 2, saying: "'--jsn'. Did you mean '--json'? See tarn sql --help")
    try await lab.fails(
      "sql", "SELECT 1", "--format", "cvs", status: 2, saying: "--format is one of", "'cvs'")
    try await lab.fails("sql", "SELECT 1", "--format", "parquet", status: 2, saying: "needs --output FILE")
    try await lab.fails("sql", "SELECT 1", "--timeout", "soon", status: 2, saying: "30s or 10m, not 'soon'")
    try await lab.fails("run", status: 2, saying: "Missing expected argument '<file>'")
  }

  @Test func `tables, columns, types and functions`() async throws {
    let lab = try CommandLab()
    try await lab.output("sql", "CREATE TABLE orders AS SELECT 1 AS amount, DATE '2024-01-01' AS day")
    try await lab.fails(
      "sql", "FROM ordrs", saying: "query:1:6: Table with name ordrs does not exist. Did you mean orders?")
    try await lab.fails(
      "sql", "SELECT amout FROM orders", saying: "query:1:8:", "\"amout\" not found", "Did you mean amount")
    try await lab.fails("sql", "SELECT lowr('A')", saying: "lowr does not exist. Did you mean lower?")
    try await lab.fails(
      "sql", "INSERT INTO orders VALUES ('much', NULL)", saying: "Could not convert string 'much'")
    try await lab.fails(
      "sql", "SELECT 'open", saying: "query:1:8: the string that starts here is never closed")
    try await lab.fails("lake", "files", "ordrs", saying: "has no table 'ordrs'. Did you mean 'orders'?")
    try await lab.fails(
      "lake", "tables", "--lake", "mian", saying: "there is no lake 'mian'. Did you mean 'main'?")
    try await lab.fails(
      "lake", "options", "data_inlining_row_limt=1", saying: "Did you mean 'data_inlining_row_limit'?")
  }

  @Test(arguments: [
    ("lakes:\n  main:\n    catalog: sqlite\n   storage", "tarn.yaml:4: this is no readable YAML"),
    (
      "lakes:\n  main:\n    catalogg: sqlite\n",
      "tarn.yaml:3: unknown key lakes.main.catalogg. Did you mean 'catalog'?"
    ),
    (
      "lakes:\n  main:\n    catalog: sqlite\nlimits:\n  timeout: often\n",
      "tarn.yaml:5: limits.timeout must be a time"
    ),
    ("", "tarn.yaml: the file is empty"), ("files: []\n", "`lakes:` is missing"),
  ])
  func `a workspace file that cannot be used`(text: String, expected: String) async throws {
    let lab = try CommandLab()
    try lab.folder.write(text, to: "tarn.yaml")
    try await lab.fails("sql", "SELECT 1", saying: expected)
    #expect(try lab.folder.read("tarn.yaml") == text)
  }

  @Test func `a query past its time`() async throws {
    let endless = "SELECT count(*) FROM range(1000000000000)"
    let lab = try CommandLab()
    try await lab.fails(
      "sql", endless, "--timeout", "200ms", saying: "stopped after its limit of 200 ms", "--timeout")
    let limited = try CommandLab("limits:\n  timeout: 150ms\n")
    try await limited.fails("sql", endless, saying: "stopped after its limit of 150 ms", "limits.timeout")
    try limited.folder.write("CREATE TABLE t AS SELECT 1 AS i;\n\(endless)", to: "s.sql")
    try await limited.fails("run", "s.sql", saying: "s.sql:2:", "150 ms")
  }

  @Test func `a query past its memory`() async throws {
    let hungry = "SELECT list(i) FROM range(100000000) t(i)"
    let lab = try CommandLab()
    try await lab.fails(
      "sql", hungry, "--memory", "30MB", saying: "needs more memory than its limit allows", "--memory")
    let limited = try CommandLab("limits:\n  memory: 30MB\n")
    try await limited.fails("sql", hungry, saying: "limits.memory")
  }

  @Test func `a big sort spills into the workspace's own folder`() async throws {
    let lab = try CommandLab("limits:\n  memory: 60MB\n  threads: 1\n")
    let sorted =
      "SELECT sum(r) AS s FROM (SELECT row_number() OVER (ORDER BY hash(i)) AS r FROM range(3000000) t(i))"
    let outcome = try await lab.tarn("sql", "--json", sorted)
    #expect(outcome.output == #"[{"s":"4500001500000"}]"# + "\n", "\(outcome)")
  }

  @Test func `a raw file that is no Parquet, and one out of reach`() async throws {
    let lab = try CommandLab()
    try lab.folder.write("this is certainly no Parquet file", to: "raw/a.parquet")
    try lab.folder.write("i\n1\n", to: "other/b.csv")
    try await lab.fails("sql", "FROM 'raw/a.parquet'", saying: "raw/a.parquet", "No magic bytes")
    try await lab.fails("sql", "FROM 'raw/none.parquet'", saying: "raw/none.parquet")
    try await lab.fails(
      "sql", "FROM 'other/b.csv'",
      saying: "other/b.csv is not reachable from SQL. List the folder under files:")
  }
}
