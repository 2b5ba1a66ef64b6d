import DuckDB
import Foundation
import Lake
import SQLText

/// Ten million rows in one INSERT: through Tarn, whose files are on the disk before the catalog commits, and plain.
enum BulkInsertBenchmark {
  private static let rows = 10_000_000
  private static let rounds = 5
  private static let insert = """
    INSERT INTO big SELECT range AS id, 'name ' || (range % 1000) AS name, range / 7.0 AS value, \
    DATE '2020-01-01' + (range % 2000)::INTEGER AS day FROM range(\(rows))
    """
  private static let table = "CREATE TABLE big (id BIGINT, name VARCHAR, value DOUBLE, day DATE)"

  static func run() async throws -> [String] {
    let (ourHome, plainHome) = try (AppendBenchmark.fresh("bulk-tarn"), AppendBenchmark.fresh("bulk-plain"))
    let engine = try await Engine(lakes: [.embedded(in: ourHome)])
    let session = try await engine.session()
    let plain = try await PlainLake.open(PlainLake.sqlite(plainHome))
    _ = try await session.run(try SQLStatements.split(table)[0])
    try await plain.execute(table as String)
    let statement = try SQLStatements.split(insert)[0]
    var (ours, theirs, syncs): ([Double], [Double], [Double]) = ([], [], [])
    let clock = ContinuousClock()
    for _ in 0..<rounds {
      // What the one has left to be written must not slow the other down.
      sync()
      ours.append(try await clock.measure { _ = try await session.run(statement) } / .seconds(1))
      sync()
      theirs.append(try await clock.measure { try await plain.execute(insert as String) } / .seconds(1))
      syncs.append(try clock.measure { try syncNewest(in: plainHome + "/data/main/big") } / .seconds(1))
    }
    await session.close()
    await engine.close()
    await plain.close()
    let (tarn, bare, fsync) = (Bench.median(ours), Bench.median(theirs), Bench.median(syncs))
    return [
      Bench.row(
        "INSERT of \(rows / 1_000_000) million rows (Tarn's are on the disk, plain ones may not be)",
        Bench.text(tarn) + " s",
        Bench.text(bare) + " s", Bench.text(tarn / bare), "1.1"),
      Bench.row(
        "… fsync of the plain one's file alone", "", Bench.text(fsync * 1e3, 0) + " ms",
        Bench.text(fsync / bare), "reported"),
    ]
  }

  private static func syncNewest(in folder: String) throws {
    guard let name = try FileManager.default.contentsOfDirectory(atPath: folder).max() else { return }
    let descriptor = open("\(folder)/\(name)", O_RDONLY)
    defer { close(descriptor) }
    guard descriptor >= 0, fsync(descriptor) == 0 else { throw BenchmarkError("cannot sync \(name)") }
  }
}
