import Lineage
public import Scripts

/// Works out the order of a pipeline from what its scripts read and write.
public enum PipelineGraph {
  /// Plans a pipeline.
  ///
  /// A script waits for the script that writes what it reads. A table has one writer; several statements of one
  /// script count as one, and scripts that only drop a table or create a schema are none.
  /// - Parameters:
  ///   - scripts: The pipeline's scripts, in any order.
  ///   - existing: The tables and views that the lakes already hold.
  /// - Returns: The plan: the same for the same scripts in any order.
  /// - Throws: `PipelineError` with everything that is wrong: two writers of one asset, cycles, reads of tables
  ///   that nothing makes.
  public static func plan(
    scripts: [PipelineScript], existing: Set<Asset> = []
  ) throws(PipelineError) -> PipelinePlan {
    let graph = Graph(scripts: scripts, existing: existing)
    let diagnostics = graph.writerConflicts() + graph.missingTables() + graph.cycles()
    guard diagnostics.isEmpty else { throw PipelineError(diagnostics) }
    return graph.plan()
  }
}

/// The scripts with the edges between them.
struct Graph {
  /// A place where a script writes an asset.
  struct Writer {
    let script: Int
    let write: AssetWrite
  }

  /// The scripts, by path.
  let scripts: [PipelineScript]

  /// The tables that the lakes hold.
  let existing: Set<Asset>

  /// For each asset that is more than dropped, the first write of each script.
  private(set) var writers: [Asset: [Writer]] = [:]

  /// Edges into each script, from scripts by index.
  private(set) var incoming: [[Link]]

  /// An edge into a script.
  struct Link: Hashable {
    let from: Int
    let reason: PipelineEdge.Reason
    let line: Int
    let column: Int
  }

  init(scripts: [PipelineScript], existing: Set<Asset>) {
    self.scripts = scripts.sorted { $0.path < $1.path }
    self.existing = existing
    incoming = Array(repeating: [], count: scripts.count)
    collectWriters()
    linkAssets()
    linkSchemas()
  }

  private mutating func collectWriters() {
    for (index, script) in scripts.enumerated() {
      for write in script.assets.writes where write.access != .drop {
        guard writers[write.asset]?.last?.script != index else { continue }
        writers[write.asset, default: []].append(Writer(script: index, write: write))
      }
    }
  }

  private mutating func linkAssets() {
    let files = writers.filter { $0.key.isFile }
    for (index, script) in scripts.enumerated() {
      var links: Set<Link> = []
      for use in script.assets.reads + script.assets.calls {
        let sources =
          use.asset.isFile
          ? files.filter { use.asset.reads(from: $0.key) }.flatMap(\.value)
          : writers[use.asset] ?? []
        for source in sources where source.script != index {
          links.insert(
            Link(from: source.script, reason: .asset(source.write.asset), line: use.line, column: use.column))
        }
      }
      incoming[index] = links.sorted { ($0.from, $0.line, $0.column) < ($1.from, $1.line, $1.column) }
    }
  }

  /// A script that writes into a schema waits for one that creates it, unless it creates it itself.
  private mutating func linkSchemas() {
    struct Key: Hashable {
      let lake: String
      let schema: String
    }
    var creators: [Key: [Int]] = [:]
    for (index, script) in scripts.enumerated() {
      for schema in script.assets.schemas {
        creators[Key(lake: schema.lake, schema: schema.name.lowercased()), default: []].append(index)
      }
    }
    for (index, script) in scripts.enumerated() {
      var seen: Set<Key> = []
      for write in script.assets.writes where write.access == .create || write.access == .replace {
        guard write.asset.kind == .ducklake, let schema = write.asset.schema else { continue }
        let lake = write.asset.container
        let key = Key(lake: lake, schema: schema.lowercased())
        guard seen.insert(key).inserted, let makers = creators[key], !makers.contains(index) else { continue }
        // Of several creators one is enough: the first that does not wait for this script itself.
        let maker = makers.first { !reaches(from: index, to: $0) } ?? makers[0]
        incoming[index].append(
          Link(
            from: maker, reason: .schema(lake: lake, name: schema), line: write.line, column: write.column))
      }
    }
  }

  /// Whether `to` waits for `from`, directly or not.
  private func reaches(from: Int, to: Int) -> Bool {
    var pending = [to]
    var seen: Set<Int> = [to]
    while let script = pending.popLast() {
      if script == from { return true }
      for link in incoming[script] where seen.insert(link.from).inserted { pending.append(link.from) }
    }
    return false
  }
}
