public import Flows
import Foundation
public import Lake
import LakeSettings
import Lineage
import Runtimes
import Scripts

/// A folder of scripts, read, understood and put in order. Nothing has run yet.
public struct Pipeline: Sendable {
  /// The pipeline's folder; absolute.
  public let folder: String
  /// The steps in order.
  public let plan: PipelinePlan
  /// The scripts by step.
  public let scripts: [PipelineStep.ID: LoadedScript]

  /// The workspace's folder: relative paths in SQL and of reports start there.
  let baseFolder: String
  let versions: AssetVersions
  let records: PipelineRecords

  /// Reads a pipeline and plans it.
  ///
  /// - Parameters:
  ///   - folder: the pipeline's folder; every `.sql` file in it and below is a step.
  ///   - engine: for DuckDB's parser, and to see which tables there are.
  ///   - workspaceFolder: the workspace's folder.
  ///   - privateFolder: where Tarn keeps what it remembers of the workspace.
  ///   - arguments: values for the scripts' arguments, by name; each must be declared by some script.
  /// - Throws: `PipelineProblems` with all that is wrong; `LakeError`.
  public static func load(
    folder: String, engine: Engine, workspaceFolder: String, privateFolder: String,
    arguments: [String: String] = [:]
  ) async throws -> Pipeline {
    let folder = URL(fileURLWithPath: folder).standardizedFileURL.path
    let files = try ScriptFiles.read(in: folder)
    let analysis = ScriptAnalysis(engine: engine, arguments: arguments)
    let scripts = try await analysis.analyse(files.scripts, besides: files.problems)
    let versions = AssetVersions(engine: engine, baseFolder: workspaceFolder)
    try await versions.load(
      Set(scripts.flatMap { ($0.assets.reads.map(\.asset)) + $0.assets.writes.map(\.asset) }))
    let plan: PipelinePlan
    do {
      plan = try PipelineGraph.plan(
        scripts: scripts.map { PipelineScript(path: $0.path, assets: $0.assets) },
        existing: await versions.existing())
    } catch {
      throw PipelineProblems(error.diagnostics.map(\.description))
    }
    return Pipeline(
      folder: folder, plan: plan,
      scripts: Dictionary(scripts.map { ($0.path, $0) }, uniquingKeysWith: { first, _ in first }),
      baseFolder: workspaceFolder, versions: versions,
      records: PipelineRecords(
        path: PipelineRecords.path(folder, workspaceFolder, privateFolder, extension: "json")))
  }
}
