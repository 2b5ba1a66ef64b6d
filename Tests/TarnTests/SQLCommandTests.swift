import Foundation
import TestKit
import Testing

@Suite("tarn sql", .serialized) struct SQLCommandTests {
  @Test func `rows as a table, CSV, JSON, lines and Markdown`() async throws {
    let lab = try CommandLab()
    let query = "SELECT 1 AS i, 'a\"b' AS t UNION ALL SELECT NULL, 'c,d' ORDER BY i NULLS LAST"
    #expect(
      try await lab.output("sql", "--json", query) == #"[{"i":1,"t":"a\"b"},{"i":null,"t":"c,d"}]"# + "\n")
    #expect(try await lab.output("sql", "--format", "csv", query) == "i,t\n1,\"a\"\"b\"\n,\"c,d\"\n")
    #expect(
      try await lab.output("sql", "--format", "ndjson", query)
        == #"{"i":1,"t":"a\"b"}"# + "\n" + #"{"i":null,"t":"c,d"}"# + "\n")
    #expect(try await lab.output("sql", "--format", "markdown", query).contains("| 1 |") == true)
    #expect(try await lab.output("sql", query).contains("│"))
  }

  @Test func `files, Parquet among them`() async throws {
    let lab = try CommandLab()
    for format in ["csv", "json", "parquet"] {
      let outcome = try await lab.tarn(
        "sql", "FROM range(3) t(i)", "--format", format, "--output", "raw-\(format)")
      #expect(outcome.status == 0 && outcome.output.isEmpty && outcome.errors.isEmpty, "\(outcome)")
    }
    #expect(try lab.folder.read("raw-csv") == "i\n0\n1\n2\n")
    #expect(try lab.folder.read("raw-json") == #"[{"i":0},{"i":1},{"i":2}]"# + "\n")
    try FileManager.default.createDirectory(atPath: lab.folder["raw"], withIntermediateDirectories: true)
    try FileManager.default.moveItem(atPath: lab.folder["raw-parquet"], toPath: lab.folder["raw/r.parquet"])
    #expect(
      try await lab.output("sql", "--json", "SELECT sum(i) AS s FROM 'raw/r.parquet'") == #"[{"s":"3"}]"#
        + "\n")
  }

  @Test func `several statements give the last one's rows`() async throws {
    let lab = try CommandLab()
    let script =
      "CREATE TABLE t (i INTEGER); INSERT INTO t VALUES (1), (2);\n-- the sum\nSELECT sum(i) AS s FROM t;"
    #expect(try await lab.output("sql", "--format", "csv", script) == "s\n3\n")
    #expect(
      try await lab.output("sql", "--format", "csv", input: "SELECT 5 AS a;\nSELECT ';' AS b\n") == "b\n;\n")
    try await lab.fails("sql", input: "-- nothing\n", status: 2, saying: "there is no statement")
  }

  @Test func `a statement without rows prints nothing, a change tells its rows on the side`() async throws {
    let lab = try CommandLab()
    let created = try await lab.tarn("sql", "CREATE TABLE t (i INTEGER)")
    #expect(created.status == 0 && created.output.isEmpty && created.errors.isEmpty, "\(created)")
    let changed = try await lab.tarn("sql", "INSERT INTO t VALUES (1), (2)")
    #expect(changed.output.isEmpty && changed.errors == "2 rows changed\n", "\(changed)")
    #expect(try await lab.output("sql", "--json", "DELETE FROM t WHERE i = 1") == #"[{"Count":1}]"# + "\n")
    #expect(try await lab.output("sql", "--json", "DROP TABLE t") == "[]\n")
  }

  @Test func `other lakes answer to their names`() async throws {
    let lab = try CommandLab(lakes: ["main", "sales"])
    try await lab.output("sql", "--lake", "sales", "CREATE TABLE s AS SELECT 1 AS i")
    #expect(try await lab.output("sql", "--json", "SELECT i FROM sales.s") == #"[{"i":1}]"# + "\n")
    #expect(
      try await lab.output("sql", "--json", "--lake", "sales", "SELECT i FROM s") == #"[{"i":1}]"# + "\n")
    try await lab.fails(
      "sql", "--lake", "sals", "SELECT 1", saying: "there is no lake 'sals'. Did you mean 'sales'?")
  }

  @Test func `a workspace is found above, or named from elsewhere`() async throws {
    let lab = try CommandLab()
    try await lab.output("sql", "CREATE TABLE t AS SELECT 7 AS i")
    try lab.folder.write("", to: "deep/er/x")
    let below = try await lab.tarn("sql", "--json", "FROM t", in: "deep/er")
    #expect(below.output == #"[{"i":7}]"# + "\n", "\(below)")
    let elsewhere = try TemporaryFolder("elsewhere")
    let named = try await TarnProcess(in: elsewhere.path).run(
      "sql", "--workspace", lab.folder.path, "--json", "FROM t")
    #expect(named.output == #"[{"i":7}]"# + "\n", "\(named)")
    let none = try await TarnProcess(in: elsewhere.path).run("sql", "SELECT 1")
    #expect(none.status == 1 && none.errors.contains("tarn init"), "\(none)")
  }

  @Test func `a reader that goes away ends it quietly`() async throws {
    let lab = try CommandLab()
    let command = "'\(Checkout.binary)' sql --format csv 'FROM range(100000000000)' | head -n 2"
    let outcome = try await TarnProcess(in: lab.folder.path, executable: "/bin/bash")
      .run("-c", "\(command); exit ${PIPESTATUS[0]}")
    #expect(outcome.output == "range\n0\n" && outcome.errors.isEmpty && outcome.status == 0, "\(outcome)")
  }

  @Test func `a full disk is told`() async throws {
    let lab = try CommandLab()
    try await lab.fails(
      "sql", "--format", "csv", "FROM range(100000)", "--output", "/dev/full",
      saying: "No space left on device")
    try await lab.fails(
      "sql", "--format", "csv", "SELECT 1", "--output", "no/such/file",
      saying: "no/such/file: No such file or directory")
  }
}
