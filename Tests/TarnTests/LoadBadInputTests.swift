import Foundation
import TestKit
import Testing

/// Bad input of `tarn load` gets one clear line, and leaves nothing half loaded.
@Suite("tarn load: bad input", .serialized) struct LoadBadInputTests {
  /// Loads what must not load; afterwards the lake is as it was.
  private func refuses(
    _ lab: CommandLab, _ arguments: String..., saying parts: String...,
    at location: SourceLocation = #_sourceLocation
  ) async throws {
    let before = try await lab.output("lake", "snapshots", "--json")
    let outcome = try await lab.process.run(["load"] + arguments + ["--into", "s"])
    #expect(outcome.status == 1 && outcome.output == "", "\(outcome)", sourceLocation: location)
    #expect(
      outcome.errorLines.count == 1 && outcome.errors.hasPrefix("tarn: "), "\(outcome)",
      sourceLocation: location)
    for part in parts { #expect(outcome.errors.contains(part), "\(outcome)", sourceLocation: location) }
    #expect(try await lab.output("lake", "snapshots", "--json") == before, sourceLocation: location)
  }

  @Test func `no such file, pattern or folder`() async throws {
    let lab = try CommandLab()
    try await refuses(lab, "none.jsonl", saying: "there is no file like none.jsonl")
    try await refuses(lab, "raw/*.csv", saying: "there is no file like 'raw/*.csv'")
    try lab.folder.write("", to: "empty/.keep")
    try await refuses(lab, "empty", saying: "there is no file in 'empty'")
  }

