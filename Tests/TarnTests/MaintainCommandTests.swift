import Foundation
import TestKit
import Testing

@Suite("tarn lake maintain and transactions") struct MaintainCommandTests {
  private func lab(_ maintenance: String = "") throws -> CommandLab {
    let lab = try CommandLab()
    try lab.folder.write(
      "lakes:\n  main:\n    catalog: sqlite\n    maintenance: \(maintenance.isEmpty ? "{}" : maintenance)\n",
      to: "tarn.yaml")
    return lab
  }

  private func makeFiles(_ lab: CommandLab) async throws {
    try await lab.output(
      "sql",
      "CREATE TABLE t (id INT);" + String(repeating: "INSERT INTO t SELECT range FROM range(1000);", count: 6)
        + "CREATE TABLE few AS SELECT 1 AS id")
  }

  @Test func `a plan changes nothing, a run is remembered`() async throws {
    let lab = try lab("{ flush: { rows: 1 } }")
    try await makeFiles(lab)
    let before = try await lab.output("lake", "files", "t", "--json")
    let plan = try #require(try await lab.json("lake", "maintain", "--dry-run", "--json") as? [[String: Any]])
    #expect(plan.compactMap { $0["task"] as? String } == ["flush", "merge"])
    #expect(plan.last?["files"] as? Int == 6 && plan.last?["rows"] as? Int == 6000)
    #expect(try await lab.output("lake", "files", "t", "--json") == before)
    #expect((try await lab.json("lake", "maintain", "--history", "--json") as? [Any])?.isEmpty == true)

    let text = try await lab.output("lake", "maintain", "--only", "merge")
    #expect(text.contains("merge  t") && text.contains("6 → 1"), "\(text)")
    let done = try #require(try await lab.json("lake", "maintain", "--json") as? [[String: Any]])
    #expect(done.compactMap { $0["task"] as? String } == ["flush"])
    #expect(try await lab.output("lake", "maintain") == "nothing to do\n")
    let history = try #require(
      try await lab.json("lake", "maintain", "--history", "--json") as? [[String: Any]])
    #expect(
      history.compactMap { ($0["outcome"] as? [String: Any])?["task"] as? String } == ["flush", "merge"])
    #expect(try await lab.output("sql", "--json", "SELECT count(*) AS n FROM t") == "[{\"n\":6000}]\n")
  }

  @Test func `one table alone`() async throws {
    let lab = try lab()
    try await makeFiles(lab)
    try await lab.output(
      "sql", "CREATE TABLE u AS FROM t; " + String(repeating: "INSERT INTO u FROM t;", count: 5))
    let done = try #require(
      try await lab.json("lake", "maintain", "--table", "u", "--json") as? [[String: Any]])
    #expect(done.compactMap { $0["table"] as? String } == ["u"])
    try await lab.fails("lake", "maintain", "--table", "v", saying: "lake 'main' has no table 'v'")
  }

  @Test func `wrong use is told in one line`() async throws {
    let lab = try lab()
    try await lab.fails(
      "lake", "maintain", "--only", "flush,polish", status: 2, saying: "not 'polish'", "merge")
    try await lab.fails("lake", "maintain", "--every", "often", status: 2, saying: "--every must be a time")
    try await lab.fails("lake", "maintain", "--every", "1m", "--json", status: 2, saying: "--every goes with")
    try await lab.fails(
      "lake", "maintain", "--history", "--dry-run", status: 2, saying: "--history goes with")
    let wrong = try self.lab("{ merge: { file: 3 } }")
    try await wrong.fails(
      "lake", "maintain", saying: "unknown key lakes.main.maintenance.merge.file. Did you mean 'files'?")
  }

  @Test func `as a service it goes on until it is stopped`() async throws {
    let lab = try lab()
    try await makeFiles(lab)
    let service = try lab.process.start(["lake", "maintain", "--every", "100ms"])
    #expect(await service.prints("merge, t, done, 6 → 1 files"))
    // The catalog is free in between.
    try await lab.output("sql", String(repeating: "INSERT INTO t SELECT range FROM range(1000);", count: 5))
    var files = 0
    while files != 1 {
      files = (try await lab.json("lake", "files", "t", "--json") as? [Any])?.count ?? 0
    }
    service.signal(SIGINT)
    let outcome = await service.outcome()
    #expect(outcome.status == 130 && outcome.output.isEmpty, "\(outcome)")
    #expect(try await lab.output("sql", "--json", "SELECT count(*) AS n FROM t") == "[{\"n\":11000}]\n")
  }

  @Test func `the owner of a catalog is shown without waiting for it`() async throws {
    let lab = try lab()
    try await makeFiles(lab)
    #expect(try await lab.output("lake", "transactions") == "no open transactions\n")
    let busy = try lab.process.start(["sql", "SELECT sum(a.range) FROM range(100000000000) a, t"])
    var found: [[String: Any]] = []
    while found.isEmpty {
      found = try #require(try await lab.json("lake", "transactions", "--json") as? [[String: Any]])
    }
    #expect(found.count == 1 && found.first?["process"] as? Int == Int(busy.processID), "\(found)")
    #expect(
      found.first?["client"] as? String == "tarn sql"
        && found.first?["state"] as? String == "owns the catalog")
    busy.signal(SIGKILL)
    _ = await busy.outcome()
    #expect((try await lab.json("lake", "transactions", "--json") as? [Any])?.isEmpty == true)
  }
}
