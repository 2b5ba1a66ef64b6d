import Lineage
import Scripts

extension Graph {
  /// The plan; only for a graph without cycles.
  func plan() -> PipelinePlan {
    let depths = depths()
    let order = scripts.indices.sorted { (depths[$0], scripts[$0].path) < (depths[$1], scripts[$1].path) }
    let steps = order.map { index in
      PipelineStep(
        id: scripts[index].path, stage: depths[index], folder: folder(of: scripts[index].path),
        dependencies: Set(incoming[index].map(\.from)).sorted {
          (depths[$0], scripts[$0].path) < (depths[$1], scripts[$1].path)
        }.map { scripts[$0].path },
        reads: scripts[index].assets.reads.map(\.asset), writes: outputs(of: scripts[index]))
    }
    let edges = order.flatMap { index in
      incoming[index].map {
        PipelineEdge(
          from: scripts[$0.from].path, to: scripts[index].path, reason: $0.reason, line: $0.line)
      }
    }
    return PipelinePlan(steps: steps, edges: edges, stages: stages(of: steps))
  }

  /// The length of the longest chain before each script.
  private func depths() -> [Int] {
    var depths: [Int?] = Array(repeating: nil, count: scripts.count)
    // Without recursion, since chains may be long: a script is done when all before it are.
    var pending = Array(scripts.indices)
    while let script = pending.last {
      guard depths[script] == nil else {
        pending.removeLast()
        continue
      }
      let open = incoming[script].map(\.from).filter { depths[$0] == nil }
      if open.isEmpty {
        depths[script] = incoming[script].compactMap { depths[$0.from] }.max().map { $0 + 1 } ?? 0
        pending.removeLast()
      } else {
        pending += open
      }
    }
    return depths.map { $0 ?? 0 }
  }

  private func outputs(of script: PipelineScript) -> [Asset] {
    var seen: Set<Asset> = []
    return script.assets.writes.filter { $0.access != .drop }.map(\.asset)
      .filter { seen.insert($0).inserted }
  }

  private func folder(of path: String) -> String? {
    guard let slash = path.lastIndex(of: "/") else { return nil }
    return String(path[..<slash])
  }

  private func stages(of steps: [PipelineStep]) -> [PipelineStage] {
    let byDepth = Dictionary(grouping: steps, by: \.stage)
    return byDepth.keys.sorted().map { depth in
      let members = byDepth[depth] ?? []
      let folders = Set(members.compactMap(\.folder)).sorted()
      let label = members.allSatisfy { $0.folder != nil } ? folders.joined(separator: ", ") : nil
      return PipelineStage(number: depth, label: label, steps: members.map(\.id))
    }
  }
}
