import DuckDB
import Foundation
import Lake
import Synchronization

/// Small appends: a hundred tasks through `Lake.append` against eight processes of plain DuckLake, and one writer alone.
enum AppendBenchmark {
  private static let seconds = 10.0
  private static let tasks = 100
  private static let table =
    "CREATE TABLE reading (sensor BIGINT, place VARCHAR, value DOUBLE, moment TIMESTAMP)"

  private struct Reading: Encodable, Sendable {
    let sensor: Int
    let place: String
    let value: Double
    let moment: String
  }

  private final class Tally: Sendable {
    let latencies = Mutex<[Double]>([])
    let failed = Mutex(0)
  }

  static func run() async throws -> [String] {
    var lines = try await measure("SQLite") { name in
      let home = try fresh(name)
      return (.embedded(in: home), PlainLake.sqlite(home))
    }
    guard BenchPostgreSQL.isInstalled else { return lines }
    let server = try BenchPostgreSQL()
    defer { server.stop() }
    lines += try await measure("PostgreSQL") { name in
      let home = try fresh(name)
      let schema = "lake_" + name.filter(\.isLetter)
      let catalog = PostgreSQLCatalog(
        host: "127.0.0.1", port: server.port, database: "postgres", user: "tarn", schema: schema)
      return (
        LakeConfiguration(catalog: .postgresql(catalog), storage: .folder(home + "/data")),
        PlainLake.postgresql(server, schema: schema, data: home + "/data")
      )
    }
    return lines
  }

  /// - Parameter make: makes the place of a lake, for Tarn and for plain DuckLake.
  private static func measure(
    _ catalog: String, _ make: (String) throws -> (LakeConfiguration, [String])
  ) async throws -> [String] {
    let plainPlace = try make("append-plain").1
    let first = try await PlainLake.open(plainPlace)
    try await first.execute(table as String)
    await first.close()
    let plain = try PlainLake.appendersPerSecond(8, seconds: seconds, plainPlace)
    let ours = try await appends(try make("append-tarn").0)
    let alone = try await singleWriter(make)
    return [
      Bench.row(
        "acknowledged appends of 1 to 10 rows a second, \(catalog) (\(tasks) tasks, 8 plain processes)",
        Bench.text(ours.rate, 0), "\(Bench.text(plain.rate, 0)) (\(plain.failed) failed)",
        Bench.text(ours.rate / plain.rate, 0), "30"),
      Bench.row(
        "… slowest 1 % of them, \(catalog)", "\(Bench.text(ours.slow * 1e3, 0)) ms (\(ours.failed) failed)",
        "", "", "250 ms"),
      Bench.row(
        "one writer, one row a commit, \(catalog)", Bench.text(alone.ours * 1e3) + " ms",
        Bench.text(alone.plain * 1e3) + " ms",
        Bench.text(alone.ours / alone.plain), "1.05"),
    ]
  }

  private static func appends(
    _ configuration: LakeConfiguration
  ) async throws -> (rate: Double, slow: Double, failed: Int) {
    let lake = try await Lake.open(configuration)
    try await lake.execute("\(raw: table)")
    let tally = Tally()
    let clock = ContinuousClock()
    let end = clock.now + .seconds(seconds)
    await withTaskGroup(of: Void.self) { group in
      for task in 0..<tasks {
        group.addTask {
          var number = task
          while clock.now < end {
            let rows = (0..<(number % 10 + 1)).map {
              Reading(
                sensor: task, place: "hall \($0)", value: Double(number) / 7, moment: "2026-05-01 10:00:00")
            }
            let start = clock.now
            do {
              try await lake.append(rows, to: "reading")
              let time = start.duration(to: clock.now) / .seconds(1)
              tally.latencies.withLock { $0.append(time) }
            } catch { tally.failed.withLock { $0 += 1 } }
            number += 1
          }
        }
      }
    }
    await lake.close()
    let sorted = tally.latencies.withLock { $0.sorted() }
    let slow = sorted.isEmpty ? .nan : sorted[min(sorted.count - 1, sorted.count * 99 / 100)]
    return (Double(sorted.count) / seconds, slow, tally.failed.withLock { $0 })
  }

  /// One writer through `Lake.execute` and one through bare DuckDB, in turns, each on a lake of its own.
  private static func singleWriter(
    _ make: (String) throws -> (LakeConfiguration, [String])
  ) async throws -> (ours: Double, plain: Double) {
    let lake = try await Lake.open(try make("one-tarn").0)
    let bare = try await PlainLake.open(try make("one-plain").1)
    try await lake.execute("\(raw: table)")
    try await bare.execute(table as String)
    var (ours, plain): ([Double], [Double]) = ([], [])
    let clock = ContinuousClock()
    for number in 0..<220 {
      let sql = insert(rows: 1, number: number)
      let through = try await clock.measure { try await lake.execute("\(raw: sql)") }
      let without = try await clock.measure { try await bare.execute(sql as String) }
      if number >= 20 {
        ours.append(through / .seconds(1))
        plain.append(without / .seconds(1))
      }
    }
    await lake.close()
    await bare.close()
    return (Bench.median(ours), Bench.median(plain))
  }

  static func insert(rows: Int, number: Int) -> String {
    let values = (0..<rows).map {
      "(\(number), 'hall \($0)', \(Double(number) / 7), TIMESTAMP '2026-05-01 10:00:00')"
    }
    return "INSERT INTO reading VALUES " + values.joined(separator: ", ")
  }

  static func fresh(_ name: String) throws -> String {
    let home = "\(Bench.folder)/\(name)"
    try? FileManager.default.removeItem(atPath: home)
    try FileManager.default.createDirectory(atPath: home + "/data", withIntermediateDirectories: true)
    return home
  }
}
