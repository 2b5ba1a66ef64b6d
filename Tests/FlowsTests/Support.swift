import Flows
import Lineage
import Scripts

/// A script of a pipeline from its SQL.
func script(_ path: String, _ sql: String) throws -> PipelineScript {
  PipelineScript(
    path: path, assets: ScriptAssets.resolve(script: try SQLScript.parse(sql, path: path)))
}

/// The plan of scripts given by path; `existing` are tables of lake `main`.
@discardableResult
func makePlan(_ sources: [String: String], existing: [String] = []) throws -> PipelinePlan {
  try PipelineGraph.plan(
    scripts: try sources.map { try script($0.key, $0.value) },
    existing: Set(try existing.map { try TableName(parsing: $0).asset() }))
}

/// A plan from edges between numbered steps: `[[], [0], [0, 1]]` says that step 2 waits for 0 and 1.
func makePlan(dependencies: [[Int]]) throws -> PipelinePlan {
  try PipelineGraph.plan(
    scripts: dependencies.enumerated().map { number, before in
      PipelineScript(
        path: stepName(number),
        assets: ScriptAssets(
          reads: before.map { AssetUse(table($0), line: 1) },
          writes: [AssetWrite(table(number), .create, line: 1)]))
    })
}

/// The path of a numbered step; by path is by number.
func stepName(_ number: Int) -> String { (number < 10 ? "s0" : "s") + "\(number)" }

func table(_ number: Int) -> Asset { .table(name: "t\(number)") }

/// Random numbers that are the same in every run (SplitMix64).
struct SeededRandom: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}
