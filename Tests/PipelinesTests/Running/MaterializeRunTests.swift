import Flows
import Lake
import Pipelines
import TestKit
import Testing

@Suite("-- materialize writes the last query's rows") struct MaterializeRunTests {
  @Test func `replace`() async throws {
    let script = [
      "m.sql":
        "-- materialize ducklake://main/m\nCREATE TEMP TABLE s AS FROM src;\nSELECT i * 2 AS j FROM s -- all\n"
    ]
    try await PipelineLab.run(script) { lab in
      try await lab.execute("CREATE TABLE src AS FROM (VALUES (1), (2)) t(i)")
      let outcome = try await lab.run()
      #expect(outcome.finished["m.sql"]?.rows == 2)
      try await lab.expectRows("2\n4", of: "FROM m ORDER BY j")
      try await lab.execute("DELETE FROM src WHERE i = 1")
      try await lab.expectRun(["m.sql"])
      try await lab.expectRows("4", of: "FROM m")
      try await lab.expectRun([])
    }
  }

  @Test func `append, by the columns' names`() async throws {
    let script = [
      "m.sql": "-- $n (integer) = 1\n-- materialize ducklake://main/log append\nSELECT 'x' AS name, $n AS n"
    ]
    try await PipelineLab.run(script) { lab in
      try await lab.expectRun(["m.sql"])
      try await lab.expectRun([])
      try await lab.expectRun(["m.sql"], arguments: ["n": "2"])
      try await lab.expectRows("x 1\nx 2", of: "FROM log ORDER BY n")
      try lab.write("-- materialize ducklake://main/log append\nSELECT 3 AS n, 'y' AS name", to: "m.sql")
      try await lab.expectRun(["m.sql"])
      try await lab.expectRows("x 1\nx 2\ny 3", of: "FROM log ORDER BY n")
    }
  }

  @Test func `key replaces rows of the same key, NULL among them`() async throws {
    let script = ["m.sql": "-- materialize ducklake://main/m key=id,part\nFROM src"]
    try await PipelineLab.run(script) { lab in
      try await lab.execute("CREATE TABLE src AS FROM (VALUES (1, 'a', 10), (2, NULL, 20)) t(id, part, v)")
      try await lab.expectRun(["m.sql"])
      try await lab.execute("DELETE FROM src", "INSERT INTO src VALUES (2, NULL, 21), (1, 'b', 11)")
      try await lab.expectRun(["m.sql"])
      try await lab.expectRows("1 a 10\n1 b 11\n2 NULL 21", of: "FROM m ORDER BY v")
    }
  }

  @Test func `a schema that is not there is made`() async throws {
    try await PipelineLab.run(["m.sql": "-- materialize ducklake://main/marts.m\nSELECT 1 AS i"]) { lab in
      try await lab.expectRun(["m.sql"])
      try await lab.expectRows("1", of: "FROM marts.m")
      try await lab.expectRun([])
    }
  }

  @Test func `a failing query says where, and changes nothing`() async throws {
    let script = [
      "m.sql": "-- materialize ducklake://main/m key=i\n\nSELECT i,\n  error('no ' || i) AS e FROM src"
    ]
    try await PipelineLab.run(script) { lab in
      try await lab.execute(
        "CREATE TABLE src AS SELECT 7 AS i", "CREATE TABLE m AS SELECT 1 AS i, 'old' AS e")
      let before = try await lab.snapshot()
      let outcome = try await lab.run()
      #expect(outcome.failed["m.sql"]?.message == "m.sql:3: no 7")
      #expect(try await lab.snapshot() == before)
      try lab.write("-- materialize ducklake://main/m\n\nSELECT 1 AS i,\n  nam FROM src", to: "m.sql")
      let second = try await lab.run()
      #expect(
        second.failed["m.sql"]?.message.hasPrefix("m.sql:4:3: Referenced column \"nam\" not found") == true)
    }
  }

  @Test(arguments: [
    (
      "-- materialize ducklake://main/m\nCREATE TABLE x AS SELECT 1 AS i",
      "the last statement is not the query"
    ),
    (
      "-- materialize ducklake://main/m\nINSERT INTO x VALUES (1);\nSELECT 1",
      "`INSERT` before the query"
    ),
    ("-- materialize ducklake://main/m history key=i\nSELECT 1 AS i", "history is not run yet"),
    (
      "-- materialize ducklake://main/m append on_schema_change=sync\nSELECT 1 AS i",
      "on_schema_change=sync is not run yet"
    ),
  ])
  func `what cannot be carried out is told before anything runs`(script: String, expected: String)
    async throws
  {
    try await PipelineLab.run(["m.sql": script]) { lab in
      let problems = try await lab.problems()
      #expect(
        problems.count == 1 && problems[0].contains(expected) && problems[0].hasPrefix("m.sql:"),
        "\(problems)")
    }
  }
}
