import Foundation
import TestKit
import Testing

@Suite("tarn pipeline", .serialized) struct PipelineCommandTests {
  /// The middle step takes as long as its argument says: practically for ever, or no time.
  private static func slow() throws -> CommandLab {
    let lab = try CommandLab()
    try lab.folder.write("CREATE OR REPLACE TABLE first AS SELECT 1 AS i", to: "pipeline/first.sql")
    try lab.folder.write(
      """
      -- $n (bigint) = 1000000000000000
      CREATE OR REPLACE TABLE middle AS SELECT i FROM first;
      INSERT INTO middle SELECT count(*) FROM range($n);
      """, to: "pipeline/middle.sql")
    try lab.folder.write("CREATE OR REPLACE TABLE final AS FROM middle", to: "pipeline/final.sql")
    return lab
  }

  /// The steps' states of a run that was told to print JSON.
  private static func states(_ outcome: TarnProcess.Outcome) throws -> [String: String] {
    let report = try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: Any]
    let steps = try #require(report?["steps"] as? [[String: Any]])
    return Dictionary(
      steps.map { ($0["step"] as? String ?? "", $0["state"] as? String ?? "") }, uniquingKeysWith: { $1 })
  }

  @Test func `plan, run, and run again`() async throws {
    let lab = try Self.slow()
    let plan = try #require(try await lab.json("pipeline", "plan", "--json") as? [[String: Any]])
    #expect(plan.compactMap { $0["step"] as? String } == ["first.sql", "middle.sql", "final.sql"])
    #expect(plan.last?["reads"] as? [String] == ["ducklake://main/middle"])
    #expect(try await lab.output("pipeline", "plan", "--format", "mermaid").contains("-->"))
    let first = try await lab.tarn("pipeline", "run", "--json", "--arg", "n=10")
    #expect(
      try Self.states(first) == ["first.sql": "done", "middle.sql": "done", "final.sql": "done"], "\(first)")
    let second = try await lab.tarn("pipeline", "run", "--arg", "n=10")
    #expect(second.status == 0 && second.output.hasPrefix("3 steps, all up to date ("), "\(second)")
    let third = try await lab.tarn("pipeline", "run", "--json", "--arg", "n=11")
    #expect(
      try Self.states(third) == ["first.sql": "up to date", "middle.sql": "done", "final.sql": "done"],
      "\(third)")
    let forced = try await lab.tarn("pipeline", "run", "--json", "--arg", "n=11", "--force")
    #expect(try Self.states(forced).values.allSatisfy { $0 == "done" }, "\(forced)")
  }

  @Test(arguments: [SIGINT, SIGTERM])
  func `a signal rolls the running step back, and the next run goes on from there`(signal: Int32) async throws
  {
    let lab = try Self.slow()
    let running = try lab.process.start(["pipeline", "run", "--json"])
    #expect(await running.prints("first.sql done"))
    running.signal(signal)
    let stopped = await running.outcome()
    #expect(stopped.status == 130, "\(stopped)")
    #expect(stopped.errors.contains("interrupted; 1 step is committed"), "\(stopped)")
    #expect(try Self.states(stopped)["first.sql"] == "done", "\(stopped)")
    let tables = try #require(try await lab.json("lake", "tables", "--json") as? [[String: Any]])
    #expect(tables.compactMap { $0["name"] as? String } == ["first"])
    let next = try await lab.tarn("pipeline", "run", "--json", "--arg", "n=10")
    #expect(
      try Self.states(next) == ["first.sql": "up to date", "middle.sql": "done", "final.sql": "done"],
      "\(next)")
  }

  @Test func `a run that was killed leaves whole steps, and the next one goes on from there`() async throws {
    let lab = try Self.slow()
    let running = try lab.process.start(["pipeline", "run"])
    #expect(await running.prints("first.sql done"))
    running.signal(SIGKILL)
    _ = await running.outcome()
    let tables = try #require(try await lab.json("lake", "tables", "--json") as? [[String: Any]])
    #expect(tables.compactMap { $0["name"] as? String } == ["first"])
    let next = try await lab.tarn("pipeline", "run", "--json", "--arg", "n=10")
    #expect(
      try Self.states(next) == ["first.sql": "up to date", "middle.sql": "done", "final.sql": "done"],
      "\(next)")
    #expect(try await lab.output("sql", "--json", "FROM final ORDER BY i") == #"[{"i":1},{"i":10}]"# + "\n")
  }

  @Test func `a second run waits, and does not do again what the first has done`() async throws {
    let lab = try Self.slow()
    let first = try lab.process.start(["pipeline", "run"])
    #expect(await first.prints("first.sql done"))
    let second = try lab.process.start(["pipeline", "run", "--json", "--arg", "n=10"])
    #expect(await second.prints("waiting for process \(first.processID), which runs this pipeline"))
    first.signal(SIGINT)
    #expect(await first.outcome().status == 130)
    let outcome = await second.outcome()
    #expect(outcome.status == 0, "\(outcome)")
    #expect(
      try Self.states(outcome) == ["first.sql": "up to date", "middle.sql": "done", "final.sql": "done"])
  }

  @Test func `two runs at once run each step once`() async throws {
    let lab = try Self.slow()
    async let one = lab.tarn("pipeline", "run", "--json", "--arg", "n=10")
    async let two = lab.tarn("pipeline", "run", "--json", "--arg", "n=10")
    let states = [try Self.states(try await one), try Self.states(try await two)]
    for step in ["first.sql", "middle.sql", "final.sql"] {
      #expect(Set(states.compactMap { $0[step] }) == ["done", "up to date"], "\(states)")
    }
  }

  @Test func `a failing step is told with its place, and sample rows`() async throws {
    let lab = try Self.slow()
    try lab.folder.write("SELECT 1;\n\nSELECT nix FROM first", to: "pipeline/middle.sql")
    try lab.folder.write(
      "-- data_test unique i\nCREATE OR REPLACE TABLE twice AS FROM (VALUES (1), (1)) t(i)",
      to: "pipeline/twice.sql")
    try lab.folder.write("CREATE OR REPLACE TABLE final AS FROM first", to: "pipeline/final.sql")
    let outcome = try await lab.tarn("pipeline", "run")
    #expect(outcome.status == 1, "\(outcome)")
    for line in [
      "tarn: middle.sql:3:8: Referenced column \"nix\" not found",
      "tarn: twice.sql:1: a data test failed: twice: unique(i): 1 violating row", "    i=1 copies=2",
    ] {
      #expect(outcome.errors.contains(line), "\(outcome)")
    }
    #expect(try await lab.output("sql", "--json", "FROM final") == #"[{"i":1}]"# + "\n")
  }

  @Test func `what is wrong is told before anything runs, one line for each`() async throws {
    let lab = try Self.slow()
    try lab.folder.write("CREATE OR REPLACE TABLE final AS\nFROM midle", to: "pipeline/final.sql")
    try lab.folder.write("CREATE OR REPLACE TABLE first AS SELECT 2 AS i", to: "pipeline/again.sql")
    let outcome = try await lab.tarn("pipeline", "run")
    #expect(outcome.status == 1 && outcome.output.isEmpty && outcome.errorLines.count == 2, "\(outcome)")
    #expect(outcome.errors.contains("tarn: final.sql:2:6: midle does not exist"), "\(outcome)")
    #expect(
      outcome.errors.contains("first has 2 writers: again.sql:1 (replace) and first.sql:1 (replace)"),
      "\(outcome)")
    #expect((try await lab.json("lake", "tables", "--json") as? [Any])?.isEmpty == true)
    try await lab.fails(
      "pipeline", "run", "pipelin", saying: "there is no folder", "Did you mean 'pipeline'?")
    try await lab.fails("pipeline", "run", "--jobs", "0", status: 2, saying: "--jobs goes from 1 to 256")
  }
}
