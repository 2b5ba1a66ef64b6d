import Foundation
import TestKit
import Testing

@Suite("tarn load", .serialized) struct LoadCommandTests {
  private func rows(_ lab: CommandLab, _ query: String) async throws -> String {
    try await lab.output("sql", "--json", query).trimmingCharacters(in: .newlines)
  }

  @Test func `files, and a summary`() async throws {
    let lab = try CommandLab()
    try lab.folder.write(#"{"id":1,"tags":["a","b"]}"# + "\n" + #"{"id":2}"# + "\n", to: "in/customers.jsonl")
    let outcome = try await lab.tarn("load", "in/customers.jsonl", "--into", "shop")
    #expect(outcome.status == 0, "\(outcome)")
    #expect(outcome.output.contains("customers__tags"), "\(outcome)")
    #expect(outcome.errors.contains("loaded 4 rows into main/shop (snapshot 1, load "), "\(outcome)")
    // Nothing is drawn on a pipe.
    #expect(!outcome.errors.contains("\u{1B}") && outcome.errorLines.count == 1, "\(outcome)")
    #expect(
      try await rows(
        lab, "SELECT id, (SELECT count(*) FROM shop.customers__tags)::INT n FROM shop.customers ORDER BY id")
        == #"[{"id":1,"n":2},{"id":2,"n":2}]"#)
  }

  @Test func `a terminal shows how far it has come`() async throws {
    let lab = try CommandLab()
    try lab.folder.write("{\"i\":1}\n", to: "t.jsonl")
    let terminal = TarnProcess(
      in: lab.folder.path, environment: ["TERM": "xterm", "SHELL": "/bin/sh"], executable: "/usr/bin/script")
    let outcome = try await terminal.run("-qec", "\(Checkout.binary) load t.jsonl --into s", "/dev/null")
    #expect(outcome.output.contains("t: looking at the source, 1 file, 8 B"), "\(outcome)")
    #expect(outcome.output.contains("t: read, 1 file, 8 B, 1 row"), "\(outcome)")
    #expect(outcome.output.contains("loaded 1 row into main/s"), "\(outcome)")
  }

  @Test func `a pattern, from a folder below`() async throws {
    let lab = try CommandLab()
    try lab.folder.write("{\"i\":1}\n", to: "below/orders/a.jsonl")
    try lab.folder.write("{\"i\":2}\n", to: "below/orders/b.jsonl")
    let outcome = try await lab.tarn("load", "orders/*.jsonl", "--into", "main/s", "--json", in: "below")
    #expect(outcome.status == 0 && outcome.errors.isEmpty, "\(outcome)")
    let report = try #require(
      try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: Any])
    #expect(report["snapshot"] as? Int == 1)
    #expect((report["tables"] as? [[String: Any]])?.first?["name"] as? String == "orders")
    #expect(try await rows(lab, "SELECT sum(i)::INT s FROM s.orders") == #"[{"s":3}]"#)
  }

  @Test func `a folder is a table for each file name and each folder, in one snapshot`() async throws {
    let lab = try CommandLab()
    try lab.folder.write("{\"i\":1}\n", to: "shop/customers.jsonl")
    try lab.folder.write("id,total\n1,2.5\n", to: "shop/orders.csv")
    try lab.folder.write("{\"i\":1}\n", to: "shop/items/2024/a.jsonl")
    try lab.folder.write("{\"i\":2}\n", to: "shop/items/b.jsonl")
    try lab.folder.write("", to: "shop/_SUCCESS")
    let outcome = try await lab.tarn("load", "shop", "--into", "shop")
    #expect(outcome.errors.contains("loaded 4 rows into main/shop (snapshot 1, "), "\(outcome)")
    let tables = try await rows(
      lab,
      "SELECT string_agg(table_name, ' ' ORDER BY table_name) t FROM information_schema.tables WHERE table_schema = 'shop' AND table_name NOT LIKE '\\_dlt%' ESCAPE '\\'"
    )
    #expect(tables == #"[{"t":"customers items orders"}]"#)
    #expect(try await rows(lab, "SELECT count(*)::INT n FROM shop._dlt_loads") == #"[{"n":1}]"#)
    try await lab.output("load", "shop", "--into", "part", "--tables", "items")
    #expect(try await rows(lab, "SELECT count(*)::INT n FROM part.items") == #"[{"n":2}]"#)
    try await lab.fails(
      "load", "shop", "--into", "part", "--tables", "itmes", saying: "no table 'itmes'. Did you mean 'items'?"
    )
  }

  @Test func `standard input`() async throws {
    let lab = try CommandLab()
    let outcome = try await lab.tarn(
      "load", "-", "--into", "s", "--table", "t", input: "{\"i\":1}\n{\"i\":2}\n")
    #expect(outcome.status == 0, "\(outcome)")
    try await lab.output(
      "load", "-", "--into", "s", "--table", "c", "--format", "csv", input: "a,b\n1,x\n")
    #expect(
      try await rows(lab, "SELECT a, b, (SELECT count(*) FROM s.t)::INT n FROM s.c")
        == #"[{"a":1,"b":"x","n":2}]"#)
    #expect(try FileManager.default.contentsOfDirectory(atPath: lab.folder[".tarn/loads/input"]).isEmpty)
    try await lab.fails(
      "load", "-", "--into", "s", input: "{}", status: 2, saying: "standard input has no name")
    try await lab.fails(
      "load", "-", "--into", "s", "--table", "t", input: "", saying: "standard input is empty")
    try await lab.fails(
      "load", "-", "--into", "s", "--table", "u", input: "a,b\n",
      saying: "nobody can tell what standard input is", "--format csv")
  }

  @Test func `keys and merges`() async throws {
    let lab = try CommandLab()
    try lab.folder.write("id,v\n1,a\n2,b\n", to: "t.csv")
    try await lab.output("load", "t.csv", "--into", "s", "--primary-key", "id", "--strategy", "upsert")
    try lab.folder.write("id,v\n2,c\n3,d\n", to: "t.csv")
    try await lab.output("load", "t.csv", "--into", "s", "--primary-key", "id", "--strategy", "upsert")
    #expect(
      try await rows(lab, "SELECT string_agg(id || v, ' ' ORDER BY id) r FROM s.t") == #"[{"r":"1a 2c 3d"}]"#)
    try await lab.output("load", "t.csv", "--into", "s", "--write-disposition", "replace")
    #expect(try await rows(lab, "SELECT count(*)::INT n FROM s.t") == #"[{"n":2}]"#)
  }

  @Test func `types of columns, and a dry run`() async throws {
    let lab = try CommandLab()
    try lab.folder.write(#"{"day":"2024-05-06","total":"12.50"}"# + "\n", to: "t.jsonl")
    let dry = try await lab.tarn(
      "load", "t.jsonl", "--into", "s", "--columns", "day:date,total:decimal(12,2)", "--dry-run")
    #expect(dry.output.contains("new column t.total DECIMAL(12,2)"), "\(dry)")
    #expect(dry.output.contains("CREATE TABLE"), "\(dry)")
    #expect(dry.errors.contains("nothing was written"), "\(dry)")
    #expect(try await lab.json("lake", "tables", "--json") as? [String] == [])
    try await lab.output("load", "t.jsonl", "--into", "s", "--columns", "day:date,total:decimal(12,2)")
    #expect(
      try await rows(lab, "SELECT typeof(day) d, typeof(total) t FROM s.t")
        == #"[{"d":"DATE","t":"DECIMAL(12,2)"}]"#)
  }

  @Test func `new rows and new files`() async throws {
    let lab = try CommandLab()
    try lab.folder.write("{\"id\":1,\"at\":1}\n{\"id\":2,\"at\":5}\n", to: "t.jsonl")
    try await lab.output("load", "t.jsonl", "--into", "s", "--incremental", "at")
    let same = try await lab.tarn("load", "t.jsonl", "--into", "s", "--incremental", "at")
    #expect(
      same.errors.contains("skipped 1 file that had been loaded before\nnothing new to load"), "\(same)")
    try lab.folder.write("{\"id\":2,\"at\":5}\n{\"id\":3,\"at\":9}\n{\"id\":0,\"at\":2}\n", to: "t.jsonl")
    try await lab.output("load", "t.jsonl", "--into", "s", "--incremental", "at")
    #expect(try await rows(lab, "SELECT string_agg(id, ' ' ORDER BY id) i FROM s.t") == #"[{"i":"1 2 3"}]"#)
  }

  @Test func `lines that cannot be read are set aside`() async throws {
    let lab = try CommandLab()
    try lab.folder.write("{\"i\":1}\nrubbish\n{\"i\":2}\n", to: "t.jsonl")
    try await lab.fails("load", "t.jsonl", "--into", "s", saying: "line 2 of 't.jsonl' is no JSON: rubbish")
    let outcome = try await lab.tarn("load", "t.jsonl", "--into", "s", "--bad-rows", "set_aside")
    #expect(outcome.errors.contains("set 1 row aside in s._rejects"), "\(outcome)")
    #expect(
      try await rows(lab, "SELECT line, content FROM s._rejects") == #"[{"line":2,"content":"rubbish"}]"#)
  }

  @Test func `another lake of the workspace`() async throws {
    let lab = try CommandLab(lakes: ["main", "old"])
    try await lab.output(
      "sql", "CREATE SCHEMA old.s; CREATE TABLE old.s.t AS SELECT 1 AS i, 1.50::DECIMAL(9,2) AS d")
    try await lab.output("load", "ducklake://old/s", "--into", "s")
    #expect(
      try await rows(lab, "SELECT i, d, typeof(d) t FROM s.t") == #"[{"i":1,"d":"1.50","t":"DECIMAL(9,2)"}]"#)
    try await lab.fails(
      "load", "ducklake://odl/s", "--into", "s", saying: "no lake 'odl'. Did you mean 'old'?")
    try await lab.fails("load", "ducklake://main/s", "--into", "s", saying: "cannot be loaded into itself")
  }
}
