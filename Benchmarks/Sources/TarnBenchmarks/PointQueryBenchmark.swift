import CBareLake
import DuckDB
import Foundation
import Lake

/// A warm query by key, through `Lake` and through the bare C API in autocommit, on one lake, in turns.
enum PointQueryBenchmark {
  static func run() async throws -> [String] {
    let workspace = try Bench.workspace("point")
    _ = try Child.run([Bench.tarn, "pipeline", "run", "--workspace", workspace])
    let home = workspace + "/.tarn/lakes/main"
    var setup = ["ducklake", "sqlite_scanner"].map { "LOAD '\(Bench.extensions)/\($0).duckdb_extension'" }
    setup.append("ATTACH 'ducklake:sqlite:\(home)/catalog.sqlite' AS dl (DATA_PATH '\(home)/data/')")
    setup.append("USE dl")
    let texts = setup.map { strdup($0) }
    defer { for text in texts { free(text) } }
    var pointers = texts.map { UnsafePointer<CChar>($0) }
    guard
      let bare = c_bare_lake_open(
        &pointers, Int32(pointers.count), "SELECT * FROM customer WHERE c_customer_sk = $1")
    else { throw BenchmarkError("cannot open the lake with the bare C API") }
    defer { c_bare_lake_close(bare) }

    let lake = try await Lake.open(.embedded(in: home))
    let keys: Int64 = 90_000
    let clock = ContinuousClock()
    func milliseconds(_ body: () async throws -> Void) async rethrows -> Double {
      let time = try await clock.measure(body)
      return Double(time.components.seconds) * 1e3 + Double(time.components.attoseconds) / 1e15
    }
    var ours: [Double] = []
    var theirs: [Double] = []
    for round in 0..<320 {
      let key = Int64(round) * 7919 % keys + 1
      let through = try await milliseconds {
        let rows = try await lake.query("SELECT * FROM customer WHERE c_customer_sk = \(key)").result()
          .rowCount
        guard rows == 1 else { throw BenchmarkError("customer \(key): \(rows) rows") }
      }
      let without = try await milliseconds {
        guard c_bare_lake_query(bare, key) == 1 else { throw BenchmarkError("bare customer \(key)") }
      }
      // The first rounds warm both up.
      if round >= 20 {
        ours.append(through)
        theirs.append(without)
      }
    }
    await lake.close()
    let (tarn, plain) = (Bench.median(ours), Bench.median(theirs))
    return [
      Bench.row(
        "warm `SELECT * … WHERE c_customer_sk = $1` (`Lake`, bare C API in autocommit)",
        Bench.text(tarn) + " ms",
        Bench.text(plain) + " ms", Bench.text(tarn / plain), "1.1, then 0.6")
    ]
  }
}
