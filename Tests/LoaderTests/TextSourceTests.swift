import DuckDB
import Foundation
import Lake
import SQLText
import TestKit
import Testing

@testable import Loader

/// CSV is looked at once, and read as what was found out then: signs, lines before the header, formats of dates.
@Suite struct TextSourceTests {
  @Test(arguments: [
    ("a,b\n1,x\n2,\"y\"\"z\"\n", "BIGINT VARCHAR", ["1|x", #"2|y"z"#]),
    ("a,b\r\n1,\"x\r\ny\"\r\n", "BIGINT VARCHAR", ["1|x\r\ny"]),
    ("some title\n\na,b\n1,2\n3,4\n", "BIGINT BIGINT", ["1|2", "3|4"]),
    (
      "a,b\n31/12/2024,25/12/2024 10:11:12\n01/02/2024,\n", "DATE TIMESTAMP",
      ["2024-02-01|NULL", "2024-12-31|2024-12-25 10:11:12"]
    ),
    ("a,b\n12/31/2024,1\n", "DATE BIGINT", ["2024-12-31|1"]),
    ("\"it's\",b\n1,true\n", "BIGINT BOOLEAN", ["1|true"]),
    ("a,b\n1,99999999999999999999\n", "BIGINT DOUBLE", ["1|1e+20"]),
  ])
  func aFileIsReadAsWhatItIs(_ content: String, _ types: String, _ expected: [String]) async throws {
    try await withLoaderLake { lake, folder in
      try folder.write(content, to: "t.csv")
      try await Loader(lake).load(Load(.files([folder["t.csv"]]), into: "ds", table: "t"))
      let result = try await lake.query(
        SQL(raw: "SELECT * EXCLUDE (_dlt_id, _dlt_load_id) FROM dl.ds.t ORDER BY 1")
      ).result()
      #expect(result.columns.map { "\($0.type)" }.joined(separator: " ") == types)
      let rows = result.rows.map { row in row.values.map { "\($0)" }.joined(separator: "|") }
      #expect(rows == expected)
    }
  }

  @Test func oneFileIsNotLookedAtAgainAndSeveralAre() async throws {
    try await withLoaderLake { lake, folder in
      for name in ["one.csv", "two.csv"] { try folder.write("a,b\n1,2\n", to: name) }
      let loader = Loader(lake)
      let one = try await loader.plan(Load(.files([folder["one.csv"]]), into: "ds", table: "t"))
      #expect(one.statements.contains { $0.contains("auto_detect = false") })
      let two = try await loader.plan(
        Load(.files([folder["one.csv"], folder["two.csv"]]), into: "ds", table: "t"))
      #expect(two.statements.contains { $0.contains("union_by_name = true") })
    }
  }

  @Test func aSessionKnowsWhetherItHasTemporaryTables() async throws {
    try await withLoaderLake { lake, _ in
      let session = try await lake.ownSession()
      #expect(await session.hasOwnTables == false)
      _ = try await session.runTrusted("CREATE OR REPLACE TEMP TABLE tarn_rows_0_0 AS SELECT 1 AS a")
      #expect(await session.hasOwnTables)
      _ = try await session.runTrusted("DROP TABLE temp.main.tarn_rows_0_0")
      #expect(await session.hasOwnTables == false)
      await session.close()
    }
  }

  @Test func aCommitWithoutAKeyIsTheLastAfterOneWithAKey() async throws {
    try await withLoaderLake { lake, _ in
      let session = try await lake.ownSession()
      let before = try await lake.currentSnapshot()
      for (number, key) in ["a", nil, "b"].enumerated() {
        if let key { #expect(try await session.begin(key: key) == nil) } else { try await session.begin() }
        _ = try await session.write("CREATE TABLE t\(number) (a BIGINT)", to: nil, changesDefinitions: true)
        try await session.commit()
        #expect(try await session.lastCommit(of: lake.name) == before + Int64(number) + 1)
      }
      await session.close()
    }
  }

  @Test func randomBytesFillAllOfTheMemory() throws {
    for count in [0, 1, 255, 256, 257, 20_480] {
      var bytes = [UInt8](repeating: 0, count: count)
      try bytes.withUnsafeMutableBytes { try RandomBytes.fill($0) }
      // 16 zeros on end come once in 2^128.
      let runs = bytes.split { $0 != 0 }.map(\.count)
      #expect((runs.max() ?? 0) < 16)
    }
  }
}
