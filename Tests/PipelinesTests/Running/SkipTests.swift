import DuckDB
import Foundation
import Lake
import TestKit
import Testing

/// Files that tests write.
enum Fixtures {
  static func bytes(_ bytes: [UInt8], _ path: String) throws {
    try Data(bytes).write(to: URL(fileURLWithPath: path))
  }

  static func json(_ values: [Int], _ folder: TemporaryFolder, _ name: String) throws {
    try folder.write(values.map { #"{"i":\#($0)}"# }.joined(separator: "\n"), to: name)
  }
}

@Suite("What has not changed is not run again") struct SkipTests {
  /// Two raw files, each with a chain behind it, and one step that joins both.
  static let scripts = [
    "a.sql": "CREATE OR REPLACE TABLE a AS FROM read_csv('raw/a.csv')",
    "b.sql": "CREATE OR REPLACE TABLE b AS FROM read_csv('raw/b.csv')",
    "a2.sql": "CREATE OR REPLACE TABLE a2 AS SELECT i * 2 AS i FROM a",
    "b2.sql": "CREATE OR REPLACE TABLE b2 AS SELECT i * 2 AS i FROM b",
    "joined.sql": "CREATE OR REPLACE TABLE joined AS SELECT a2.i AS a, b2.i AS b FROM a2, b2",
    "check_b.sql": "-- data_test b2: not_null i\n",
    "alone.sql": "CREATE OR REPLACE TABLE alone AS SELECT 1 AS i",
  ]
  static let all = Set(scripts.keys)

  private static func run(_ body: (PipelineLab) async throws -> Void) async throws {
    try await PipelineLab.run(scripts) { lab in
      try lab.folder.write("i\n1\n", to: "raw/a.csv")
      try lab.folder.write("i\n2\n", to: "raw/b.csv")
      try await lab.expectRun(all)
      try await lab.expectRun([])
      try await body(lab)
      try await lab.expectRun([])
    }
  }

  @Test func `a raw file`() async throws {
    try await Self.run { lab in
      try lab.folder.write("i\n10\n", to: "raw/b.csv")
      try await lab.expectRun(["b.sql", "b2.sql", "check_b.sql", "joined.sql"])
      try await lab.expectRows("2 20", of: "FROM joined")
    }
  }

  @Test func `a script, also when only a comment of it changed`() async throws {
    try await Self.run { lab in
      try lab.write("-- Times three.\nCREATE OR REPLACE TABLE a2 AS SELECT i * 3 AS i FROM a", to: "a2.sql")
      try await lab.expectRun(["a2.sql", "joined.sql"])
      try await lab.expectRows("3 4", of: "FROM joined")
    }
  }

  @Test func `an output that was dropped`() async throws {
    try await Self.run { lab in
      try await lab.execute("DROP TABLE a2")
      try await lab.expectRun(["a2.sql", "joined.sql"])
    }
  }

  @Test func `an output that somebody else changed`() async throws {
    try await Self.run { lab in
      try await lab.execute("INSERT INTO b VALUES (99)")
      try await lab.expectRun(["b.sql", "b2.sql", "check_b.sql", "joined.sql"])
      try await lab.expectRows("2", of: "FROM b")
    }
  }

  @Test func `force`() async throws {
    try await Self.run { lab in
      try await lab.expectRun(Self.all, force: true)
    }
  }

  @Test func `a new script, and one that is gone`() async throws {
    try await Self.run { lab in
      try lab.write("CREATE OR REPLACE TABLE late AS FROM joined", to: "late.sql")
      try await lab.expectRun(["late.sql"])
      try FileManager.default.removeItem(atPath: lab.folder["pipeline/late.sql"])
      try await lab.expectRun([])
    }
  }

  @Test(arguments: ["", "{", "null", "[1]", #"{"a.sql":7}"#])
  func `records that cannot be read mean that everything runs`(text: String) async throws {
    try await Self.run { lab in
      try lab.folder.write(text, to: ".tarn/pipelines/pipeline.json")
      try await lab.expectRun(Self.all)
    }
  }

  @Test func `records that were deleted`() async throws {
    try await Self.run { lab in
      try FileManager.default.removeItem(atPath: lab.folder[".tarn"])
      try await lab.expectRun(Self.all)
    }
  }

  @Test func `a lake that was made anew has other versions`() async throws {
    try await PipelineLab.run(["a.sql": "CREATE TABLE IF NOT EXISTS a AS SELECT 1 AS i"]) { lab in
      try await lab.expectRun(["a.sql"])
      let configuration = TestLakes.configuration("sqlite", in: try TemporaryFolder("other"))
      let other = try await Engine(lakes: [configuration], settings: lab.engine.settings)
      defer { Task { await other.close() } }
      let again = lab.on(other)
      try await again.expectRun(["a.sql"])
    }
  }

  @Test func `a script that adds to its own table is run once`() async throws {
    let scripts = [
      "log.sql": "CREATE TABLE IF NOT EXISTS log (n INTEGER); INSERT INTO log SELECT count(*) FROM log"
    ]
    try await PipelineLab.run(scripts) { lab in
      try await lab.expectRun(["log.sql"])
      try await lab.expectRun([])
      try await lab.expectRun(["log.sql"], force: true)
      try await lab.expectRows("0\n1", of: "FROM log ORDER BY n")
    }
  }

  @Test func `many raw files by a pattern`() async throws {
    try await PipelineLab.run(["a.sql": "CREATE OR REPLACE TABLE a AS FROM read_csv('raw/*.csv')"]) { lab in
      try lab.folder.write("i\n1\n", to: "raw/1.csv")
      try await lab.expectRun(["a.sql"])
      try await lab.expectRun([])
      try lab.folder.write("i\n2\n", to: "raw/2.csv")
      try await lab.expectRun(["a.sql"])
      try await lab.expectRows("3", of: "SELECT sum(i) FROM a")
    }
  }
}
