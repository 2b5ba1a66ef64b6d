import DuckDB
import Foundation
import LakeSettings
import SQLText
import TestKit
import Testing

@testable import Lake

/// Damage to files, made for real.
@Suite struct FileDamageTests {
  private static let local = TestLakes.Kind.installed.filter { !$0.rawValue.hasSuffix("S3") }

  enum Damage: String, Sendable, CaseIterable {
    case removed, truncated, footer, page

    var kind: CheckFinding.Kind {
      switch self {
      case .removed: .missingFile
      case .truncated: .wrongFileSize
      case .footer: .unreadableFooter
      case .page: .unreadableData
      }
    }

    func apply(to path: String) throws {
      let url = URL(fileURLWithPath: path)
      var bytes = try Data(contentsOf: url)
      switch self {
      case .removed: return try FileManager.default.removeItem(at: url)
      case .truncated: bytes = bytes.prefix(bytes.count / 2)
      case .footer: bytes.replaceSubrange((bytes.count - 40)..., with: Data(repeating: 0x5A, count: 40))
      case .page: bytes.replaceSubrange(8..<(8 + 400), with: Data(repeating: 0xA5, count: 400))
      }
      try bytes.write(to: url)
    }
  }

  private static func make(_ lake: Lake) async throws {
    for statement in [
      "CREATE TABLE t (i INTEGER, s VARCHAR)", "INSERT INTO t SELECT i, 's' || i FROM range(1000) r(i)",
      "DELETE FROM t WHERE i < 100", "INSERT INTO t SELECT i, 't' || i FROM range(2000, 2200) r(i)",
      "INSERT INTO t VALUES (5000, 'inlined')",
    ] { try await lake.execute("\(raw: statement)") }
  }

  @Test(arguments: local, Damage.allCases)
  func aDamagedDataFileIsFoundAndForgotten(_ kind: TestLakes.Kind, _ damage: Damage) async throws {
    try await TestLakes.withLake(kind) { lake, folder in
      try await Self.make(lake)
      let files = try await lake.files(of: "t")
      let damaged = try #require(files.first { $0.deleteFile == nil })
      try damage.apply(to: damaged.path)
      let options = CheckOptions(deep: damage == .page)
      let report = try await lake.check(options)
      #expect(report.findings.map(\.kind) == [damage.kind])
      let finding = try #require(report.findings.first)
      #expect(finding.rows == 200 && finding.severity == .error && !report.isSound)
      #expect(finding.place.contains(damaged.path) && finding.place.hasPrefix("table t"))
      let refused = try await lake.repair(RepairOptions(check: options), backupFolder: folder["backups"])
      #expect(refused.steps.map(\.outcome) == [.needsAcceptLoss] && refused.backup == nil)
      let repaired = try await lake.repair(
        RepairOptions(check: options, acceptsLoss: true), backupFolder: folder["backups"])
      #expect(repaired.steps.map(\.repair) == ["forget_data_file"])
      #expect(repaired.steps.first?.gives == "200 rows")
      #expect(repaired.after?.findings == [])
      #expect(try await lake.query("SELECT count(*) FROM t").fetchOneScalar(Int.self) == 901)
      try await lake.execute("INSERT INTO t SELECT i, 'new' FROM range(100) r(i)")
      #expect(try await lake.query("SELECT count(*) FROM t WHERE i < 50").fetchOneScalar(Int.self) == 50)
      // The backup that was made first still names the file.
      let backup = try #require(repaired.backup)
      let named = try await CatalogStore.reading(backup) {
        try await $0.connection.ask("SELECT count(*) FROM ducklake_data_file").scalar()?.integer
      }
      #expect(named == 2)
    }
  }

  @Test(arguments: local)
  func deletedRowsComeBackWithoutTheirDeleteFileOnlyWhenAccepted(_ kind: TestLakes.Kind) async throws {
    try await TestLakes.withLake(kind) { lake, folder in
      try await Self.make(lake)
      let path = try #require(try await lake.files(of: "t").compactMap(\.deleteFile).first)
      try FileManager.default.removeItem(atPath: path)
      let report = try await lake.check()
      #expect(report.findings.map(\.kind) == [.missingFile])
      #expect(report.findings.first?.repair == "forget_delete_file")
      let repaired = try await lake.repair(
        RepairOptions(acceptsLoss: true), backupFolder: folder["backups"])
      #expect(repaired.steps.first?.gives?.contains("100 deletions") == true)
      #expect(repaired.after?.findings == [])
      #expect(try await lake.query("SELECT count(*) FROM t").fetchOneScalar(Int.self) == 1201)
    }
  }

