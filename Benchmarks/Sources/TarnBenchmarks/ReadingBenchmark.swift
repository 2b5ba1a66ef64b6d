import DuckDBReading
import Foundation

/// A result of 10 million rows into arrays, in Swift and in C.
enum ReadingBenchmark {
  static func run() async throws -> [String] {
    let report = try await runDuckDBReading(path: NSTemporaryDirectory() + "tarn-reading.duckdb")
    return [
      Bench.row(
        "10,000,000 rows of 7 columns into arrays (Swift, C)",
        Bench.text(Bench.median(report.swift.wall)) + " s",
        Bench.text(Bench.median(report.c.wall)) + " s", Bench.text(report.wallRatio), "1.5")
    ]
  }
}
