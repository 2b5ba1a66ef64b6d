import DuckDB
public import LakeSettings
import SQLText

extension OwnTable {
  /// Merges that were begun, so that the outcome of one that was cut off can be told.
  static let merges = OwnTable(
    name: "tarn_branch_merges",
    columns: """
      name VARCHAR NOT NULL, created_us BIGINT NOT NULL, branch_head BIGINT NOT NULL, lake_head BIGINT NOT NULL
      """)
}

extension Lake {
  /// What a branch changed since it began, and what a merge could not apply. Changes nothing.
  ///
  /// - Throws: ``LakeError`` when there is no such branch.
  public func compareBranch(_ name: BranchName) async throws -> BranchMerge {
    let branch = try await openBranch(name)
    let head = try await requireHead(name)
    let session = try await engine.session(current: self.name)
    do {
      try await session.beginReading()
      let work = BranchMergeWork(lake: self, branch: branch, session: session, base: head.base)
      let result = BranchMerge(changes: try await work.changes(of: try await work.steps()), snapshot: nil)
      await session.close()
      return result
    } catch {
      await session.close()
      throw error
    }
  }

  /// Applies a branch's changes to this lake as one snapshot, and lets the branch begin anew from there. When a change
  /// stands against one of the lake, nothing is applied. Merging again after an interruption applies nothing twice.
  ///
  /// - Parameters:
  ///   - name: the branch's name.
  ///   - author: who merges, for the snapshot.
  /// - Throws: ``LakeError`` when there is no such branch, or the merge fails.
  public func mergeBranch(_ name: BranchName, author: String? = nil) async throws -> BranchMerge {
    let branch = try await openBranch(name)
    let head = try await requireHead(name)
    if let merged = try await earlierMerge(of: name, head) {
      // An earlier merge was cut off before the branch began anew.
      try await beginAnew(name, at: merged)
      return BranchMerge(changes: [], snapshot: merged)
    }
    guard head.head != head.base else { return BranchMerge(changes: [], snapshot: nil) }
    let intent =
      "\(SQLLiteral.string(name.text)), \(head.created), \(head.head), \(try await currentSnapshot())"
    try await changeOwn(.merges) { table in
      [
        "DELETE FROM \(table) WHERE name = \(SQLLiteral.string(name.text)) AND created_us = \(head.created)",
        "INSERT INTO \(table) (name, created_us, branch_head, lake_head) VALUES (\(intent))",
      ]
    }
    BranchProgress.reached(.merging)
    let message = CommitMessage(
      author: author ?? "tarn", text: "Merge branch '\(name)'",
      extraInfo: #"{"tarn":1,"keys":["\#(Self.mark(name, head.created))\#(head.head)"]}"#)
    let changes = try await apply(branch, head, message)
    guard !changes.isEmpty, changes.allSatisfy({ $0.conflict == nil }) else {
      // Nothing was committed, so nobody will ask.
      try await changeOwn(.merges) { ["DELETE FROM \($0) WHERE name = \(SQLLiteral.string(name.text))"] }
      return BranchMerge(changes: changes, snapshot: nil)
    }
    guard let merged = try await mergedSnapshot(of: name, created: head.created, head: head.head) else {
      throw LakeError(.catalog, "the snapshot of the merge is not in the catalog")
    }
    BranchProgress.reached(.merged)
    try await beginAnew(name, at: merged)
    return BranchMerge(changes: changes, snapshot: merged)
  }

  private func apply(_ branch: Lake, _ head: BranchHead, _ message: CommitMessage) async throws
    -> [BranchChange]
  {
    let session = try await engine.session(current: name)
    var hasTurn = false
    let outcome: Result<[BranchChange], any Error>
    do {
      try await session.begin()
      // Nobody in this process writes to the branch until it has begun anew.
      try await branch.gate.takeTurn()
      hasTurn = true
      let work = BranchMergeWork(lake: self, branch: branch, session: session, base: head.base)
      let steps = try await work.steps()
      guard try await work.branchHead() == head.head else {
        throw LakeError(
          .conflict, "branch '\(branch.name)' was changed while it was merged", hint: "Merge it again.")
      }
      if steps.isEmpty || steps.contains(where: { $0.conflict != nil }) {
        outcome = .success(try await work.changes(of: steps))
      } else {
        let changes = try await work.apply(steps)
        try await session.setCommitMessage(message)
        try await session.commit()
        outcome = .success(changes)
      }
    } catch {
      outcome = .failure(error)
    }
    await session.close()
    if hasTurn { await branch.gate.endTurn() }
    return try outcome.get()
  }

  /// Lets a branch begin anew from the snapshot that holds its changes. docs/branches.md tells why in this order.
  private func beginAnew(_ name: BranchName, at snapshot: Int64) async throws {
    let branch = try branchConfiguration(name)
    let created = try await register(name, base: snapshot, place: branch.catalog.branchPlace, author: nil)
    BranchProgress.reached(.anewRegistered)
    if branch.catalog.filePath != nil {
      try await engine.whileClosed(branch) { [self] in
        try await makeCatalog(of: branch, base: snapshot, created: created)
        // Its rows are in the lake's own files now.
        try await engine.removeFiles(of: branch)
      }
    } else {
      try await makeCatalog(of: branch, base: snapshot, created: created)
    }
    BranchProgress.reached(.anewPublished)
    try await sweep(branch, name, before: created)
  }

  // MARK: Where a branch stands

  /// What a branch's catalog says of itself.
  struct BranchHead: Sendable {
    let base: Int64
    let created: Int64
    let head: Int64
  }

  private func openBranch(_ name: BranchName) async throws -> Lake {
    let branch = try branchConfiguration(name)
    guard try await hasCatalog(branch) else {
      guard try await branchRows(name).isEmpty else {
        throw LakeError(
          .notFound, "branch '\(name)' is not complete: a command on it was cut off",
          hint: "Make it again with tarn lake branch create \(name), or drop it.")
      }
      throw try await unknown(name)
    }
    do { return try await engine.lake(branch.name) } catch let error as LakeError
      where error.code == .notFound
    {
      throw LakeError(
        .notFound, "branch '\(name)' was made after this engine was opened", hint: "Open another engine.")
    }
  }

  private func requireHead(_ name: BranchName) async throws -> BranchHead {
    guard let head = try await branchHead(name) else {
      throw LakeError(
        .catalog, "branch '\(name)' does not say where it began: its catalog is no branch of Tarn's")
    }
    return head
  }

  /// Where a branch stands; nil when its catalog does not tell.
  func branchHead(_ name: BranchName) async throws -> BranchHead? {
    let branch = try branchConfiguration(name)
    let result: QueryResult?
    if case .postgresql(let catalog) = branch.catalog {
      let schema = SQLIdentifier.quote(catalog.schema ?? "") + "."
      let asked =
        "SELECT base_snapshot, created_us, (SELECT max(snapshot_id) FROM \(schema)ducklake_snapshot) FROM \(schema)tarn_branch"
      result = try await readTrusted("FROM \(queryOnServer(asked))", looksAround: true)
    } else {
      let lake = try await engine.lake(branch.name)
      result = try await lake.readOwn(BranchCopy.origin) {
        "SELECT base_snapshot, created_us, (SELECT max(snapshot_id) FROM \(lake.metadata("ducklake_snapshot"))) FROM \($0)"
      }
    }
    return result?.rows.first { _ in true }.map {
      BranchHead(base: $0[0].integer ?? 0, created: $0[1].integer ?? 0, head: $0[2].integer ?? 0)
    }
  }

  // MARK: Merges that were cut off

  private static func mark(_ name: BranchName, _ created: Int64) -> String { "branch:\(name):\(created):" }

  /// The lake's snapshot that holds a branch's changes up to one of the branch's snapshots; nil when none does.
  func mergedSnapshot(of name: BranchName, created: Int64, head: Int64) async throws -> Int64? {
    let mark = SQLLiteral.string("\"\(Self.mark(name, created))\(head)\"")
    let text = """
      SELECT max(snapshot_id) FROM \(metadata("ducklake_snapshot_changes"))
      WHERE contains(commit_extra_info, \(mark))
      """
    return try await readTrusted(text, looksAround: true).scalar()?.intValue.map(Int64.init)
  }

  /// The snapshot of a merge after which the branch did not begin anew.
  ///
  /// - Throws: ``LakeError`` when the branch went on since, or nobody can tell whether the merge was committed.
  private func earlierMerge(of name: BranchName, _ head: BranchHead) async throws -> Int64? {
    let branch = SQLLiteral.string(name.text)
    let begun = try await readOwn(.merges) {
      "SELECT branch_head, lake_head FROM \($0) WHERE name = \(branch) AND created_us = \(head.created)"
    }
    for row in begun?.rows.map({ $0 }) ?? [] {
      let branchHead = row[0].integer ?? 0
      let lakeHead = row[1].integer ?? 0
      if let merged = try await mergedSnapshot(of: name, created: head.created, head: branchHead) {
        guard branchHead == head.head else {
          throw LakeError(
            .conflict,
            "branch '\(name)' was merged up to its snapshot \(branchHead), as snapshot \(merged) of the lake, and was changed since",
            hint:
              "Copy what is new by SQL (INSERT INTO … FROM \(try branchConfiguration(name).name.catalogAlias).…) and drop the branch with --force."
          )
        }
        return merged
      }
      let text = """
        SELECT count(*) FROM \(metadata("ducklake_snapshot")) WHERE snapshot_id = \(lakeHead + 1)
        """
      let hasNext = try await readTrusted(text, looksAround: true).scalar()?.intValue == 1
      let isUnchanged = try await currentSnapshot() == lakeHead
      guard hasNext || isUnchanged else {
        throw LakeError(
          .conflict,
          "a merge of branch '\(name)' was cut off, and the snapshots that would tell its outcome have expired",
          hint: "Compare the tables, then drop the branch with --force.")
      }
    }
    return nil
  }
}
