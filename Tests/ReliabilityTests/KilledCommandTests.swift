import Foundation
import LakeSettings
import TestKit
import Testing

/// The binary itself is killed while `tarn sql` runs a script of transactions.
@Suite(
  .enabled(if: FileManager.default.isExecutableFile(atPath: Checkout.binary), "make build makes the binary"))
struct KilledCommandTests {
  @Test("kill -9 of tarn sql") func commandIsKilled() async throws {
    try await FaultRun.inPlace {
      let folder = try TemporaryFolder("command")
      try folder.write("lakes:\n  main:\n    catalog: sqlite\n", to: "tarn.yaml")
      let tarn = TarnProcess(in: folder.path)
      let made = try await tarn.run("sql", "CREATE TABLE a (n INT, i INT); CREATE TABLE b (n INT, i INT)")
      try #require(made.status == 0, "\(made)")
      var random = FaultRun.random("command")
      var next = 0
      for _ in 0..<max(3, FaultRun.kills / 4) {
        let numbers = next..<(next + 40)
        let script = numbers.map { number in
          "BEGIN; INSERT INTO a SELECT \(number), range FROM range(\(number % 3 == 0 ? 40 : 4)); "
            + "INSERT INTO b SELECT \(number), range FROM range(5); COMMIT;"
        }
        next += 40
        let running = try tarn.start(["sql"], input: script.joined(separator: "\n"))
        try await Task.sleep(for: .milliseconds(random.number(100...1500)))
        running.signal(SIGKILL)
        _ = await running.outcome()
        // What is there is a beginning of the script, each transaction whole.
        let found = try await tarn.run(
          "sql", "--format", "csv",
          """
          SELECT coalesce(max(n), -1) AS last, count(DISTINCT n) AS numbers, count(*) AS rows,
            (SELECT count(DISTINCT n) FROM b WHERE n >= \(numbers.lowerBound)) AS other,
            (SELECT count(*) FROM b WHERE n >= \(numbers.lowerBound)) AS others
          FROM a WHERE n >= \(numbers.lowerBound)
          """)
        try #require(found.status == 0, "\(found)")
        let line = try #require(found.output.split(separator: "\n").last)
        let values = line.split(separator: ",").compactMap { Int($0) }
        let committed = values[1]
        let rows = numbers.prefix(committed).reduce(0) { $0 + ($1 % 3 == 0 ? 40 : 4) }
        let last = committed == 0 ? -1 : numbers.lowerBound + committed - 1
        #expect(values == [last, committed, rows, committed, committed * 5], "\(FaultRun.again)")
      }
    }
  }
}
