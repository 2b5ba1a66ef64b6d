import LakeSettings
import SQLText
import TestKit
import Testing

@testable import Lake

/// A lake in order gives no finding, whatever it has been through.
@Suite struct HealthyLakeTests {
  private static let exact = CheckOptions(deep: true, untrackedAge: .zero)

  @Test(arguments: TestLakes.Kind.installed)
  func everyFeature(_ kind: TestLakes.Kind) async throws {
    try await TestLakes.withLake(kind) { lake, _ in
      #expect(try await lake.check(Self.exact).findings == [])
      try await FullLake.make(in: lake)
      try await lake.setOption("target_file_size", to: "100MB", table: "t2")
      try await lake.changeOwn(.tags) { ["INSERT INTO \($0) VALUES ('v1', 3, 'ada', NULL, 1)"] }
      try await Self.expectSound(lake)
      let name = lake.catalogLiteral
      for call in [
        "CALL ducklake_flush_inlined_data(\(name))",
        "CALL ducklake_rewrite_data_files(\(name), delete_threshold => 0.01)",
        "CALL ducklake_merge_adjacent_files(\(name))",
      ] {
        try await lake.runTrusted(call)
        try await Self.expectSound(lake)
      }
      try await lake.execute("INSERT INTO t2 (i) VALUES (1), (2)")
      try await lake.execute("DELETE FROM t2 WHERE i = 1 OR i = 150")
      try await lake.runTrusted("CALL ducklake_expire_snapshots(\(name), versions => [5, 6, 20])")
      try await Self.expectSound(lake)
      try await lake.runTrusted("CALL ducklake_merge_adjacent_files(\(name))")
      try await Self.expectSound(lake)
      try await lake.runTrusted("CALL ducklake_expire_snapshots(\(name), older_than => now())")
      try await Self.expectSound(lake)
      try await lake.runTrusted("CALL ducklake_cleanup_old_files(\(name), cleanup_all => true)")
      try await Self.expectSound(lake)
    }
  }

  private static func expectSound(
    _ lake: Lake, at location: SourceLocation = #_sourceLocation
  ) async throws {
    let report = try await lake.check(exact)
    #expect(report.findings == [], sourceLocation: location)
    #expect(report.files > 0, sourceLocation: location)
  }

  /// Commits and clean-ups that come between the steps of a check are not taken for damage.
  @Test(arguments: TestLakes.Kind.installed.filter { !$0.rawValue.hasSuffix("S3") })
  func whileWritersAndMaintenanceRun(_ kind: TestLakes.Kind) async throws {
    try await TestLakes.withLake(kind) { lake, _ in
      try await lake.execute("CREATE TABLE t (w INTEGER, i INTEGER)")
      let running = Flag()
      let name = lake.catalogLiteral
      let findings = try await withThrowingTaskGroup(of: Void.self) { group in
        for writer in 0..<3 {
          group.addTask {
            while running.isUp {
              try await lake.execute("INSERT INTO t SELECT \(writer), i FROM range(50) r(i)")
              try await lake.execute("DELETE FROM t WHERE w = \(writer) AND i < 10")
            }
          }
        }
        group.addTask {
          while running.isUp {
            try await lake.runTrusted("CALL ducklake_merge_adjacent_files(\(name))")
            try await lake.runTrusted("CALL ducklake_expire_snapshots(\(name), older_than => now())")
            try await lake.runTrusted("CALL ducklake_cleanup_old_files(\(name), cleanup_all => true)")
          }
        }
        var findings: [CheckFinding] = []
        for _ in 0..<4 { findings += try await lake.check().findings }
        running.lower()
        try await group.waitForAll()
        return findings
      }
      #expect(findings == [])
      #expect(try await lake.currentSnapshot() > 4)
    }
  }
}