  @Test(arguments: TestLakes.Kind.installed)
  func filesOnStorageAreHeldAgainstTheCatalog(_ kind: TestLakes.Kind) async throws {
    try await TestLakes.withLake(kind) { lake, _ in
      try await Self.make(lake)
      let place = lake.configuration.storage.dataPath
      // Written by the engine, as an unfinished commit would have been.
      let stray = place + "main/t/stray.parquet"
      let write = "COPY (SELECT 1 AS i) TO \(SQLLiteral.string(stray)) (FORMAT parquet)"
      try await lake.connections.writingSession().changeTrusted(write, lake: lake.name)
      #expect(try await lake.check().findings == [])
      let report = try await lake.check(CheckOptions(untrackedAge: .zero))
      #expect(report.findings.map(\.kind) == [.untrackedFile] && report.isSound)
      #expect(report.findings.first?.place == stray)

      // A file that the catalog names and nobody has, and one whose size is another.
      let files = lake.metadata("ducklake_data_file")
      let rename = "UPDATE \(files) SET path = 'nowhere.parquet' WHERE row_id_start = 0"
      let resize = "UPDATE \(files) SET file_size_bytes = 17 WHERE row_id_start > 0"
      try await lake.runTrusted(rename + "; " + resize)
      let damaged = try await lake.check()
      #expect(Set(damaged.findings.map(\.kind)) == [.missingFile, .wrongFileSize])
      #expect(damaged.findings.contains { $0.place.hasSuffix("nowhere.parquet") && $0.rows == 1000 })
    }
  }

  @Test(arguments: local)
  func deepReadingFindsValuesOutsideBounds(_ kind: TestLakes.Kind) async throws {
    try await TestLakes.withLake(kind) { lake, folder in
      try await lake.execute("CREATE TABLE d (x DOUBLE, s VARCHAR)")
      try await lake.execute(
        "INSERT INTO d SELECT CASE WHEN i = 7 THEN 'nan'::DOUBLE ELSE i END, 'a' || i FROM range(100) r(i)")
      let deep = CheckOptions(deep: true)
      #expect(try await lake.check(deep).findings == [])
      let statistics = lake.metadata("ducklake_file_column_stats")
      let change = "UPDATE \(statistics) SET max_value = '20.0' WHERE column_id = 1"
      try await lake.runTrusted(change)
      let report = try await lake.check(deep)
      #expect(Set(report.findings.map(\.kind)) == [.wrongColumnStatistics])
      #expect(report.findings.contains { $0.rows == 79 })
      let repaired = try await lake.repair(RepairOptions(check: deep), backupFolder: folder["backups"])
      #expect(repaired.after?.findings == [])
      #expect(
        try await lake.query("SELECT count(*) FROM d WHERE x BETWEEN 50 AND 98").fetchOneScalar(Int.self)
          == 49)
    }
  }

  /// Damage that DuckLake 1.0 itself does: after a change of type and a rewrite, the next insert hides all other rows.
  @Test(arguments: local)
  func rowsHiddenByARewriteAreFoundAndShownAgain(_ kind: TestLakes.Kind) async throws {
    try await TestLakes.withLake(kind) { lake, folder in
      for statement in [
        "CREATE TABLE t (i INTEGER, s VARCHAR)", "INSERT INTO t SELECT i, 's' || i FROM range(1000) r(i)",
        "DELETE FROM t WHERE i < 100", "ALTER TABLE t ALTER i TYPE BIGINT",
        "INSERT INTO t SELECT i, 's' || i FROM range(7000, 7100) r(i)",
      ] { try await lake.execute("\(raw: statement)") }
      #expect(try await lake.check().findings == [])
      try await lake.runTrusted(
        "CALL ducklake_rewrite_data_files(\(lake.catalogLiteral), delete_threshold => 0.01)")
      let before = try await lake.check().findings
      #expect(before.map(\.kind) == [.wrongTableStatistics] && before.first?.severity == .warning)
      try await lake.execute("INSERT INTO t (i) VALUES (1), (2)")
      let damaged = try await lake.check().findings
      #expect(damaged.map(\.kind) == [.wrongTableStatistics] && damaged.first?.severity == .error)
      let repaired = try await lake.repair(backupFolder: folder["backups"])
      #expect(repaired.after?.findings == [])
      #expect(try await lake.query("SELECT count(*) FROM t WHERE i >= 100").fetchOneScalar(Int.self) == 1000)
      try await lake.execute("INSERT INTO t (i) VALUES (3), (4)")
      #expect(try await lake.query("SELECT count(*) FROM t WHERE i >= 100").fetchOneScalar(Int.self) == 1000)
      #expect(try await lake.check().findings == [])
    }
  }
}
