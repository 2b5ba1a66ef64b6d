import Foundation
import TestKit
import Testing

@Suite("tarn load -f, init, status, history, schema, drop, sync", .serialized) struct LoadFileCommandTests {
  private func lab() throws -> CommandLab {
    let lab = try CommandLab()
    try lab.folder.write(#"{"id":1,"name":"Ada","tags":["a"]}"# + "\n", to: "in/customers.jsonl")
    return lab
  }

  @Test func `init writes a file that loads, and never over another`() async throws {
    let lab = try lab()
    let made = try await lab.tarn("load", "init", "in/customers.jsonl", "--into", "main/shop")
    #expect(made.errors.contains("wrote customers.load.yaml with 1 table"), "\(made)")
    let text = try lab.folder.read("customers.load.yaml")
    for line in [
      "source: in/customers.jsonl", "into: main/shop", "  id: {data_type: bigint}",
      "  name: {data_type: text}",
    ] {
      #expect(text.contains(line), "\(text)")
    }
    let loaded = try await lab.tarn("load", "-f", "customers.load.yaml")
    #expect(loaded.errors.contains("loaded 2 rows into main/shop"), "\(loaded)")
    try await lab.fails(
      "load", "init", "in/customers.jsonl", "--into", "main/shop",
      saying: "there is a file customers.load.yaml already")
    #expect(try lab.folder.read("customers.load.yaml") == text)
  }

  @Test(arguments: [
    (
      "source: in/customers.jsonl\ninto: s\nwrite_dispositon: merge\n",
      "l.yaml:3: a load has no 'write_dispositon'. Did you mean 'write_disposition'?"
    ),
    (
      "source: in/customers.jsonl\ninto: s\ncolumns:\n  id: {data_type: bigit}\n",
      "l.yaml:4: data_type cannot be 'bigit'. Did you mean 'bigint'?"
    ),
    (
      "source: in/customers.jsonl\ninto: s\nwrite_disposition:\n  disposition: merge\n  strategy: upsrt\n",
      "l.yaml:5: strategy cannot be 'upsrt'"
    ),
    ("source: in/customers.jsonl\n", "l.yaml: a load needs `into:`"),
    ("into: s\n", "l.yaml: a load needs a source"),
    (
      "source: {postgres: {}}\ninto: s\n",
      "l.yaml:1: there is no source 'postgres'. Did you mean 'postgresql'?"
    ),
    (
      "source:\n  postgresql:\n    database: d\n    password: sesame\ninto: s\n",
      "l.yaml:4: source.postgresql.password: a secret may not stand in this file"
    ),
    ("source: in\ninto: s\n  x: 1\n", "l.yaml:3: this is no readable YAML"),
    ("source: in\nsource: in\ninto: s\n", "l.yaml:2: 'source' stands twice"),
    (
      "source: in\ninto: s\ntables:\n  customers:\n    primary_kye: id\n",
      "l.yaml:5: a table of a load has no 'primary_kye'. Did you mean 'primary_key'?"
    ),
    ("", "l.yaml: the file is empty"),
  ])
  func `errors tell file and line`(text: String, expected: String) async throws {
    let lab = try lab()
    try lab.folder.write(text, to: "l.yaml")
    try await lab.fails("load", "-f", "l.yaml", saying: expected)
    let outcome = try await lab.tarn("load", "-f", "l.yaml")
    #expect(!outcome.errors.contains("sesame"))
  }

  @Test func `JSON, and what is said of one table`() async throws {
    let lab = try lab()
    try lab.folder.write("id,v\n1,a\n", to: "in/orders.csv")
    try lab.folder.write(
      #"{"source": "in", "into": "s", "tables": {"orders": {"primary_key": "id", "write_disposition": "merge", "table": "sales"}}}"#,
      to: "l.json")
    for _ in 1...2 { try await lab.output("load", "--file", "l.json") }
    #expect(
      try await lab.output("sql", "--json", "SELECT id, v FROM s.sales") == "[{\"id\":1,\"v\":\"a\"}]\n")
    try lab.folder.write(#"{"source": "in", "#, to: "l.json")
    try await lab.fails("load", "-f", "l.json", saying: "l.json: this is no readable JSON")
    try await lab.fails("load", "-f", "none.yaml", saying: "cannot read none.yaml")
    try await lab.fails("load", "-f", "l.json", "in", status: 2, saying: "-f FILE goes with no source")
    try await lab.fails("load", status: 2, saying: "tell what to load")
    try await lab.fails("load", "in", status: 2, saying: "tell where the rows go: --into")
  }

  @Test func `what the books say`() async throws {
    let lab = try lab()
    try await lab.output("load", "in", "--into", "shop")
    #expect(try await lab.output("load", "status") == "nothing is pending\n")
    let history = try await lab.output("load", "history", "shop")
    #expect(history.contains("customers 1, customers__tags 1"), "\(history)")
    let loads = try #require(try await lab.json("load", "history", "shop", "--json") as? [[String: Any]])
    #expect(loads.first?["snapshot"] as? Int == 1)
    let schema = try await lab.output("load", "schema", "main/shop")
    #expect(schema.contains("engine_version: 11") && schema.contains("  customers__tags:"), "\(schema)")
    let json = try #require(try await lab.json("load", "schema", "shop", "--json") as? [String: Any])
    #expect(json["name"] as? String == "shop")
    try await lab.fails(
      "load", "history", "shpo", saying: "nothing has been loaded into 'shpo'", "Did you mean 'shop'?")
  }

  @Test func `drop is one snapshot, and asks`() async throws {
    let lab = try lab()
    try await lab.output("load", "in", "--into", "shop", "--new-files")
    try await lab.fails("load", "drop", "shop", "customers", status: 2, saying: "Say --yes")
    try await lab.fails("load", "drop", "shop", "custmers", "--yes", saying: "Did you mean 'customers'?")
    try await lab.fails(
      "load", "drop", "shop", "customers__tags", "--yes", saying: "belongs to table 'customers'")
    let dropped = try await lab.tarn("load", "drop", "shop", "customers", "--yes")
    #expect(
      dropped.errors.contains("dropped customers, customers__tags of main/shop (snapshot 2)"), "\(dropped)")
    #expect(try await !lab.output("load", "schema", "shop").contains("customers"))
    // Its state went with it, so the file is new again.
    let again = try await lab.tarn("load", "in", "--into", "shop", "--new-files")
    #expect(again.errors.contains("loaded 2 rows"), "\(again)")
  }

  @Test func `sync writes what the lake knows, and forgets what is pending`() async throws {
    let lab = try lab()
    try await lab.output("load", "in", "--into", "shop")
    try lab.folder.write(
      #"{"load_id":"1700000000.5","lake":"main","dataset":"shop","tables":["t"],"source":[]}"#,
      to: ".tarn/loads/x.json")
    let status = try await lab.output("load", "status")
    #expect(status.contains("1700000000.5") && status.contains("not written"), "\(status)")
    try await lab.output("load", "sync", "shop")
    #expect(try lab.folder.read(".tarn/loads/shop/shop.state.json").contains(#""pipeline_name":"shop""#))
    #expect(lab.folder.exists(".tarn/loads/shop/schemas/shop.schema.json"))
    #expect(try await lab.output("load", "status") == "nothing is pending\n")
  }
}
