import Foundation

/// How long `tarn sql "SELECT 1"` takes as a whole process.
enum StartBenchmark {
  static func run() throws -> [String] {
    let folder = Bench.folder + "/start"
    try? FileManager.default.removeItem(atPath: folder)
    _ = try Child.run([Bench.tarn, "init", folder])
    let query = [Bench.tarn, "sql", "SELECT 1", "--workspace", folder]
    _ = try Child.run(query)
    var whole: [Double] = []
    var bare: [Double] = []
    for _ in 0..<21 {
      whole.append(try Child.run(query).wall)
      bare.append(try Child.run([Bench.tarn, "--version"]).wall)
    }
    let start = Bench.median(whole) * 1000
    let version = Bench.median(bare) * 1000
    return [
      Bench.row(
        "start of `tarn sql \"SELECT 1\"`, against `tarn --version`", Bench.text(start, 0) + " ms",
        Bench.text(version, 0) + " ms", Bench.text(start / version, 1), "reported")
    ]
  }
}
