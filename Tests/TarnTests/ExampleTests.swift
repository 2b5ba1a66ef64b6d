import Foundation
import TestKit
import Testing

@Suite("tarn example tpcds", .serialized) struct ExampleTests {
  @Test func `52 steps, all tests pass, and the second run has nothing to do`() async throws {
    let folder = try TemporaryFolder("tpcds")
    let tarn = TarnProcess(in: folder.path)
    let first = try await tarn.run("example", "tpcds", "--scale", "0.01", "--json")
    #expect(first.status == 0, "\(first)")
    let steps = try Self.steps(first)
    #expect(steps.count == 52)
    #expect(steps.allSatisfy { $0["state"] as? String == "done" }, "\(first)")
    #expect(steps.reduce(0) { $0 + ($1["tests"] as? Int ?? 0) } > 200)
    #expect(try folder.read("tpcds/reports/retail.md").hasPrefix("# Retail report\n"))
    #expect(try !FileManager.default.contentsOfDirectory(atPath: folder["tpcds/reports/retail"]).isEmpty)

    let second = try await tarn.run("example", "tpcds", "--scale", "0.01", "--json")
    #expect(try Self.steps(second).allSatisfy { $0["state"] as? String == "up to date" }, "\(second)")

    // One raw file changes: its ingest runs, and what reads it.
    let raw = folder["tpcds/raw/reason.parquet"]
    try FileManager.default.setAttributes(
      [.modificationDate: Date(timeIntervalSince1970: 1)], ofItemAtPath: raw)
    let third = try await tarn.run("pipeline", "run", "--workspace", "tpcds", "--json")
    let ran = try Self.steps(third).filter { $0["state"] as? String == "done" }.compactMap {
      $0["step"] as? String
    }
    #expect(ran.contains("ingest/reason.sql") && !ran.contains("ingest/customer.sql"), "\(ran)")
  }

  /// The queries at scale 1 against the answers that came with DuckDB's source. Only what they read is ingested.
  @Test func `the ten query results are DuckDB's own answers`() async throws {
    let folder = try TemporaryFolder("tpcds-answers")
    let prepared = try await TarnProcess(in: folder.path).run(
      "example", "tpcds", "--scale", "1", "--prepare-only")
    #expect(prepared.status == 0, "\(prepared)")
    let inputs = [
      "customer", "customer_address", "customer_demographics", "date_dim", "household_demographics", "item",
      "promotion",
      "store", "store_sales",
    ]
    for input in inputs { try Self.copy("ingest/\(input).sql", in: folder) }
    for query in Self.queries { try Self.copy("query/q\(query).sql", in: folder) }
    let tarn = TarnProcess(in: folder["tpcds"])
    let run = try await tarn.run("pipeline", "run", "answers")
    #expect(run.status == 0, "\(run)")
    for query in Self.queries {
      let rows = try await tarn.run("sql", "--format", "csv", "FROM results.q\(query)")
      let expected = try String(
        contentsOfFile: Checkout.folder + "/.deps/tpcds-answers/sf1/\(query).csv", encoding: .utf8)
      let difference = Answers.difference(found: Answers.csv(rows.output), expected: Answers.piped(expected))
      #expect(difference == nil, "query \(query): \(difference ?? "")")
    }
  }

  private static let queries = ["03", "07", "19", "27", "34", "43", "46", "53", "67", "79"]

  private static func steps(_ outcome: TarnProcess.Outcome) throws -> [[String: Any]] {
    let report = try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: Any]
    return try #require(report?["steps"] as? [[String: Any]])
  }

  /// Takes a step without the validations that it waits for.
  private static func copy(_ step: String, in folder: TemporaryFolder) throws {
    let text = try folder.read("tpcds/pipeline/\(step)")
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false).filter {
      !$0.hasPrefix("-- on ")
    }
    try folder.write(lines.joined(separator: "\n"), to: "tpcds/answers/\(step)")
  }
}

/// Tables of texts, compared as numbers where both are numbers.
enum Answers {
  /// Rows after the header; NULL is nil.
  static func piped(_ text: String) -> [[String?]] {
    text.split(separator: "\n").dropFirst().map { line in
      line.split(separator: "|", omittingEmptySubsequences: false).map { $0 == "NULL" ? nil : String($0) }
    }
  }

  /// Rows after the header; an empty value without quotes is NULL.
  static func csv(_ text: String) -> [[String?]] {
    var rows: [[String?]] = []
    var row: [String?] = []
    var value = ""
    var isQuoted = false
    var wasQuoted = false
    func taken() -> String? { value.isEmpty && !wasQuoted ? nil : value }
    for character in text {
      switch character {
      case "\"":
        if !isQuoted, wasQuoted { value.append("\"") }
        isQuoted.toggle()
        wasQuoted = true
      case "," where !isQuoted, "\n" where !isQuoted:
        row.append(taken())
        value = ""
        wasQuoted = false
        guard character == "\n" else { continue }
        rows.append(row)
        row = []
      default: value.append(character)
      }
    }
    return Array(rows.dropFirst())
  }

  /// The first difference; nil when there is none.
  static func difference(found: [[String?]], expected: [[String?]]) -> String? {
    guard found.count == expected.count else { return "\(found.count) rows instead of \(expected.count)" }
    for (index, (one, other)) in zip(found, expected).enumerated() {
      guard one.count == other.count, zip(one, other).allSatisfy(isSame) else {
        return "row \(index + 1) is \(one) instead of \(other)"
      }
    }
    return nil
  }

  private static func isSame(_ one: String?, _ other: String?) -> Bool {
    if one == other { return true }
    guard let one = one.flatMap(Double.init), let other = other.flatMap(Double.init) else { return false }
    return abs(one - other) <= 1e-9 * max(abs(one), abs(other))
  }
}