  @Test(arguments: ["jsonl", "json", "csv"]) func `an empty file is told`(format: String) async throws {
    let lab = try CommandLab()
    try lab.folder.write("", to: "t.\(format)")
    let outcome = try await lab.tarn("load", "t.\(format)", "--into", "s")
    #expect(
      outcome.status == 0 && outcome.errors.contains("The source of table 't' has no rows."), "\(outcome)")
  }

  @Test func `an empty Parquet file`() async throws {
    let lab = try CommandLab()
    try lab.folder.write("", to: "t.parquet")
    try await refuses(lab, "t.parquet", saying: "'t.parquet' too small to be a Parquet file")
  }

  @Test func `a folder of mixed formats`() async throws {
    let lab = try CommandLab()
    try lab.folder.write("{\"i\":1}\n", to: "in/orders/a.jsonl")
    try lab.folder.write("i\n1\n", to: "in/orders/b.csv")
    try await refuses(lab, "in", saying: "the files are of several kinds: csv, jsonl")
    try lab.folder.write("read me", to: "other/README.md")
    try await refuses(lab, "other", saying: "nobody can tell from its name what is in 'other/README.md'")
    try await lab.fails(
      "load", "in/orders/a.jsonl", "in/orders/b.csv", "--into", "s", status: 1,
      saying: "one table or several?")
  }

  @Test func `a truncated gzip, and zstd`() async throws {
    let lab = try CommandLab()
    let made = try await TarnProcess(in: lab.folder.path, executable: "/bin/sh").run(
      "-c",
      "seq 100000 | sed 's/.*/{\"i\":&}/' | gzip | head -c 40000 > t.jsonl.gz; echo rubbish > u.jsonl.gz")
    #expect(made.status == 0)
    try await refuses(lab, "t.jsonl.gz", saying: "t.jsonl.gz", "cut off or damaged")
    try await refuses(lab, "u.jsonl.gz", saying: "u.jsonl.gz", "cut off or damaged")
    try lab.folder.write("", to: "raw/.keep")
    try await lab.output(
      "sql", "COPY (SELECT range i FROM range(200000)) TO 'raw/z.csv.zst' (COMPRESSION zstd)")
    try await lab.output("load", "raw/z.csv.zst", "--into", "w")
    let whole = try Data(contentsOf: URL(fileURLWithPath: lab.folder["raw/z.csv.zst"]))
    try whole.prefix(whole.count / 2).write(to: URL(fileURLWithPath: lab.folder["raw/z.csv.zst"]))
    try await refuses(lab, "raw/z.csv.zst", saying: "cut off or damaged")
  }

  @Test func `a ragged CSV`() async throws {
    let lab = try CommandLab()
    try lab.folder.write("a,b\n1,x\n2,y,z,w\n3,q\n", to: "t.csv")
    try await refuses(lab, "t.csv", saying: "line 3", "has more than 2 columns: 2,y,z,w")
  }

  @Test func `JSON that is one array`() async throws {
    let lab = try CommandLab()
    let rows = (0..<5000).map { "{\"i\":\($0)}" }.joined(separator: ",\n")
    try lab.folder.write("[\(rows)]", to: "t.json")
    try await lab.output("load", "t.json", "--into", "s")
    #expect(try await lab.output("sql", "--json", "SELECT count(*)::INT n FROM s.t") == "[{\"n\":5000}]\n")
    try lab.folder.write("[\(rows)", to: "u.json")
    try await refuses(lab, "u.json", saying: "u.json")
    // Written over several lines, an array is no JSON lines.
    try lab.folder.write("[\n{\"i\":1},\n{\"i\":2}\n]", to: "v.jsonl")
    try await refuses(lab, "v.jsonl", saying: "v.jsonl")
  }

  @Test func `columns that stand twice are all kept`() async throws {
    let lab = try CommandLab()
    try lab.folder.write("a,a\n1,2\n", to: "t.csv")
    try await lab.output("load", "t.csv", "--into", "s")
    #expect(
      try await lab.output("sql", "--json", "SELECT * EXCLUDE (_dlt_id, _dlt_load_id) FROM s.t")
        == "[{\"a\":1,\"a_1\":2}]\n")
  }

  @Test func `a column named like one of the loader's own`() async throws {
    let lab = try CommandLab()
    try lab.folder.write("{\"_dlt_id\":\"mine\",\"_dlt_load_id\":\"x\",\"rowid\":1}\n", to: "t.jsonl")
    let outcome = try await lab.tarn("load", "t.jsonl", "--into", "s")
    #expect(outcome.status == 0, "\(outcome)")
    let found = try await lab.output("sql", "--json", "SELECT _dlt_id, _dlt_load_id = 'x' AS kept FROM s.t")
    #expect(found == "[{\"_dlt_id\":\"mine\",\"kept\":false}]\n")
  }

  @Test func `Parquet with types that lakes lack`() async throws {
    let lab = try CommandLab()
    try lab.folder.write("", to: "raw/.keep")
    try await lab.output(
      "sql", "COPY (SELECT 1 AS i, INTERVAL 1 DAY AS v, {'a': [MAP {'k': 1}]} AS m) TO 'raw/t.parquet'")
    try await lab.output("load", "raw/t.parquet", "--into", "s")
    #expect(try await lab.output("sql", "--json", "SELECT v FROM s.t") == "[{\"v\":\"1 day\"}]\n")
    try lab.folder.write("this is no Parquet", to: "raw/u.parquet")
    try await refuses(lab, "raw/u.parquet", saying: "raw/u.parquet")
  }

  @Test func `a contract that is violated`() async throws {
    let lab = try CommandLab()
    try lab.folder.write("{\"i\":1}\n", to: "t.jsonl")
    try await lab.output("load", "t.jsonl", "--into", "s")
    try lab.folder.write("{\"i\":1,\"j\":2}\n", to: "t.jsonl")
    try await refuses(
      lab, "t.jsonl", "--contract", "freeze", saying: "has no column 'j', and `columns` are frozen")
  }

  @Test func `a cursor that is missing or null`() async throws {
    let lab = try CommandLab()
    try lab.folder.write("{\"i\":1}\n", to: "t.jsonl")
    try await refuses(lab, "t.jsonl", "--incremental", "at", saying: "the cursor 'at' is in no row")
    try lab.folder.write("{\"i\":1,\"at\":1}\n{\"i\":2,\"at\":null}\n", to: "t.jsonl")
    try await refuses(lab, "t.jsonl", "--incremental", "at", saying: "the cursor 'at' has no value in 1 row")
  }

  @Test func `words that mean nothing`() async throws {
    let lab = try CommandLab()
    try lab.folder.write("{\"i\":1}\n", to: "t.jsonl")
    try await lab.fails(
      "load", "t.jsonl", "--into", "s", "--write-disposition", "replce", status: 2,
      saying: "Did you mean 'replace'?")
    try await lab.fails(
      "load", "t.jsonl", "--into", "s", "--strategy", "upsert", saying: "'upsert' needs a primary_key")
    try await lab.fails(
      "load", "t.jsonl", "--into", "mian/s", saying: "there is no lake 'mian'. Did you mean 'main'?")
    try await lab.fails("load", "t.jsonl", "--into", "a/b/c", status: 2, saying: "into cannot be 'a/b/c'")
    #expect(try await lab.output("load", "status") == "nothing is pending\n")
  }
}
