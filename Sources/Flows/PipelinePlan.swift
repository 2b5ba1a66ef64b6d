public import Scripts

/// The frozen order of a pipeline: steps, what each waits for, and why.
public struct PipelinePlan: Sendable, Hashable {
  /// The steps in the order in which one worker would run them: by stage, then by path.
  public let steps: [PipelineStep]

  /// Why a step waits for another, in the order of `steps`.
  public let edges: [PipelineEdge]

  /// The stages: steps of one stage wait for steps of earlier stages only.
  public let stages: [PipelineStage]

  private let positions: [PipelineStep.ID: Int]

  init(steps: [PipelineStep], edges: [PipelineEdge], stages: [PipelineStage]) {
    self.steps = steps
    self.edges = edges
    self.stages = stages
    positions = Dictionary(
      steps.enumerated().map { ($0.element.id, $0.offset) }, uniquingKeysWith: { first, _ in first })
  }

  /// The step of a script.
  /// - Parameter id: The script's path.
  public subscript(id: PipelineStep.ID) -> PipelineStep? { positions[id].map { steps[$0] } }

  /// The position of a step in `steps`.
  func position(of id: PipelineStep.ID) -> Int? { positions[id] }

  /// A step and all steps that wait for it, directly or not, in order.
  /// - Parameter id: The script's path.
  public func downstream(of id: PipelineStep.ID) -> [PipelineStep] {
    var reached: Set<PipelineStep.ID> = [id]
    return steps.filter { step in
      guard step.id == id || !reached.isDisjoint(with: step.dependencies) else { return false }
      reached.insert(step.id)
      return true
    }
  }
}

/// One script in a plan.
public struct PipelineStep: Sendable, Hashable, Identifiable {
  /// The script's path relative to the pipeline's folder.
  public typealias ID = String

  /// The script's path relative to the pipeline's folder: `ingest/orders.sql`.
  public let id: ID

  /// How many steps the longest chain before it has; 0 for a step that waits for none.
  public let stage: Int

  /// The script's folder inside the pipeline, such as `ingest`; `nil` for a script outside any folder.
  public let folder: String?

  /// The steps that have to finish first, in order.
  public let dependencies: [ID]

  /// What it reads, in order of appearance.
  public let reads: [Asset]

  /// What it writes, in order of appearance; what it only drops is left out.
  public let writes: [Asset]

  /// The file's name without its folder and ending: `orders`.
  public var name: String {
    let file = id.split(separator: "/").last.map(String.init) ?? id
    guard let dot = file.lastIndex(of: "."), dot != file.startIndex else { return file }
    return String(file[..<dot])
  }
}

/// A dependency between two steps.
public struct PipelineEdge: Sendable, Hashable {
  /// What makes one step wait for another.
  public enum Reason: Sendable, Hashable {
    /// `to` reads what `from` writes.
    case asset(Asset)
    /// `to` writes into a schema that `from` creates.
    case schema(lake: String, name: String)
  }

  /// The step that has to finish first.
  public let from: PipelineStep.ID
  /// The step that waits.
  public let to: PipelineStep.ID
  /// What makes it wait.
  public let reason: Reason
  /// The line in `to` where it says so, 1-based.
  public let line: Int
}

/// The steps of one depth.
public struct PipelineStage: Sendable, Hashable {
  /// The depth, from 0.
  public let number: Int
  /// The folder that all of its scripts share; folders joined by commas where they are in several;
  /// `nil` where scripts stand outside any folder.
  public let label: String?
  /// Its steps, by path.
  public let steps: [PipelineStep.ID]
}
