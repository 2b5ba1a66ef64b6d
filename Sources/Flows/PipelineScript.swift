public import Lineage

/// One script of a pipeline: its path and what it reads and writes. The planner needs to know no more, whatever
/// the script is written in.
public struct PipelineScript: Sendable, Hashable {
  /// The path relative to the pipeline's folder, with forward slashes: `ingest/orders.sql`.
  public let path: String

  /// What the script reads and writes.
  public let assets: ScriptAssets

  /// Makes a script of a pipeline.
  /// - Parameters:
  ///   - path: The path relative to the pipeline's folder, with forward slashes.
  ///   - assets: What the script reads and writes.
  public init(path: String, assets: ScriptAssets) {
    self.path = path
    self.assets = assets
  }
}
