import Lineage
import Scripts

/// Pictures of a plan: text for a terminal, Mermaid for documents, DOT for Graphviz.
public struct PipelineDrawing: Sendable {
  private let plan: PipelinePlan

  /// Makes the pictures of a plan.
  /// - Parameter plan: The plan.
  public init(_ plan: PipelinePlan) {
    self.plan = plan
  }

  /// The plan as an indented list: a line for each step under its stage, with what it reads and writes.
  ///
  /// ```
  /// Stage 1: ingest (2 steps)
  ///   ingest/customers.sql  raw/customers.parquet → customers
  ///   ingest/orders.sql     raw/orders.parquet → orders
  /// ```
  /// - Parameter width: The width to keep to; long lists of tables are cut with the number of those left out.
  public func text(width: Int = 110) -> String {
    let nameWidth = plan.steps.map(\.id.count).max() ?? 0
    var lines: [String] = []
    for stage in plan.stages {
      let label = stage.label.map { ": \($0)" } ?? ""
      lines.append("Stage \(stage.number + 1)\(label) (\(count(stage.steps.count, "step")))")
      for id in stage.steps {
        guard let step = plan[id] else { continue }
        let name = id + String(repeating: " ", count: nameWidth - id.count)
        let room = max(20, width - nameWidth - 4)
        lines.append(trimmed("  \(name)  \(flow(of: step, width: room))"))
      }
    }
    let total = "\(count(plan.steps.count, "step")) in \(count(plan.stages.count, "stage"))"
    return (lines + [total]).joined(separator: "\n") + "\n"
  }

  /// The plan as a Mermaid flow chart, one box for each stage.
  public func mermaid() -> String {
    let names = Dictionary(
      plan.steps.enumerated().map { ($0.element.id, "s\($0.offset)") },
      uniquingKeysWith: { first, _ in first })
    var lines = ["flowchart LR"]
    for stage in plan.stages {
      let label = stage.label ?? "stage \(stage.number + 1)"
      lines.append("  subgraph g\(stage.number)[\"\(escapedMermaid(label))\"]")
      for id in stage.steps { lines.append("    \(names[id] ?? "")[\"\(escapedMermaid(id))\"]") }
      lines.append("  end")
    }
    for edge in uniqueEdges {
      lines.append("  \(names[edge.from] ?? "") --> \(names[edge.to] ?? "")")
    }
    return lines.joined(separator: "\n") + "\n"
  }

  /// The plan in Graphviz's language, steps of one stage in one rank, edges labelled with the tables.
  public func dot() -> String {
    var lines = ["digraph pipeline {", "  rankdir=LR;", "  node [shape=box];"]
    for stage in plan.stages {
      let steps = stage.steps.map { "\(quotedDot($0));" }.joined(separator: " ")
      lines.append("  { rank=same; \(steps) }")
    }
    for edge in uniqueEdges {
      let labels = plan.edges.filter { $0.from == edge.from && $0.to == edge.to }.map(label)
      lines.append(
        "  \(quotedDot(edge.from)) -> \(quotedDot(edge.to)) [label=\(quotedDot(unique(labels).joined(separator: "\n")))];"
      )
    }
    lines.append("}")
    return lines.joined(separator: "\n") + "\n"
  }

  private struct Pair: Hashable {
    let from: PipelineStep.ID
    let to: PipelineStep.ID
  }

  private var uniqueEdges: [Pair] { unique(plan.edges.map { Pair(from: $0.from, to: $0.to) }) }

  private func unique<Element: Hashable>(_ elements: [Element]) -> [Element] {
    var seen: Set<Element> = []
    return elements.filter { seen.insert($0).inserted }
  }

  private func label(_ edge: PipelineEdge) -> String {
    switch edge.reason {
    case .asset(let asset): asset.shortName
    case .schema(_, let name): "schema \(name)"
    }
  }

  private func flow(of step: PipelineStep, width: Int) -> String {
    let writes = step.writes.map(\.shortName)
    let reads = step.reads.map(\.shortName).filter { !writes.contains($0) }
    let target = writes.isEmpty ? "" : "→ " + list(writes, width: max(16, width / 2))
    guard !reads.isEmpty else { return target }
    let source = list(reads, width: max(16, width - target.count - 1))
    return target.isEmpty ? source : "\(source) \(target)"
  }

  /// Names joined by commas, as many as fit, with the number of the others.
  private func list(_ names: [String], width: Int) -> String {
    var shown = names.count
    while shown > 1 {
      let text = text(names, shown: shown)
      if text.count <= width { return text }
      shown -= 1
    }
    return text(names, shown: 1)
  }

  private func text(_ names: [String], shown: Int) -> String {
    let rest = names.count - shown
    return names.prefix(shown).joined(separator: ", ") + (rest > 0 ? ", +\(rest)" : "")
  }

  private func trimmed(_ line: String) -> String {
    var line = line
    while line.last == " " { line.removeLast() }
    return line
  }

  private func count(_ number: Int, _ word: String) -> String { "\(number) \(word)\(number == 1 ? "" : "s")" }

  private func escapedMermaid(_ text: String) -> String {
    text.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "#quot;")
  }

  private func quotedDot(_ text: String) -> String {
    var quoted = "\""
    for character in text {
      switch character {
      case "\"": quoted += "\\\""
      case "\\": quoted += "\\\\"
      case "\n": quoted += "\\n"
      default: quoted.append(character)
      }
    }
    return quoted + "\""
  }
}
