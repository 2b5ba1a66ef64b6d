import Foundation
import TestKit
import Testing

@testable import Lake

@Suite struct HeldFilesTests {
  private func write(_ text: String, to path: String) throws {
    try FileManager.default.createDirectory(
      atPath: (path as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
    try text.write(toFile: path, atomically: false, encoding: .utf8)
  }

  @Test func whatIsGoneIsPutBack() throws {
    let root = try TemporaryFolder("held")
    let files = ["main/t/a.parquet", "main/t/part=1/b.parquet"].map { root[$0] }
    for file in files { try write(file, to: file) }
    let held = try HeldFiles.hold(files, of: root.path, for: "c1")
    try FileManager.default.removeItem(atPath: files[1])
    #expect(try held.putBack() == [files[1]])
    held.release()
    #expect(try files.map { try String(contentsOfFile: $0, encoding: .utf8) } == files)
    #expect(try FileManager.default.contentsOfDirectory(atPath: root[HeldFiles.folderName]) == [])
  }

  @Test func whatALivingCommitHoldsIsNoLeftover() throws {
    let root = try TemporaryFolder("held")
    try write("x", to: root["t/a.parquet"])
    let held = try HeldFiles.hold([root["t/a.parquet"]], of: root.path, for: "c1")
    #expect(HeldFiles.leftovers(in: root.path).isEmpty)
    held.abandon()
    #expect(HeldFiles.leftovers(in: root.path).map(\.fileNames) == [["a.parquet"]])
    for held in HeldFiles.leftovers(in: root.path) { held.release() }
    #expect(HeldFiles.leftovers(in: root.path).isEmpty)
    #expect(FileManager.default.fileExists(atPath: root["t/a.parquet"]))
  }

  /// A process died after DuckLake had removed the files of a commit that the catalog knows: opening mends it.
  @Test(arguments: ["sqlite", "duckdb"])
  func openingPutsBackWhatTheCatalogKnows(catalog: String) async throws {
    let folder = try TemporaryFolder("lake")
    let configuration = TestLakes.configuration(catalog, in: folder)
    var files: [String] = []
    try await TestLakes.withEngine([configuration]) { engine in
      let lake = try await engine.lake()
      try await lake.execute("CREATE TABLE t AS SELECT range AS a FROM range(1000)")
      files = try await lake.files(of: "t").map(\.path)
    }
    let root = folder["lakes/main/data"]
    let stray = root + "/main/t/ducklake-01a1f833-fa17-7053-b845-321df2d5aa70.parquet"
    try write("never committed", to: stray)
    try HeldFiles.hold(files, of: root, for: "committed").abandon()
    try HeldFiles.hold([stray], of: root, for: "not-committed").abandon()
    // Killed before the list was written.
    try HeldFiles.hold([], of: root, for: "not-begun").abandon()
    for file in files + [stray] { try FileManager.default.removeItem(atPath: file) }
    try await TestLakes.withEngine([configuration]) { engine in
      let lake = try await engine.lake()
      #expect(try await lake.query("SELECT sum(a) FROM t").fetchOneScalar(Int.self) == 499_500)
    }
    #expect(!FileManager.default.fileExists(atPath: stray))
    #expect(HeldFiles.leftovers(in: root).isEmpty)
  }

  @Test func newFilesAreFoundByTheirNames() throws {
    let root = try TemporaryFolder("data")
    func name(_ wall: Int64) -> String {
      let hex = String(wall, radix: 16)
      let digits = String(repeating: "0", count: 12 - hex.count) + hex
      return "ducklake-\(digits.prefix(8))-\(digits.suffix(4))-7000-8000-000000000000.parquet"
    }
    let folder = DataFolder(root: root.path + "/")
    let now = Moment.now
    try write("", to: root["main/old/\(name(now.wall - 5_000))"])
    #expect(folder.files(since: now).isEmpty)
    let new = [root["main/old/\(name(now.wall + 1))"], root["main/new/year=2026/\(name(now.wall + 2))"]]
    for file in new { try write("", to: file) }
    try write("", to: root["main/old/other.parquet"])
    try write("", to: root["\(HeldFiles.folderName)/c/\(name(now.wall + 3))"])
    #expect(folder.files(since: now).sorted() == new.sorted())
    try folder.sync(new)
    #expect(throws: LakeError.self) { try folder.sync([root["main/old/gone.parquet"]]) }
  }
}
