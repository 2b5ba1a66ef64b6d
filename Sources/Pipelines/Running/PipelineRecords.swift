import Flows
import Foundation
import Lake

/// What is remembered of a pipeline between runs: one fingerprint for each step that succeeded.
struct PipelineRecords: Sendable {
  private let path: String
  private var steps: [PipelineStep.ID: StepFingerprint]

  /// Reads the records; none, or unreadable ones, mean that every step has to run.
  init(path: String) {
    self.path = path
    let data = FileManager.default.contents(atPath: path)
    steps =
      data.flatMap { try? JSONDecoder().decode([PipelineStep.ID: StepFingerprint].self, from: $0) } ?? [:]
  }

  /// The place of what is remembered of a pipeline.
  static func path(
    _ folder: String, _ workspace: String, _ privateFolder: String, extension kind: String
  ) -> String {
    let name = folder.hasPrefix(workspace + "/") ? String(folder.dropFirst(workspace.count + 1)) : folder
    let safe = name.map { $0.isLetter || $0.isNumber || $0 == "-" || $0 == "." ? String($0) : "_" }.joined()
    return "\(privateFolder)/pipelines/\(safe).\(kind)"
  }

  subscript(step: PipelineStep.ID) -> StepFingerprint? { steps[step] }

  /// Notes a success and writes all records, whole or not at all.
  mutating func record(_ fingerprint: StepFingerprint, for step: PipelineStep.ID) throws {
    steps[step] = fingerprint
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    do {
      try FileManager.default.createDirectory(
        atPath: (path as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
      try encoder.encode(steps).write(to: URL(fileURLWithPath: path), options: .atomic)
    } catch {
      throw LakeError(
        .storage, "cannot write \(path)", hint: "The step is committed; it will run again the next time.")
    }
  }
}
