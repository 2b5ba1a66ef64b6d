import DuckDB
import Foundation
import Lake
import LakeSettings
import Loader

/// The loader beside bare DuckDB and dlt: processor time and largest memory of whole processes, started for one load each.
enum LoadBenchmark {
  static let command = "load"
  private static let rounds = 3

  /// Who does the work.
  private enum Means: String {
    case tarn
    case bare
    case dlt
  }

  static func run() async throws -> [String] {
    try await makeSources()
    var lines: [String] = []
    for work in LoadWork.allCases { lines += try measure(work, commands: 1, loads: work == .small ? 100 : 1) }
    lines += try measure(.small, commands: 100, loads: 1)
    return lines
  }

  private struct Cost {
    var cpu = 0.0
    var wall = 0.0
    var memory = 0.0
  }

  /// - Parameters:
  ///   - commands: how many processes, one after another.
  ///   - loads: how many loads each of them makes.
  private static func measure(_ work: LoadWork, commands: Int, loads: Int) throws -> [String] {
    var cost: [Means: [Cost]] = [:]
    let means: [Means] =
      FileManager.default.isExecutableFile(atPath: python) ? [.tarn, .bare, .dlt] : [.tarn, .bare]
    for round in 0..<rounds {
      for means in means where means != .dlt || round == 0 && commands == 1 {
        let home = try AppendBenchmark.fresh("load-\(means.rawValue)")
        if let before = work.before { _ = try child(means, before, 1, home, merging: true) }
        if work == .small { _ = try child(means, work, 1, home) }
        var sum = Cost()
        for _ in 0..<commands {
          let child = try child(means, work, loads, home, merging: work == .merge)
          sum.cpu += child.cpu
          sum.wall += child.wall
          sum.memory = max(sum.memory, child.memory)
        }
        cost[means, default: []].append(sum)
      }
    }
    func median(_ means: Means, _ part: KeyPath<Cost, Double>) -> Double {
      Bench.median((cost[means] ?? []).map { $0[keyPath: part] })
    }
    func processor(_ means: Means) -> Double { median(means, \.cpu) }
    let dlt = cost[.dlt] == nil ? "" : "; dlt \(Bench.text(processor(.dlt)))"
    let form = work == .small ? (commands > 1 ? ", as 100 commands" : ", in one process") : ""
    return [
      Bench.row(
        "\(work.what)\(form), processor time", Bench.text(processor(.tarn)) + " s",
        Bench.text(processor(.bare)) + " s\(dlt)", Bench.text(processor(.tarn) / processor(.bare)),
        Bench.text(work.goal, 1)),
      Bench.row(
        "… wall, largest memory",
        "\(Bench.text(median(.tarn, \.wall))) s, \(Bench.text(median(.tarn, \.memory), 0)) MiB",
        "\(Bench.text(median(.bare, \.wall))) s, \(Bench.text(median(.bare, \.memory), 0)) MiB",
        Bench.text(median(.tarn, \.wall) / median(.bare, \.wall)), "memory: + 100 MiB"),
    ]
  }

  private static let python = Bench.checkout + "/.deps/dlt-venv/bin/python"

  private static func child(
    _ means: Means, _ work: LoadWork, _ loads: Int, _ home: String, merging: Bool = false
  )
    throws -> Child
  {
    let arguments = [work.rawValue, String(loads), home, merging ? "merge" : "append"]
    guard means == .dlt else {
      return try Child.run([Bench.executable, command, means.rawValue] + arguments)
    }
    let script = Bench.checkout + "/Benchmarks/dlt_load.py"
    let table = [work.table, work.file()]
    return try Child.run(
      [
        "/usr/bin/env", "HOME=\(try dltHome())", "DLT_DATA_DIR=\(home)/dlt",
        "RUNTIME__DLTHUB_TELEMETRY=false", python, script,
      ]
        + arguments + table)
  }

  /// A home in which dlt's DuckDB finds the extensions.
  private static func dltHome() throws -> String {
    #if arch(arm64)
      let platform = "linux_arm64"
    #else
      let platform = "linux_amd64"
    #endif
    let home = Bench.folder + "/dlt-home"
    let folder = home + "/.duckdb/extensions/v1.5.5/" + platform
    guard !FileManager.default.fileExists(atPath: folder) else { return home }
    try FileManager.default.createDirectory(
      atPath: (folder as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
    try FileManager.default.createSymbolicLink(atPath: folder, withDestinationPath: Bench.extensions)
    return home
  }

  private static func makeSources() async throws {
    guard !FileManager.default.fileExists(atPath: LoadWork.small.file()) else { return }
    try FileManager.default.createDirectory(atPath: LoadWork.folder, withIntermediateDirectories: true)
    let database = try await Database.open(.memory)
    let connection = try await database.connect()
    for statement in LoadWork.sources { try await connection.execute(statement as String) }
    await connection.close()
  }

  // MARK: The processes that are measured

  /// Does the work as one of the means: `load tarn flat-jsonl 1 HOME append`.
  static func perform(_ arguments: [String]) async throws {
    guard arguments.count == 5, let means = Means(rawValue: arguments[0]),
      let work = LoadWork(rawValue: arguments[1]),
      let loads = Int(arguments[2])
    else { throw BenchmarkError("load MEANS WORK LOADS HOME append|merge") }
    let home = arguments[3]
    switch means {
    case .tarn: try await throughTarn(work, loads, home, merging: arguments[4] == "merge")
    case .bare: try await throughDuckDB(work, loads, home)
    case .dlt: throw BenchmarkError("dlt is a program of its own")
    }
  }

  private static func throughTarn(_ work: LoadWork, _ loads: Int, _ home: String, merging: Bool) async throws
  {
    var settings = EngineSettings()
    settings.reachableFiles = [LoadWork.folder]
    let lake = try await Lake.open(.embedded(in: home), settings: settings)
    let loader = Loader(lake)
    var load = Load(.files([work.file()]), into: "ds", table: work.table)
    if merging {
      load.writeDisposition = .merge(.upsert())
      load.primaryKey = ["id"]
    }
    for _ in 0..<loads { try await loader.load(load) }
    await loader.close()
    await lake.close()
  }

  private static func throughDuckDB(_ work: LoadWork, _ loads: Int, _ home: String) async throws {
    let connection = try await PlainLake.open(PlainLake.sqlite(home))
    if work == .small {
      try await connection.execute(
        "CREATE TABLE IF NOT EXISTS flat AS \(work.statements[0].replacing("INSERT INTO flat BY NAME ", with: "")) LIMIT 0"
          as String)
    }
    for _ in 0..<loads {
      for statement in work.statements { try await connection.execute(statement as String) }
    }
    await connection.close()
  }
}
