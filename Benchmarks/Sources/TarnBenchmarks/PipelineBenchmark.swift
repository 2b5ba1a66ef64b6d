import DuckDB
import Foundation
import Runtimes
import SQLText
import Scripts

/// The whole TPC-DS pipeline: `tarn pipeline run`, and the same statements in one plain DuckDB connection.
enum PipelineBenchmark {
  static func run() throws -> [String] {
    let workspace = try Bench.workspace("pipeline")
    let rounds = Int(ProcessInfo.processInfo.environment["ROUNDS"] ?? "") ?? 3
    var tarn: [Child] = []
    var plain: [Child] = []
    for _ in 0..<rounds {
      for isTarn in [true, false] {
        try? FileManager.default.removeItem(atPath: workspace + "/.tarn")
        if isTarn {
          tarn.append(try Child.run([Bench.tarn, "pipeline", "run", "--workspace", workspace]))
        } else {
          plain.append(try Child.run([Bench.executable, PlainPipeline.command, workspace], in: workspace))
        }
      }
    }
    func median(_ runs: [Child], _ value: (Child) -> Double) -> Double { Bench.median(runs.map(value)) }
    let what = "TPC-DS pipeline, 52 steps, scale \(Bench.scale)"
    func row(_ name: String, _ unit: String, _ goal: String, _ digits: Int, _ value: (Child) -> Double)
      -> String
    {
      let (ours, theirs) = (median(tarn, value), median(plain, value))
      return Bench.row(
        "\(what): \(name)", Bench.text(ours, digits) + unit, Bench.text(theirs, digits) + unit,
        Bench.text(ours / theirs), goal)
    }
    return [
      row("wall time", " s", "1.05", 2) { $0.wall },
      row("processor time", " s", "reported", 2) { $0.cpu },
      row("largest memory", " MiB", "1.2", 0) { $0.memory },
    ]
  }
}

/// The other side of ``PipelineBenchmark``: one connection, one statement after another, the same transactions and
/// data tests, nothing of Tarn's running.
enum PlainPipeline {
  static let command = "plain-pipeline"

  static func run(_ arguments: [String]) async throws {
    guard let workspace = arguments.first else { throw BenchmarkError("\(command) FOLDER") }
    let steps = try await orderedScripts(workspace + "/pipeline")
    let home = workspace + "/.tarn/lakes/main"
    try FileManager.default.createDirectory(atPath: home + "/data", withIntermediateDirectories: true)
    let database = try await Database.open(.memory, configuration: ["allow_unsigned_extensions": "true"])
    let connection = try await database.connect()
    func execute(_ sql: String) async throws { try await connection.execute(sql) }
    for name in ["ducklake", "sqlite_scanner"] {
      try await execute("LOAD '\(Bench.extensions)/\(name).duckdb_extension'")
    }
    try await execute(
      "ATTACH 'ducklake:sqlite:\(home)/catalog.sqlite' AS dl (DATA_PATH '\(home)/data/', META_JOURNAL_MODE 'WAL')"
    )
    try await execute("USE dl")
    for step in steps {
      try await execute("BEGIN")
      for statement in step.statements { _ = try await connection.query(statement) }
      for test in step.tests {
        let text = "SELECT * FROM (\n\(test)\n) LIMIT 20"
        let violations = try await connection.query(text)
        guard violations.rowCount == 0 else { throw BenchmarkError("\(step.path): \(test)") }
      }
      try await execute("COMMIT")
    }
    await connection.close()
  }

  private struct Step {
    let path: String
    let statements: [String]
    let tests: [String]
  }

  /// The folders in an order that fits the data; inside the aggregates one waits for another.
  private static func orderedScripts(_ folder: String) async throws -> [Step] {
    let stages = ["ingest", "validate", "denormalize", "query", "aggregate", "publish"]
    return try stages.flatMap { stage in
      let names = try FileManager.default.contentsOfDirectory(atPath: "\(folder)/\(stage)").filter {
        $0.hasSuffix(".sql")
      }
      let last = names.filter { $0 == "channel_comparison.sql" }
      return try (names.filter { !last.contains($0) }.sorted() + last).map {
        try step("\(stage)/\($0)", in: folder)
      }
    }
  }

  private static func step(_ path: String, in folder: String) throws -> Step {
    let source = try String(contentsOfFile: "\(folder)/\(path)", encoding: .utf8)
    let script = try SQLScript.parse(source, path: path)
    let stage = path.split(separator: "/")[0]
    let name = path.split(separator: "/")[1].dropLast(".sql".count)
    let schemas: [Substring: String] = [
      "ingest": "main", "validate": "quality", "denormalize": "analytics", "aggregate": "marts",
    ]
    let written = schemas[stage].map { Asset.table(schema: $0, name: String(name)) }
    let tests = try script.dataTests.map {
      try PlannedTest($0, written: written.map { [$0] } ?? [], path: path).query
    }
    return Step(path: path, statements: script.statements.map(\.sql.text), tests: tests)
  }
}
