import Lineage
import Scripts

extension Graph {
  /// Assets with more than one writer.
  func writerConflicts() -> [Diagnostic] {
    writers.values.filter { $0.count > 1 }.map { writers in
      let asset = writers[0].write.asset
      let places = writers.map { "\(scripts[$0.script].path):\($0.write.line) (\($0.write.access.rawValue))" }
      let last = writers[writers.count - 1]
      let others = places.dropLast().joined(separator: ", ")
      let isAppended = writers.allSatisfy { $0.write.access == .insert }
      let hint =
        isAppended
        ? "merge them into one script that inserts from all sources, or let each fill a table of its own and "
          + "one script insert from these"
        : "let one script own \(asset.shortName): merge them, or have the others write tables of their own"
      return Diagnostic(
        path: scripts[last.script].path, line: last.write.line, column: last.write.column,
        message: "\(asset.shortName) has \(writers.count) writers: \(others) and \(places[places.count - 1])",
        hint: hint)
    }
  }

  /// Reads and changes of tables that neither exist nor are made.
  func missingTables() -> [Diagnostic] {
    let known = Array(existing) + writers.values.map { $0[0].write.asset }
    return scripts.indices.flatMap { index in
      missingReads(of: index, known: known) + missingTargets(of: index, known: known)
    }
  }

  private func missingReads(of index: Int, known: [Asset]) -> [Diagnostic] {
    let script = scripts[index]
    return script.assets.reads.compactMap { use in
      guard use.asset.kind == .ducklake, !existing.contains(use.asset) else { return nil }
      let makers = writers[use.asset] ?? []
      guard makers.allSatisfy({ $0.script == index }) else { return nil }
      let name = use.asset.shortName
      if let own = makers.first {
        // Where the first write is a statement that creates nothing, that is what is reported.
        let creates = own.write.access == .create || own.write.access == .replace
        guard creates || own.write.statementIndex == nil else { return nil }
        return diagnostic(
          index, use.line, use.column,
          "\(name) is read before line \(own.write.line) makes it, and it does not exist yet",
          hint: "create it first: CREATE TABLE IF NOT EXISTS \(name) (…)")
      }
      return diagnostic(
        index, use.line, use.column, "\(name) does not exist, and no script of the pipeline makes it",
        hint: suggestion(for: use.asset, among: known))
    }
  }

  /// INSERT, UPDATE, DELETE and ALTER need a table that exists or that the script creates.
  private func missingTargets(of index: Int, known: [Asset]) -> [Diagnostic] {
    var seen: Set<Asset> = []
    return scripts[index].assets.writes.compactMap { write in
      // What an annotation says is written is made by whoever carries the annotation out.
      guard write.statementIndex != nil, write.asset.kind == .ducklake, write.access != .drop,
        seen.insert(write.asset).inserted, write.access != .create, write.access != .replace,
        !existing.contains(write.asset),
        writers[write.asset]?.count == 1
      else { return nil }
      let name = write.asset.shortName
      return diagnostic(
        index, write.line, write.column,
        "\(name) does not exist, and the script does not create it before it writes",
        hint: suggestion(for: write.asset, among: known.filter { $0 != write.asset })
          ?? "create it first: CREATE TABLE IF NOT EXISTS \(name) (…)")
    }
  }

  private func suggestion(for asset: Asset, among known: [Asset]) -> String? {
    asset.nearest(among: known.filter { !$0.isFile && !$0.isMacro }).map { "did you mean \($0.shortName)?" }
  }

  private func diagnostic(
    _ index: Int, _ line: Int, _ column: Int, _ message: String, hint: String?
  ) -> Diagnostic {
    Diagnostic(path: scripts[index].path, line: line, column: column, message: message, hint: hint)
  }

  /// One diagnostic for each group of scripts that wait for each other, with a shortest cycle in it.
  func cycles() -> [Diagnostic] {
    components().filter { $0.count > 1 }.compactMap { members in
      let cycle = shortestCycle(in: members)
      guard let first = cycle.first else { return nil }
      // Each link of the cycle: a script, and why it waits for the next.
      let parts = cycle.map { script, link in
        let reason =
          switch link.reason {
          case .asset(let asset): "reads \(asset.shortName)"
          case .schema(_, let name): "needs schema \(name)"
          }
        return "\(scripts[script].path):\(link.line) \(reason) from \(scripts[link.from].path)"
      }
      return diagnostic(
        first.script, first.link.line, first.link.column,
        "the scripts wait for each other in a circle: \(parts.joined(separator: "; "))",
        hint: "move one of these reads into a script of its own that runs after the others")
    }
  }

  private func shortestCycle(in members: Set<Int>) -> [(script: Int, link: Link)] {
    var best: [(script: Int, link: Link)] = []
    for start in members.sorted() {
      let cycle = cycle(from: start, in: members)
      if best.isEmpty || cycle.count < best.count { best = cycle }
    }
    return best
  }

  /// The shortest way from a script over what it waits for back to itself, breadth first.
  private func cycle(from start: Int, in members: Set<Int>) -> [(script: Int, link: Link)] {
    var cameBy: [Int: (script: Int, link: Link)] = [:]
    var queue = [start]
    var next = 0
    while next < queue.count {
      let script = queue[next]
      next += 1
      for link in incoming[script] where members.contains(link.from) && cameBy[link.from] == nil {
        cameBy[link.from] = (script, link)
        queue.append(link.from)
      }
      if cameBy[start] != nil { break }
    }
    var cycle: [(script: Int, link: Link)] = []
    var current = start
    repeat {
      guard let step = cameBy[current] else { return [] }
      cycle.insert(step, at: 0)
      current = step.script
    } while current != start
    return cycle
  }

  /// Groups of scripts that all wait for each other (Tarjan's strongly connected components, with an own stack).
  private func components() -> [Set<Int>] {
    var order: [Int?] = Array(repeating: nil, count: scripts.count)
    var low = Array(repeating: 0, count: scripts.count)
    var stack: [Int] = []
    var isOnStack = Array(repeating: false, count: scripts.count)
    var found: [Set<Int>] = []
    var counter = 0

    for root in scripts.indices where order[root] == nil {
      var frames = [(script: root, edge: 0)]
      while let frame = frames.last {
        let script = frame.script
        if frame.edge == 0 {
          order[script] = counter
          low[script] = counter
          counter += 1
          stack.append(script)
          isOnStack[script] = true
        }
        if frame.edge < incoming[script].count {
          frames[frames.count - 1].edge += 1
          let next = incoming[script][frame.edge].from
          if order[next] == nil {
            frames.append((next, 0))
          } else if isOnStack[next] {
            low[script] = min(low[script], order[next] ?? low[script])
          }
          continue
        }
        frames.removeLast()
        if let parent = frames.last { low[parent.script] = min(low[parent.script], low[script]) }
        guard low[script] == order[script] else { continue }
        var component: Set<Int> = []
        while let member = stack.popLast() {
          isOnStack[member] = false
          component.insert(member)
          if member == script { break }
        }
        found.append(component)
      }
    }
    return found
  }
}
