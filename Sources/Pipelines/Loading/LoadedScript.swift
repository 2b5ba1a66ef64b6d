import LakeSettings
public import Lineage
import Runtimes
public import Scripts

/// A script of a pipeline, read and understood.
public struct LoadedScript: Sendable {
  /// Path relative to the pipeline's folder.
  public let path: String
  /// The script as written.
  public let script: SQLScript
  /// What it reads and writes, its data tests included.
  public let assets: ScriptAssets
  /// Its arguments with their values.
  let arguments: [BoundArgument]
  /// Tests of tables that the script only reads.
  let testsBefore: [PlannedTest]
  /// Tests of what it writes, and those by SQL.
  let testsAfter: [PlannedTest]
  /// The report that it makes.
  let report: ReportPlan?
  /// Hash of the source.
  let hash: String
  /// Hash of the arguments' values.
  let argumentsHash: String

  /// Whether the script changes a lake, so that it needs the lake's turn.
  var writesLake: Bool { changedLake != nil }

  /// The lake that the script changes: a step is one transaction, and a transaction changes one lake.
  var changedLake: LakeName? {
    let name =
      assets.writes.first { $0.asset.kind == .ducklake }?.asset.container ?? assets.schemas.first?.lake
    return name.flatMap { try? LakeName($0) }
  }
}
