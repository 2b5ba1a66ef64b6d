import DuckDB
import Foundation
import Lake
import LakeSettings
import SQLText
import TestKit
import Testing

/// "Reuse what has not changed, never serve what is stale."
@Suite struct StalenessTests {
  /// Eight writers count up, eight readers look: nobody sees less than what had been acknowledged before they asked,
  /// nor less than what they have seen themselves.
  @Test(arguments: ["sqlite", "duckdb"])
  func readersNeverSeeLessThanWasAcknowledged(catalog: String) async throws {
    try await TestLakes.withLake(catalog: catalog) { lake, _ in
      try await lake.execute("CREATE TABLE counter AS SELECT 0 AS n")
      let acknowledged = Shared<Int64>(0)
      let isDone = Shared(false)
      try await withThrowingTaskGroup(of: Void.self) { group in
        for _ in 0..<8 {
          group.addTask {
            var seen: Int64 = 0
            while !isDone.value {
              let floor = acknowledged.value
              let found: Int64? = try await lake.query("SELECT n::BIGINT FROM counter").fetchOneScalar()
              #expect((found ?? -1) >= max(floor, seen))
              seen = max(seen, found ?? -1)
            }
          }
        }
        try await withThrowingTaskGroup(of: Void.self) { writers in
          for writer in 0..<8 {
            writers.addTask {
              for _ in 0..<6 {
                if writer.isMultiple(of: 2) {
                  try await lake.execute("UPDATE counter SET n = n + 1")
                  acknowledged.change { $0 += 1 }
                } else {
                  try await lake.transaction { transaction in
                    let old = try await transaction.query("SELECT n FROM counter")[0][0].integerValue
                    try await transaction.execute("UPDATE counter SET n = \(old + 1)")
                  }
                  acknowledged.change { $0 += 1 }
                }
              }
            }
          }
          try await writers.waitForAll()
        }
        isDone.change { $0 = true }
        try await group.waitForAll()
      }
      let end: Int64? = try await lake.query("SELECT n::BIGINT FROM counter").fetchOneScalar()
      #expect(end == 48)
    }
  }

  /// A lake that is named in another lake's query is as fresh as that one.
  @Test func otherLakesAreFreshToo() async throws {
    let folder = try TemporaryFolder("lakes")
    let other = try LakeName("other")
    let lakes = [
      TestLakes.configuration("sqlite", in: folder),
      TestLakes.configuration("duckdb", in: folder, name: other),
    ]
    try await TestLakes.withEngine(lakes) { engine in
      let main = try await engine.lake()
      let second = try await engine.lake(other)
      try await main.execute("CREATE TABLE one AS SELECT 1 AS n")
      try await second.execute("CREATE TABLE counter AS SELECT 0 AS n")
      for expected in 1...5 {
        try await second.execute("UPDATE counter SET n = n + 1")
        let found: Int? = try await main.query("SELECT c.n FROM one, other.counter c").fetchOneScalar()
        #expect(found == expected)
        let tables: Int? = try await main.query(
          "SELECT count(*) FROM duckdb_tables() WHERE database_name = 'other'"
        ).fetchOneScalar()
        #expect(tables == expected)
        try await second.execute("CREATE TABLE \(identifier: "t\(expected)") AS SELECT 1 AS n")
      }
    }
  }

  /// The time stands still in a transaction, and must not in queries that only share one.
  @Test(arguments: [
    "SELECT epoch_us(now())", "SELECT epoch_us(current_timestamp)",
    "SELECT epoch_us(get_current_timestamp())",
    "SELECT epoch_us(n) FROM clock", "SELECT epoch_us(n) FROM view_of_clock", "SELECT epoch_us(right_now())",
    "SELECT epoch_us(transaction_timestamp())",
  ])
  func timeMovesOn(query: String) async throws {
    try await TestLakes.withLake { lake, _ in
      try await lake.execute("CREATE VIEW clock AS SELECT now() AS n")
      try await lake.execute("CREATE VIEW view_of_clock AS SELECT * FROM clock")
      try await lake.execute("CREATE MACRO right_now() AS now()")
      var last: Int64 = 0
      for _ in 0..<4 {
        let now: Int64 = try #require(try await lake.query(SQL(raw: query)).fetchOneScalar())
        #expect(now > last)
        last = now
      }
    }
  }

  /// DuckDB's caches must notice that a raw file has changed under its name.
  @Test(arguments: ["parquet", "csv", "json"])
  func rawFilesAreReadAnew(format: String) async throws {
    let folder = try TemporaryFolder("raw")
    let settings = EngineSettings(baseFolder: folder.path, reachableFiles: ["raw/"])
    try folder.write("", to: "raw/.keep")
    try await TestLakes.withEngine([TestLakes.configuration("sqlite", in: folder)], settings: settings) {
      engine in
      let lake = try await engine.lake()
      let writer = try await Database.open(.memory).connect()
      for value in 1...4 {
        let path = folder["raw/in.\(format)"]
        try await writer.execute(
          raw: "COPY (SELECT \(value) AS a FROM range(5000)) TO '\(path)' (FORMAT \(format))")
        let row = try await lake.query("SELECT min(a), max(a), sum(a) FROM \(raw: "'raw/in.\(format)'")")
          .result()[0]
        #expect(row.values.map(\.integerValue) == [value, value, 5000 * value])
      }
    }
  }
}

extension Value {
  /// The value as a number; -1 for what is none.
  var integerValue: Int { intValue.map { Int($0) } ?? -1 }
}
