import Flows
import Lake
import Pipelines
import TestKit
import Testing

@Suite("A step that fails leaves nothing of itself") struct PipelineFailureTests {
  @Test func `finished steps stay, independent ones go on, those behind are blocked`() async throws {
    let scripts = [
      "a.sql": "CREATE OR REPLACE TABLE a AS SELECT 1 AS i",
      "b.sql": """
      CREATE OR REPLACE TABLE b AS FROM a;
      INSERT INTO b VALUES (2);

      INSERT INTO b
        SELECT i, extra FROM b;
      """,
      "c.sql": "CREATE OR REPLACE TABLE c AS FROM b",
      "d.sql": "CREATE OR REPLACE TABLE d AS FROM c",
      "e.sql": "CREATE OR REPLACE TABLE e AS FROM a",
    ]
    try await PipelineLab.run(scripts) { lab in
      let outcome = try await lab.run(jobs: 1)
      #expect(outcome.ending == .failed)
      #expect(Set(outcome.finished.keys) == ["a.sql", "e.sql"])
      #expect(Set(outcome.blocked) == ["c.sql", "d.sql"])
      let message = outcome.failed["b.sql"]?.message ?? ""
      #expect(message.hasPrefix("b.sql:5:13: Referenced column \"extra\" not found"), "\(message)")
      #expect(message.hasSuffix("(statement 3 of 3)"), "\(message)")
      try await lab.expectRows(
        "a\ne", of: "SELECT table_name FROM duckdb_tables() WHERE database_name = 'dl' ORDER BY 1")

      try lab.write("CREATE OR REPLACE TABLE b AS FROM a", to: "b.sql")
      try await lab.expectRun(["b.sql", "c.sql", "d.sql"])
    }
  }

  @Test func `the version from before a failure is still there`() async throws {
    try await PipelineLab.run(["a.sql": "CREATE OR REPLACE TABLE a AS SELECT 1 AS i"]) { lab in
      try await lab.expectRun(["a.sql"])
      try lab.write("CREATE OR REPLACE TABLE a AS SELECT 2 AS i; SELECT error('stop')", to: "a.sql")
      let outcome = try await lab.run()
      #expect(outcome.failed["a.sql"]?.message == "a.sql:1: stop (statement 2 of 2)")
      try await lab.expectRows("1", of: "FROM a")
    }
  }

  @Test func `a raw file that is no Parquet is named`() async throws {
    try await PipelineLab.run(["a.sql": "CREATE OR REPLACE TABLE a AS\nFROM read_parquet('raw/a.parquet')"]) {
      lab in
      try lab.folder.write("this is not Parquet, not even nearly", to: "raw/a.parquet")
      let message = try await lab.run().failed["a.sql"]?.message ?? ""
      #expect(message.hasPrefix("a.sql:"), "\(message)")
      #expect(message.contains("raw/a.parquet"), "\(message)")
      #expect(message.contains("No magic bytes found") || message.contains("no Parquet"), "\(message)")
    }
  }
}

@Suite("What is wrong with a pipeline is told before anything runs") struct PipelineProblemTests {
  @Test func `a circle`() async throws {
    let scripts = [
      "a.sql": "CREATE OR REPLACE TABLE a AS\nFROM b",
      "b.sql": "CREATE OR REPLACE TABLE b AS\n\nFROM c", "c.sql": "CREATE OR REPLACE TABLE c AS FROM a",
    ]
    try await PipelineLab.run(scripts) { lab in
      let problems = try await lab.problems()
      #expect(problems.count == 1)
      for part in ["a.sql:2", "b.sql:3", "c.sql:1"] {
        #expect(problems.first?.contains(part) == true, "\(problems)")
      }
      #expect(try await lab.snapshot() == 0)
    }
  }

  @Test func `two writers`() async throws {
    let scripts = [
      "a.sql": "CREATE OR REPLACE TABLE t AS SELECT 1 AS i", "b.sql": "\nINSERT INTO T VALUES (1)",
    ]
    try await PipelineLab.run(scripts) { lab in
      let problems = try await lab.problems()
      #expect(problems.count == 1)
      for part in ["t has 2 writers", "a.sql:1", "b.sql:2"] {
        #expect(problems.first?.lowercased().contains(part) == true, "\(problems)")
      }
    }
  }

  @Test func `a table that nothing makes`() async throws {
    let scripts = [
      "a.sql": "CREATE OR REPLACE TABLE orders AS SELECT 1 AS i",
      "b.sql": "CREATE OR REPLACE TABLE b AS\nFROM ordrs",
    ]
    try await PipelineLab.run(scripts) { lab in
      let problems = try await lab.problems()
      #expect(
        problems == [
          "b.sql:2:6: ordrs does not exist, and no script of the pipeline makes it; did you mean orders?"
        ])
      try await lab.execute("CREATE TABLE ordrs AS SELECT 1 AS i")
      #expect(try await lab.problems() == [])
    }
  }

  @Test func `everything that is wrong, in all files`() async throws {
    let scripts = [
      "a.sql": "SELECT 'open", "b/c.sql": "\n-- data_test uniqe id\nCREATE TABLE x AS SELECT 1 AS id",
      "d.sql": "BEGIN; COMMIT", "e.sql": "-- materialize ducklake://main/m\nDROP TABLE x",
    ]
    try await PipelineLab.run(scripts) { lab in
      let problems = try await lab.problems()
      for file in ["a.sql:1:8", "b/c.sql:2"] {
        #expect(problems.contains { $0.hasPrefix(file) }, "\(file) \(problems)")
      }
      for file in ["d.sql:1:1", "e.sql"] {
        #expect(problems.contains { $0.hasPrefix(file) }, "\(file) \(problems)")
      }
    }
  }

  @Test func `a folder without scripts, and none`() async throws {
    try await PipelineLab.run([:]) { lab in
      let problems = try await lab.problems()
      #expect(problems.first?.hasPrefix("there is no folder") == true)
      try lab.folder.write("", to: "pipeline/readme.md")
      #expect(try await lab.problems().first?.hasPrefix("there is no .sql file in") == true)
    }
  }

  @Test func `a script that is no text`() async throws {
    try await PipelineLab.run(["a.sql": "SELECT 1"]) { lab in
      try Fixtures.bytes([0xFF, 0xFE, 0x41], lab.folder["pipeline/b.sql"])
      #expect(try await lab.problems() == ["b.sql: cannot be read as UTF-8 text"])
    }
  }
}
