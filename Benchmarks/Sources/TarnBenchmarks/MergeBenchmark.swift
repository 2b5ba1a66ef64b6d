import DuckDB
import Foundation
import Lake
import Synchronization

/// A thousand small files merged while somebody writes: by Tarn's maintenance in short turns, and by plain DuckLake in one go.
enum MergeBenchmark {
  private static let files = 1000
  private static let rows = 2000

  static func run() async throws -> [String] {
    let ours = try await merged(try await prepared("merge-tarn")) { home in
      let lake = try await Lake.open(.embedded(in: home))
      let parts = MaintenancePolicy.TableParts(flush: nil, merge: .init(), rewrite: nil)
      let maintenance = LakeMaintenance(
        of: lake, policy: MaintenancePolicy(standard: parts, expire: nil, clean: nil, orphans: nil))
      return (
        { _ = try await maintenance.run() }, { try await lake.execute("\(raw: $0)") }, { await lake.close() }
      )
    }
    let plain = try await merged(try await prepared("merge-plain")) { home in
      let (database, merger) = try await PlainLake.openShared(PlainLake.sqlite(home))
      let writer = try await database.connect()
      try await writer.execute("USE dl" as String)
      return (
        {
          // Beside a writer it may fail: it is tried until it has worked.
          for _ in 0..<100 {
            do { return try await merger.execute("CALL ducklake_merge_adjacent_files('dl')" as String) } catch
            {}
          }
          throw BenchmarkError("plain DuckLake did not merge in 100 attempts beside a writer")
        },
        { try await writer.execute($0 as String) },
        {
          await writer.close()
          await merger.close()
        }
      )
    }
    return [
      Bench.row(
        "\(files) small files merged, SQLite (files a second)", Bench.text(Double(files) / ours.seconds, 0),
        Bench.text(Double(files) / plain.seconds, 0), Bench.text(plain.seconds / ours.seconds), "reported"),
      Bench.row(
        "… longest pause of a writer meanwhile",
        "\(Bench.text(ours.pause * 1e3, 0)) ms (\(ours.failed) of \(ours.writes) failed)",
        "\(Bench.text(plain.pause * 1e3, 0)) ms (\(plain.failed) of \(plain.writes) failed)",
        Bench.text(ours.pause / plain.pause),
        "reported"),
    ]
  }

  /// A lake of many small files, made by plain DuckDB.
  private static func prepared(_ name: String) async throws -> String {
    let home = try AppendBenchmark.fresh(name)
    let connection = try await PlainLake.open(PlainLake.sqlite(home))
    try await connection.execute(
      "CREATE TABLE t (id BIGINT, name VARCHAR, value DOUBLE); CREATE TABLE log (n BIGINT)" as String)
    for file in 0..<files {
      let first = file * rows
      let sql =
        "INSERT INTO t SELECT range, 'name ' || range, range / 7.0 FROM range(\(first), \(first + rows))"
      try await connection.execute(sql as String)
    }
    await connection.close()
    return home
  }

  private final class End: Sendable {
    let isReached = Mutex(false)
  }

  private typealias Parts = (
    merge: @Sendable () async throws -> Void, write: @Sendable (String) async throws -> Void,
    close: @Sendable () async -> Void
  )

  /// Merges while one writer commits a row, again and again.
  private static func merged(
    _ home: String, _ open: (String) async throws -> Parts
  ) async throws -> (seconds: Double, pause: Double, writes: Int, failed: Int) {
    let (merge, write, close) = try await open(home)
    let clock = ContinuousClock()
    try await write("INSERT INTO log VALUES (-1)")
    let end = End()
    let writer = Task {
      var (pause, writes, failed) = (0.0, 0, 0)
      while !end.isReached.withLock({ $0 }) {
        let start = clock.now
        do { try await write("INSERT INTO log VALUES (\(writes))") } catch { failed += 1 }
        pause = max(pause, start.duration(to: clock.now) / .seconds(1))
        writes += 1
      }
      return (pause, writes, failed)
    }
    let time = try await clock.measure { try await merge() }
    end.isReached.withLock { $0 = true }
    let (pause, writes, failed) = await writer.value
    await close()
    return (time / .seconds(1), pause, writes, failed)
  }
}
