import DuckDB
import Lake
import LakeSettings
import SQLText
import TestKit
import Testing

/// DuckLake 1.0 frees the cached tables of a schema version under a write transaction when readers load that version
/// at the same time (duckdb/ducklake#1248). With plain DuckDB this work fails about once in 15 commits, or crashes.
@Suite struct SchemaCacheTests {
  @Test func replacingTablesBesideReadersNeverFails() async throws {
    try await TestLakes.withLake { lake, _ in
      for number in 0..<6 {
        try await lake.execute(
          "CREATE TABLE \(identifier: "t\(number)") AS SELECT range AS a, 'x' AS s FROM range(20)")
      }
      try await withThrowingTaskGroup(of: Void.self) { group in
        let isWriting = Flag()
        for reader in 0..<4 {
          group.addTask {
            var number = reader
            while isWriting.isUp {
              let rows = try await lake.query("SELECT count(*) FROM \(identifier: "t\(number % 6)")").result()
              #expect(rows[0][0].intValue == 20)
              number += 1
            }
          }
        }
        for round in 0..<90 {
          let name = "t\(round % 6)"
          try await lake.transaction { transaction in
            try await transaction.execute(
              "CREATE OR REPLACE TABLE \(identifier: name) AS SELECT range AS a, 'y' AS s FROM range(20)")
          }
        }
        isWriting.lower()
        try await group.waitForAll()
      }
      #expect(try await lake.currentSnapshot() == 96)
    }
  }
}
