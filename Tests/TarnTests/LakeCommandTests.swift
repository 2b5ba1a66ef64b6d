import DuckDB
import Foundation
import Lake
import SQLText
import TestKit
import Testing

@Suite("tarn init, lake and doctor", .serialized) struct LakeCommandTests {
  @Test func `from nothing to a second lake`() async throws {
    let folder = try TemporaryFolder("init")
    let tarn = TarnProcess(in: folder.path)
    let made = try await tarn.run("init", "shop")
    #expect(made.status == 0 && made.output.isEmpty, "\(made)")
    let again = try await tarn.run("init", "shop")
    #expect(again.status == 1 && again.errors.contains("there is a workspace already"), "\(again)")

    let shop = TarnProcess(in: folder["shop"])
    let created = try await shop.run("lake", "create", "sales", "--catalog", "duckdb")
    #expect(created.status == 0 && created.output.isEmpty, "\(created)")
    #expect(try folder.read("shop/tarn.yaml").contains("# Secrets never stand here"))
    let list = try await shop.run("lake", "list", "--json")
    let names = try #require(
      try JSONSerialization.jsonObject(with: Data(list.output.utf8)) as? [[String: String]])
    #expect(Set(names.compactMap { $0["name"] }) == ["main", "sales"])
    #expect(try await shop.run("lake", "create", "sales").errors.contains("there is a lake 'sales' already"))
    #expect(try await shop.run("lake", "create", "memory").errors.contains("reserved"))
    #expect(try await shop.run("lake", "create", "x", "--catalog", "oracle").status == 2)
  }

  @Test func `answers for programs are one JSON value`() async throws {
    let lab = try CommandLab()
    try await lab.output(
      "sql", "CREATE TABLE t AS SELECT 1 AS i; CREATE VIEW v AS FROM t; INSERT INTO t FROM range(100)")
    #expect((try await lab.json("lake", "list", "--json") as? [Any])?.count == 1)
    let tables = try #require(try await lab.json("lake", "tables", "--json") as? [[String: Any]])
    #expect(tables.compactMap { $0["name"] as? String } == ["t", "v"])
    #expect(tables.first?["rows"] as? Int == 101)
    let info = try #require(try await lab.json("lake", "info", "--json") as? [String: Any])
    #expect(info["tables"] as? Int == 1 && info["views"] as? Int == 1 && info["snapshot"] as? Int == 3)
    let snapshots = try #require(
      try await lab.json("lake", "snapshots", "--json", "--limit", "2") as? [[String: Any]])
    #expect(snapshots.compactMap { $0["id"] as? Int } == [3, 2])
    #expect((try await lab.json("lake", "files", "t", "--json") as? [[String: Any]])?.first?["path"] != nil)
    let set = try #require(
      try await lab.json("lake", "options", "target_file_size=100MB", "--json") as? [[String: Any]])
    #expect(set.contains { $0["name"] as? String == "target_file_size" })
    let checks = try #require(try await lab.json("doctor", "--json") as? [[String: Any]])
    #expect(checks.contains { $0["what"] as? String == "lake main" && $0["state"] as? String == "ok" })
  }

  @Test(arguments: ["adopted.ducklake", "adopted.sqlite"])
  func `a lake that plain DuckDB made is adopted`(catalog: String) async throws {
    let lab = try CommandLab()
    try await Self.makeForeignLake(catalog, in: lab.folder)
    let added = try await lab.tarn("lake", "add", "old", "--catalog", "foreign/\(catalog)")
    #expect(
      added.status == 0 && added.output.isEmpty && added.errors.contains("adopted lake 'old' with 1 tables"),
      "\(added)")
    #expect(
      try await lab.output("sql", "--json", "SELECT sum(i) AS s FROM old.numbers") == #"[{"s":"4950"}]"#
        + "\n")
    try await lab.output("sql", "--lake", "old", "INSERT INTO numbers VALUES (50)")
    #expect(
      try await lab.output("sql", "--json", "SELECT sum(i) AS s FROM old.numbers") == #"[{"s":"5000"}]"#
        + "\n")
  }

  @Test func `a lake that cannot be made is not written down`() async throws {
    let lab = try CommandLab()
    let before = try lab.folder.read("tarn.yaml")
    try await lab.fails("lake", "create", "archive", "--storage", "/proc/nope/x", saying: "/proc/nope/x")
    #expect(try lab.folder.read("tarn.yaml") == before)
  }

  @Test func `what is no lake is not adopted, and the file stays as it was`() async throws {
    let lab = try CommandLab()
    let before = try lab.folder.read("tarn.yaml")
    try lab.folder.write("nothing like a catalog", to: "junk.db")
    try await lab.fails(
      "lake", "add", "old", "--catalog", "junk.db", saying: "neither a SQLite nor a DuckDB file")
    try await lab.fails("lake", "add", "old", "--catalog", "none.db", saying: "cannot read", "none.db")
    #expect(try lab.folder.read("tarn.yaml") == before)
  }

  private static func makeForeignLake(_ catalog: String, in folder: TemporaryFolder) async throws {
    try folder.write("", to: "foreign/data/.keep")
    let library = try ExtensionLibrary.beside()
    let database = try await Database.open(.memory, configuration: ["allow_unsigned_extensions": "true"])
    let connection = try await database.connect()
    for name in ["ducklake", "sqlite_scanner"] {
      let load = "LOAD " + SQLLiteral.string("\(library.folder)/\(name).duckdb_extension")
      try await connection.execute(load)
    }
    let kind = catalog.hasSuffix(".sqlite") ? "sqlite:" : ""
    let target = SQLLiteral.string("ducklake:\(kind)\(folder["foreign/\(catalog)"])")
    let attach = "ATTACH " + target + " AS l (DATA_PATH " + SQLLiteral.string(folder["foreign/data"]) + ")"
    try await connection.execute(attach)
    try await connection.execute("CREATE TABLE l.numbers AS FROM range(100) t(i)")
    await connection.close()
    await database.close()
  }
}
