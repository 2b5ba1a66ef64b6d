import DuckDB
import Foundation
import LakeSettings
import SQLText
import TestKit
import Testing

@testable import Lake

/// Catalogs and folders that cannot be used: one clear line, and every byte stays as it is.
@Suite struct CatalogErrorTests {
  @Test(arguments: ["sqlite", "duckdb"], ["1.1", "2.0", "0.9-dev", "nonsense"])
  func anotherFormatVersionIsRefused(catalog: String, version: String) async throws {
    let folder = try TemporaryFolder("version")
    let lake = try await Self.made(catalog, in: folder)
    let path = try #require(lake.catalog.filePath)
    let change = "UPDATE ducklake_metadata SET value = '\(version)' WHERE key = 'version'"
    if catalog == "sqlite" {
      try Self.sqlite(path, change)
    } else {
      let database = try await Database.open(.file(path))
      let connection = try await database.connect()
      try await connection.execute(raw: change + "; CHECKPOINT")
      await connection.close()
      await database.close()
    }
    let before = try Data(contentsOf: URL(fileURLWithPath: path))
    let error = await Self.failure(lake)
    #expect(error?.code == .newerCatalog, "\(error.map(String.init(describing:)) ?? "none")")
    let text = error?.description ?? ""
    #expect(
      text.contains(path) && text.contains("Nothing was changed") && text.contains(version)
        && !text.contains("\n"), "\(text)")
    #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == before)
  }

  @Test(arguments: ["sqlite", "duckdb"], ["text", "empty", "cut", "other"])
  func whatIsNoCatalogIsRefused(catalog: String, damage: String) async throws {
    let folder = try TemporaryFolder("damaged")
    let lake = try await Self.made(catalog, in: folder)
    let path = try #require(lake.catalog.filePath)
    let whole = try Data(contentsOf: URL(fileURLWithPath: path))
    switch damage {
    case "text": try Data(repeating: 65, count: 5000).write(to: URL(fileURLWithPath: path))
    case "empty": try Data().write(to: URL(fileURLWithPath: path))
    case "cut": try whole.prefix(whole.count / 3).write(to: URL(fileURLWithPath: path))
    default:
      try FileManager.default.removeItem(atPath: path)
      if catalog == "sqlite" {
        try Self.sqlite(path, "CREATE TABLE x (a)")
      } else {
        let database = try await Database.open(.file(path))
        let connection = try await database.connect()
        try await connection.execute(raw: "CREATE TABLE x (a INT); CHECKPOINT")
        await connection.close()
        await database.close()
      }
    }
    let before = try Data(contentsOf: URL(fileURLWithPath: path))
    var existing = lake
    existing.createIfMissing = false
    let error = await Self.failure(existing)
    #expect(error?.code == .catalog, "\(error.map(String.init(describing:)) ?? "none")")
    let text = error?.description ?? ""
    #expect(text.contains("lake 'main'") && text.contains(path) && !text.contains("\n"), "\(text)")
    #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == before)
  }

  @Test func aMissingCatalogIsNotMadeWhereNoneMayBe() async throws {
    let folder = try TemporaryFolder("missing")
    var lake = TestLakes.configuration("sqlite", in: folder)
    lake.createIfMissing = false
    let error = await Self.failure(lake)
    #expect(error?.code == .notFound)
    #expect(error?.description.contains("has no catalog at") == true)
    #expect(!folder.exists("lakes"))
  }

  @Test func twoNamesForOneCatalogAreRefused() async throws {
    let folder = try TemporaryFolder("same")
    let first = TestLakes.configuration("duckdb", in: folder)
    var second = first
    second.name = try LakeName("second")
    let error = await lakeError { _ = try await Engine(lakes: [first, second]) }
    #expect(error?.code == .settings)
    #expect(
      error?.description == "lakes 'main' and 'second' have one catalog: \(first.catalog.filePath ?? "")")
  }

  @Test func missingExtensionsAreTold() async throws {
    let folder = try TemporaryFolder("extensions")
    let library = ExtensionLibrary(folder: folder.path)
    let error = await lakeError {
      _ = try await Engine(lakes: [TestLakes.configuration("sqlite", in: folder)], extensions: library)
    }
    #expect(error?.code == .installation)
    #expect(
      error?.description
        == "extension ducklake is missing in \(folder.path). Run make setup, then tarn doctor.")
    try folder.write("no extension", to: "ducklake.duckdb_extension")
    try folder.write("no extension", to: "sqlite_scanner.duckdb_extension")
    let damaged = await lakeError {
      _ = try await Engine(lakes: [TestLakes.configuration("sqlite", in: folder)], extensions: library)
    }
    #expect(damaged?.code == .installation, "\(damaged.map(String.init(describing:)) ?? "none")")
  }

  /// Root may write anywhere, so the check is made by another user in a process of its own.
  @Test(.enabled(if: TestChild.task != nil || getuid() == 0, "needs root to become another user"))
  func aReadOnlyFolderIsTold() async throws {
    if TestChild.task == "read-only" { return try await Self.checkReadOnly(TestChild.argument) }
    guard TestChild.task == nil else { return }
    let folder = try TemporaryFolder("readonly")
    _ = try await Self.made("sqlite", in: folder)
    let status = try await TestChild.run(
      "read-only", folder.path, test: "CatalogErrorTests/aReadOnlyFolderIsTold", asNobody: true)
    #expect(status == 0)
  }

  private static func checkReadOnly(_ path: String) async throws {
    #expect(getuid() != 0)
    let home = path + "/lakes/main"
    let there = LakeConfiguration(
      catalog: .sqlite(path: home + "/catalog.sqlite"), storage: .folder(home + "/data"))
    let error = await failure(there)
    #expect(error?.code == .storage)
    #expect(
      error?.description == "lake 'main': cannot write in \(home). Make the folder writable for this user.")
    let new = await failure(.embedded(in: path + "/new"))
    #expect(new?.code == .storage)
    #expect(new?.description == "cannot make folder \(path)/new. Make its parent writable for this user.")
  }

  /// A file system of eight megabytes, in a mount namespace of its own.
  @Test(.enabled(if: TestChild.task != nil || mayMount, "needs the right to mount"))
  func aFullDiskIsTold() async throws {
    if TestChild.task == "full" { return try await Self.checkFull(TestChild.argument) }
    guard TestChild.task == nil else { return }
    let folder = try TemporaryFolder("full")
    let status = try await TestChild.run(
      "full", folder.path, test: "CatalogErrorTests/aFullDiskIsTold", smallDiskAt: folder.path)
    #expect(status == 0)
  }

  private static func checkFull(_ path: String) async throws {
    let lake = try await Lake.open(.embedded(in: path + "/lake"))
    try await lake.execute("CREATE TABLE t AS SELECT 1 AS a, 'x' AS b")
    let error = await lakeError {
      try await lake.execute("INSERT INTO t SELECT range, md5(range::VARCHAR) FROM range(1000000)")
    }
    #expect(error?.code == .full, "\(error.map(String.init(describing:)) ?? "none")")
    #expect(error?.description.contains("\n") == false)
    #expect(try await lake.query("SELECT count(*) FROM t").fetchOneScalar() == 1)
    // The half-written file stays until maintenance finds it; with space the lake goes on.
    for file in FileManager.default.enumerator(atPath: path + "/lake/data")?.compactMap({ $0 as? String })
      ?? []
    {
      let kept = try await lake.files(of: "t").map(\.path)
      let whole = path + "/lake/data/" + file
      if file.hasSuffix(".parquet"), !kept.contains(whole) {
        try FileManager.default.removeItem(atPath: whole)
      }
    }
    #expect(try await lake.execute("INSERT INTO t VALUES (2, 'y')") == 1)
    await lake.close()
  }

  private static let mayMount: Bool = {
    let probe = try? Program.run(
      "/usr/bin/unshare", ["-m", "mount", "-t", "tmpfs", "tmpfs", "/mnt"], isQuiet: true)
    return probe?.status == 0
  }()

  private static func made(_ catalog: String, in folder: TemporaryFolder) async throws -> LakeConfiguration {
    let lake = TestLakes.configuration(catalog, in: folder)
    try await TestLakes.withEngine([lake]) {
      _ = try await $0.lake().execute("CREATE TABLE t AS SELECT 1 AS a")
    }
    return lake
  }

  private static func failure(_ lake: LakeConfiguration) async -> LakeError? {
    await lakeError {
      try await TestLakes.withEngine([lake], patience: .milliseconds(50)) {
        _ = try await $0.lake(lake.name).query("SHOW TABLES").result()
      }
    }
  }

  /// Changes a SQLite file as another program would.
  private static func sqlite(_ path: String, _ sql: String) throws {
    let change =
      "import sqlite3, sys; c = sqlite3.connect(sys.argv[1]); c.execute(sys.argv[2]); c.commit(); c.close()"
    #expect(try Program.run("/usr/bin/python3", ["-c", change, path, sql]).status == 0)
  }
}
