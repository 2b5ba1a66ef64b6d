import Foundation
import TestKit
import Testing

@Suite("tarn lake branch") struct BranchCommandTests {
  @Test func `a branch is made, used, compared, merged and dropped`() async throws {
    let lab = try CommandLab()
    try await lab.output("sql", "CREATE TABLE t AS SELECT range AS i FROM range(100)")
    let made = try #require(try await lab.json("lake", "branch", "dev", "--json") as? [String: Any])
    #expect(made["lake"] as? String == "main@dev" && made["alias"] as? String == "main__dev")
    try await lab.output(
      "sql", "--lake", "main@dev", "DELETE FROM t WHERE i < 10; CREATE TABLE u AS SELECT 1 AS a")
    let counts = #"SELECT (SELECT count(*) FROM t) AS lake, (SELECT count(*) FROM main__dev.t) AS branch"#
    #expect(try await lab.output("sql", "--json", counts) == #"[{"lake":100,"branch":90}]"# + "\n")
    try await lab.output("sql", "ATTACH 'ducklake://main@dev' AS d; INSERT INTO d.u VALUES (2)")
    let diff = try #require(try await lab.json("lake", "branch", "diff", "dev", "--json") as? [String: Any])
    let changes = try #require(diff["changes"] as? [[String: Any]])
    #expect(changes.compactMap { $0["name"] as? String } == ["t", "u"])
    #expect(changes.first?["removed"] as? Int == 10 && changes.last?["added"] as? Int == 2)
    try await lab.fails("lake", "branch", "drop", "dev", saying: "Merge it first, or drop it with --force")
    let merged = try await lab.tarn("lake", "branch", "merge", "dev")
    #expect(merged.status == 0 && merged.errors.contains("merged branch 'dev' as snapshot 2"), "\(merged)")
    #expect(try await lab.output("sql", "--json", counts) == #"[{"lake":90,"branch":90}]"# + "\n")
    try await lab.output("lake", "branch", "drop", "dev")
    #expect((try await lab.json("lake", "branch", "list", "--json") as? [Any])?.isEmpty == true)
    #expect(try await lab.output("sql", "--json", "SELECT count(*) AS n FROM t") == #"[{"n":90}]"# + "\n")
  }

  @Test func `a conflict ends the merge with status 1 and changes nothing`() async throws {
    let lab = try CommandLab()
    try await lab.output("sql", "CREATE TABLE t AS SELECT range AS i FROM range(100)")
    try await lab.output("lake", "branch", "create", "dev")
    try await lab.output("sql", "--lake", "main@dev", "DELETE FROM t WHERE i < 10")
    try await lab.output("sql", "DELETE FROM t WHERE i > 90")
    let merged = try await lab.tarn("lake", "branch", "merge", "dev", "--json")
    #expect(merged.status == 1 && merged.errorLines.count == 1, "\(merged)")
    #expect(merged.output.contains("the lake has changed rows of it"), "\(merged)")
    #expect(try await lab.output("sql", "--json", "SELECT count(*) AS n FROM t") == #"[{"n":91}]"# + "\n")
    try await lab.output("lake", "branch", "drop", "dev", "--force")
  }

  @Test func `mistakes are told in one line`() async throws {
    let lab = try CommandLab()
    try await lab.fails("lake", "branch", "Dev", saying: "lower-case letters")
    try await lab.fails(
      "lake", "branch", "merge", "dev", saying: "lake 'main' has no branch 'dev'. It has none.")
    try await lab.fails("lake", "branch", "dev", "--at", "soon", status: 2, saying: "--at takes")
    try await lab.fails("lake", "branch", "dev", "--at", "77", saying: "no such snapshot")
    try await lab.fails("lake", "branch", "dev", "--lake", "mian", saying: "Did you mean 'main'?")
    try await lab.fails("sql", "--lake", "main@dev", "SELECT 1", saying: "there is no lake 'main@dev'")
    try await lab.output("lake", "branch", "dev")
    try await lab.fails("lake", "branch", "x", "--lake", "main@dev", saying: "has no branches of its own")
  }
}
