import Foundation
import TestKit
import Testing

@Suite("tarn lake check, backup and recover", .serialized) struct LakeCheckCommandTests {
  private static func makeLake(_ settings: String = "", lakes: [String] = ["main"]) async throws -> CommandLab
  {
    let lab = try CommandLab(settings, lakes: lakes)
    try await lab.output(
      "sql",
      "CREATE TABLE t AS SELECT i, 's' || i AS s FROM range(1000) r(i); INSERT INTO t VALUES (5000, 'inlined')"
    )
    return lab
  }

  private static func file(of lab: CommandLab) async throws -> String {
    let files = try #require(try await lab.json("lake", "files", "t", "--json") as? [[String: Any]])
    return try #require(files.compactMap { $0["path"] as? String }.first { !$0.isEmpty })
  }

  @Test func `a lake in order is told in one line, with status 0`() async throws {
    let lab = try await Self.makeLake()
    #expect(
      try await lab.output("lake", "check")
        == "lake 'main', snapshot 2: read the footers of 1 files; nothing is wrong\n")
    let report = try #require(try await lab.json("lake", "check", "--deep", "--json") as? [String: Any])
    #expect(report["files"] as? Int == 1 && report["deep"] as? Bool == true)
    #expect((report["findings"] as? [Any])?.isEmpty == true)
  }

  @Test func `a missing file is found, and forgotten when that is accepted`() async throws {
    let lab = try await Self.makeLake()
    try FileManager.default.removeItem(atPath: try await Self.file(of: lab))
    let found = try await lab.tarn("lake", "check")
    #expect(found.status == 1 && found.errors.isEmpty, "\(found)")
    #expect(found.output.contains("missing_file") && found.output.contains("1 error"), "\(found)")
    let json = try await lab.tarn("lake", "check", "--json")
    let report = try #require(
      try JSONSerialization.jsonObject(with: Data(json.output.utf8)) as? [String: Any])
    let finding = try #require((report["findings"] as? [[String: Any]])?.first)
    #expect(finding["kind"] as? String == "missing_file" && finding["severity"] as? String == "error")
    #expect(finding["repair"] as? String == "forget_data_file" && finding["rows"] as? Int == 1000)
    #expect(Set(finding.keys) == ["kind", "severity", "where", "means", "mends", "rows", "repair"])

    let dry = try await lab.tarn("lake", "check", "--repair", "--dry-run", "--accept-loss")
    #expect(dry.status == 1 && dry.output.contains("would: forget_data_file"), "\(dry)")
    let refused = try await lab.tarn("lake", "check", "--repair")
    #expect(refused.status == 1 && refused.output.contains("not done: forget_data_file"), "\(refused)")
    #expect(refused.errors.contains("--accept-loss"), "\(refused)")
    #expect(!lab.folder.exists(".tarn/backups"))
    let done = try await lab.tarn("lake", "check", "--repair", "--accept-loss")
    #expect(done.status == 0 && done.output.contains("done: forget_data_file"), "\(done)")
    #expect(done.output.contains("1000 rows") && done.output.contains("nothing is wrong"), "\(done)")
    #expect(done.errors.contains("backed the catalog up to "), "\(done)")
    #expect(try await lab.output("sql", "--json", "SELECT count(*) AS n FROM t") == #"[{"n":1}]"# + "\n")

    // The backup brings the registration back, and says that the file is not there.
    let backups = try FileManager.default.contentsOfDirectory(atPath: lab.folder[".tarn/backups"])
    let backup = lab.folder[".tarn/backups/" + (try #require(backups.first))]
    try await lab.fails("lake", "recover", backup, saying: "can be opened", "--force")
    let recovered = try await lab.tarn("lake", "recover", backup, "--force")
    #expect(recovered.status == 1 && recovered.output.contains("missing_file"), "\(recovered)")
    #expect(recovered.errors.contains("as of snapshot 2") && recovered.errors.contains(".before-recover-"))
  }

  @Test func `a backup is recovered into a catalog that is gone, and into one of another kind`() async throws
  {
    let lab = try await Self.makeLake()
    let printed = try await lab.tarn("lake", "backup", "kept/lake.duckdb")
    #expect(printed.status == 0 && printed.output == lab.folder["kept/lake.duckdb"] + "\n", "\(printed)")
    try await lab.fails("lake", "backup", "kept/lake.duckdb", saying: "there is something at")
    let made = try await lab.json("lake", "backup", "--json", "kept") as? [String: Any]
    #expect((made?["manifest"] as? [String: Any])?["snapshot"] as? Int == 2)

    try FileManager.default.removeItem(atPath: lab.folder[".tarn/lakes/main/catalog.sqlite"])
    let recovered = try await lab.tarn("lake", "recover", "kept/lake.duckdb", "--json")
    #expect(recovered.status == 0, "\(recovered)")
    #expect(
      try await lab.output("sql", "--json", "SELECT count(*) AS n, max(s) AS s FROM t")
        == #"[{"n":1001,"s":"s999"}]"# + "\n")

    try lab.folder.write(
      """
      lakes:
        main: { catalog: sqlite }
        moved: { catalog: duckdb, storage: .tarn/lakes/main/data }
      """, to: "tarn.yaml")
    let moved = try await lab.tarn("lake", "recover", "kept/lake.duckdb", "--lake", "moved")
    #expect(moved.status == 0 && moved.output.contains("nothing is wrong"), "\(moved)")
    try await lab.output("sql", "--lake", "moved", "INSERT INTO t SELECT i, 'm' FROM range(100) r(i)")
    #expect(
      try await lab.output("sql", "--json", "SELECT count(*) AS n FROM moved.t") == #"[{"n":1101}]"# + "\n")
  }

  @Test func `wrong use is told in one line`() async throws {
    let lab = try await Self.makeLake()
    try await lab.fails("lake", "check", "--dry-run", status: 2, saying: "go with --repair")
    try await lab.fails("lake", "check", "--untracked-age", "soon", status: 2, saying: "soon")
    try await lab.fails("lake", "recover", "tarn.yaml", saying: "tarn.yaml is no backup")
    try await lab.fails("lake", "recover", "none.duckdb", saying: "cannot read", "none.duckdb")
    try await lab.fails("lake", "check", "--lake", "mian", saying: "Did you mean 'main'?")
  }
}
