import Foundation
import TestKit
import Testing

@Suite("tarn lake tag, diff, restore, undrop, history", .serialized) struct LakeHistoryCommandTests {
  @Test func `a mistake is found and undone`() async throws {
    let lab = try CommandLab()
    try await lab.output("sql", "CREATE TABLE orders AS SELECT i AS id, 'new' AS state FROM range(100) t(i)")
    try await lab.output("lake", "tag", "good", "--note", "before the mistake")
    try await lab.output(
      "sql", "DELETE FROM orders WHERE id < 10; UPDATE orders SET state = 'paid' WHERE id = 50")
    let tags = try #require(try await lab.json("lake", "tags", "--json") as? [[String: Any]])
    #expect(tags.map { $0["name"] as? String } == ["good"] && tags[0]["snapshot"] as? Int == 1)
    #expect(tags[0]["note"] as? String == "before the mistake")

    let diff = try #require(
      try await lab.json("lake", "diff", "good", "3", "orders", "--samples", "1", "--json") as? [String: Any])
    let table = try #require((diff["tables"] as? [[String: Any]])?.first)
    #expect(table["deleted"] as? Int == 10 && table["updated"] as? Int == 1 && table["inserted"] as? Int == 0)
    #expect((table["samples"] as? [[String: Any]])?.count == 2)
    let text = try await lab.output("lake", "diff", "good", "3", "--samples", "1")
    #expect(text.contains("- id=50 state=new\n+ id=50 state=paid") && text.contains("- id=0 state=new"))

    let report = try #require(
      try await lab.json("lake", "restore", "--to", "good", "--table", "orders", "--json") as? [String: Any])
    #expect(report["snapshot"] as? Int == 4 && report["restored"] as? Int == 1)
    #expect(
      try await lab.output(
        "sql", "--json", "SELECT count(*) AS n, count(*) FILTER (state = 'new') AS new FROM orders")
        == #"[{"n":100,"new":100}]"# + "\n")
    let history = try #require(try await lab.json("lake", "history", "orders", "--json") as? [[String: Any]])
    #expect(history.compactMap { $0["snapshot"] as? Int } == [4, 3, 2, 1])
    #expect(
      history.map { $0["operations"] as? [String] } == [
        ["insert", "update"], ["update"], ["delete"], ["create", "insert"],
      ])
    #expect(history[0]["message"] as? String == "restore table orders to snapshot 1")
    #expect(try await lab.tarn("lake", "restore", "--to", "good").errors.contains("nothing to do"))
  }

  @Test func `a dropped table comes back`() async throws {
    let lab = try CommandLab()
    try await lab.output("sql", "CREATE TABLE orders AS FROM range(7) t(id); DROP TABLE orders")
    let outcome = try await lab.tarn("lake", "undrop", "orders")
    #expect(outcome.status == 0 && outcome.errors.contains("as snapshot 3"), "\(outcome)")
    #expect(try await lab.output("sql", "--json", "SELECT count(*) AS n FROM orders") == #"[{"n":7}]"# + "\n")
    try await lab.fails("lake", "undrop", "orders", saying: "has a table 'orders'")
    try await lab.fails("lake", "undrop", "order", saying: "knows of no dropped table 'order'")
  }

  @Test func `what is wrong is said in one line`() async throws {
    let lab = try CommandLab()
    try await lab.output("sql", "CREATE TABLE orders AS FROM range(7) t(id)")
    try await lab.output("lake", "tag", "first")
    try await lab.output("lake", "protect", "1")
    try await lab.output("lake", "untag", "1")
    try await lab.fails("lake", "tag", "first", saying: "has a tag 'first' already")
    try await lab.fails("lake", "tag", "12", saying: "may not be called '12'")
    try await lab.fails("lake", "untag", "frist", saying: "Did you mean 'first'?")
    try await lab.fails("lake", "protect", "9", saying: "has no snapshot 9. It has snapshots 0 to 1.")
    try await lab.fails("lake", "restore", "--to", "frist", saying: "Did you mean 'first'?")
    try await lab.fails("lake", "restore", "--to", "0", "--table", "orders", saying: "no table 'orders'")
    try await lab.fails("lake", "diff", "0", "1", "ordres", saying: "Did you mean 'orders'?")
    try await lab.fails("lake", "history", "ordres", saying: "Did you mean 'orders'?")
    try await lab.fails(
      "lake", "diff", "0", "1", "--samples", "2000", status: 2, saying: "--samples takes 0 to 1000")
    try await lab.fails(
      "lake", "history", "orders", "--limit", "0", status: 2, saying: "--limit takes a number")
  }
}
