import Lineage
import Scripts
import Testing

/// The cases are run twice: with the answers that DuckDB really gives, and by tokens alone. Both have to find the
/// same.
@Suite("Reads and writes of scripts")
struct LineageTests {
  @Test("with DuckDB's recorded answers", arguments: allCases)
  func parsed(_ example: LineageCase) throws {
    let script = try SQLScript.parse(example.sql, path: "script.sql")
    var answers: [NameRequest.ID: ExtractedNames] = [:]
    for request in LineagePlan.requests(for: script) {
      let answer = try #require(recordedAnswers[request.sql], "no recorded answer to: \(request.sql)")
      answers[request.id] = answer
    }
    let assets = resolve(script, answers: answers)
    check(assets, example)
    let isParsed = answers.values.allSatisfy { if case .names = $0 { true } else { false } }
    #expect(assets.precision == (isParsed ? .parsed : .tokens))
  }

  @Test("by tokens alone", arguments: allCases)
  func tokens(_ example: LineageCase) throws {
    let script = try SQLScript.parse(example.sql, path: "script.sql")
    let assets = resolve(script, answers: [:])
    check(assets, example)
    #expect(assets.precision == (LineagePlan.requests(for: script).isEmpty ? .parsed : .tokens))
  }

  private func resolve(_ script: SQLScript, answers: [NameRequest.ID: ExtractedNames]) -> ScriptAssets {
    ScriptAssets.resolve(script: script, answers: answers, names: LakeNames(otherLakes: ["other"]))
  }

  private func check(_ assets: ScriptAssets, _ example: LineageCase) {
    #expect(Set(assets.reads.map { short($0.asset) }) == Set(example.reads))
    #expect(
      Set(assets.writes.map { "\($0.access.rawValue) \(short($0.asset))" }) == Set(example.writes))
  }
}

/// An asset as the cases write it.
func short(_ asset: Asset) -> String {
  switch asset.kind {
  case .ducklake: asset.path.hasPrefix("main/") ? String(asset.path.dropFirst("main/".count)) : asset.path
  case .file: "file:\(asset.path)"
  case .s3object: "s3:\(asset.path)"
  default: "\(asset.kind.rawValue):\(asset.path)"
  }
}
