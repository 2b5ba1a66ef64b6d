import DuckDB
import Foundation
public import LakeSettings
import SQLText

// How branches are made, listed and dropped. docs/branches.md says why in this order: a branch's row in its lake's catalog
// is there before the branch's catalog, and goes after it, so that what a branch needs is kept whenever it can be opened.
extension Lake {
  /// Makes a branch: a lake of its own that shares this lake's files as they are at one snapshot. No file is copied.
  ///
  /// An engine knows the branches that were there when it was opened. Open another one to use the new branch by name.
  ///
  /// - Parameters:
  ///   - name: the branch's name.
  ///   - point: the snapshot that it starts from; nil for the newest.
  ///   - author: who makes it, as a note.
  /// - Throws: ``LakeError`` when there is such a branch, the snapshot is gone, or files at the snapshot were merged with
  ///   later ones.
  @discardableResult
  public func createBranch(_ name: BranchName, at point: SnapshotReference? = nil, author: String? = nil)
    async throws -> LakeBranch
  {
    let branch = try branchConfiguration(name)
    try await requireKnownFormat()
    try await alone(with: branch) { [self] in
      guard try await !hasCatalog(branch) else {
        throw LakeError(
          .settings, "lake '\(self.name)' has a branch '\(name)' already",
          hint: "Choose another name, or drop it with tarn lake branch drop \(name).")
      }
      // What an interrupted command left is of no use to anybody.
      if try await !branchRows(name).isEmpty { try await sweep(branch, name, before: nil) }
      let base = try await snapshot(at: point)
      let created = try await register(name, base: base, place: branch.catalog.branchPlace, author: author)
      BranchProgress.reached(.registered)
      do {
        try await makeCatalog(of: branch, base: base, created: created)
      } catch {
        try? await sweep(branch, name, before: nil)
        throw error
      }
    }
    guard let made = try await branches().first(where: { $0.name == name.text }) else {
      throw LakeError(.conflict, "branch '\(name)' was dropped while it was made", hint: "Make it again.")
    }
    return made
  }

  /// The branches of this lake, by name.
  public func branches() async throws -> [LakeBranch] {
    var found: [LakeBranch] = []
    for row in try await branchRows(nil) {
      guard let name = try? BranchName(row.name), let configuration = try? branchConfiguration(name) else {
        continue
      }
      // While a branch begins anew there are two rows of it for a moment.
      found.removeAll { $0.name == row.name }
      found.append(
        LakeBranch(
          name: row.name, lake: configuration.name.text, alias: configuration.name.catalogAlias,
          base: row.base,
          created: Date(timeIntervalSince1970: Double(row.created) / 1e6), author: row.author,
          place: configuration.catalog.branchPlace, isComplete: try await hasCatalog(configuration)))
    }
    return found
  }

  /// Removes a branch: its catalog and the files that it wrote, nothing else.
  ///
  /// - Parameters:
  ///   - name: the branch's name.
  ///   - force: also when it has changes that were never merged.
  /// - Throws: ``LakeError`` when there is no such branch or it has changes.
  public func dropBranch(_ name: BranchName, force: Bool = false) async throws {
    let branch = try branchConfiguration(name)
    let isThere = try await hasCatalog(branch)
    let isKnown = try await !branchRows(name).isEmpty
    guard isThere || isKnown else { throw try await unknown(name) }
    if isThere, !force, let changes = try await commitsSinceBase(name) {
      throw LakeError(
        .settings,
        "branch '\(name)' has \(changes) \(changes == 1 ? "snapshot" : "snapshots") that lake '\(self.name)' does not have",
        hint: "Merge it first, or drop it with --force.")
    }
    try await alone(with: branch) { [self] in
      try await removeCatalog(of: branch)
      BranchProgress.reached(.catalogRemoved)
      try await sweep(branch, name, before: nil)
    }
  }

  // MARK: Names

  func branchConfiguration(_ name: BranchName) throws(LakeError) -> LakeConfiguration {
    do { return try configuration.branch(name) } catch { throw LakeError(.settings, error.message) }
  }

  func unknown(_ branch: BranchName) async throws -> LakeError {
    let names = try await branches().map(\.name)
    let near = NearestName.suggestion(for: branch.text, among: names)
    let all = names.isEmpty ? "It has none." : "There are: \(names.joined(separator: ", "))."
    return LakeError(
      .notFound, "lake '\(name)' has no branch '\(branch)'", hint: near.map { "Did you mean '\($0)'?" } ?? all
    )
  }

  private func requireKnownFormat() async throws {
    let text = "SELECT value FROM \(metadata("ducklake_metadata")) WHERE key = 'version'"
    let version = try await readTrusted(text, looksAround: true).scalar()?.stringValue
    guard version == "1.0" else {
      throw LakeError(
        .newerCatalog, "lake '\(name)' has format version \(version ?? "?"): branches need 1.0")
    }
  }

  /// Runs `body` while nobody has the branch's catalog open.
  private func alone(with branch: LakeConfiguration, _ body: @escaping @Sendable () async throws -> Void)
    async throws
  {
    if let folder = branch.catalog.filePath.map({ ($0 as NSString).deletingLastPathComponent }) {
      do { try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true) } catch
      {
        throw LakeError(
          .storage, "cannot make folder \(folder)", hint: "Make its parent writable for this user.")
      }
      try await engine.whileClosed(branch, body)
    } else {
      try await body()
    }
  }

  // MARK: Rows

  /// A row of ``OwnTable/branches``.
  struct BranchRow: Sendable {
    let name: String
    let base: Int64
    let created: Int64
    let author: String?
  }

  /// The rows of one branch or of all, oldest first for each name.
  func branchRows(_ name: BranchName?) async throws -> [BranchRow] {
    let condition = name.map { "WHERE name = \(SQLLiteral.string($0.text))" } ?? ""
    let result = try await readOwn(.branches) {
      "SELECT name, base_snapshot, created_us, author FROM \($0) \(condition) ORDER BY name, created_us"
    }
    return (result?.rows.map { $0 } ?? []).map {
      BranchRow(
        name: $0[0].text ?? "", base: $0[1].integer ?? 0, created: $0[2].integer ?? 0, author: $0[3].text)
    }
  }

  private func snapshot(at point: SnapshotReference?) async throws -> Int64 {
    let condition: String
    switch point {
    case nil: return try await currentSnapshot()
    case .version(let id): condition = "snapshot_id = \(id)"
    case .time(let date):
      condition = "snapshot_time <= make_timestamptz(\(Int64((date.timeIntervalSince1970 * 1e6).rounded())))"
    }
    let text = "SELECT max(snapshot_id) FROM ducklake_snapshots(\(catalogLiteral)) WHERE \(condition)"
    guard let id = try await readTrusted(text).scalar()?.intValue.map(Int64.init) else {
      throw LakeError(
        .notFound, "lake '\(name)' has no such snapshot", hint: "tarn lake snapshots lists those it has.")
    }
    return id
  }

  /// Writes down that a branch needs a snapshot.
  ///
  /// - Returns: when, in microseconds since 1970.
  func register(_ name: BranchName, base: Int64, place: String, author: String?) async throws -> Int64 {
    // A clock that was set back must not give one branch the time of another.
    let newest = try await branchRows(name).last?.created ?? 0
    let created = max(Int64(Date().timeIntervalSince1970 * 1e6), newest + 1)
    let author = author.map(SQLLiteral.string) ?? "NULL"
    let values =
      "\(SQLLiteral.string(name.text)), \(base), \(SQLLiteral.string(place)), \(author), \(created)"
    try await changeOwn(.branches) { table in
      [
        """
        INSERT INTO \(table) (name, base_snapshot, place, author, created_us)
        SELECT \(values) FROM \(catalogTable("ducklake_snapshot")) WHERE snapshot_id = \(base)
        """
      ]
    }
    guard try await branchRows(name).contains(where: { $0.created == created }) else {
      throw LakeError(
        .notFound, "snapshot \(base) of lake '\(self.name)' expired",
        hint: "tarn lake snapshots lists those it has.")
    }
    return created
  }

  // MARK: Dropping

  /// How many snapshots a branch has that were never merged; nil for none.
  private func commitsSinceBase(_ name: BranchName) async throws -> Int64? {
    guard let state = try await branchHead(name) else { return nil }
    if try await mergedSnapshot(of: name, created: state.created, head: state.head) != nil { return nil }
    return state.head == state.base ? nil : state.head - state.base
  }

  private func removeCatalog(of branch: LakeConfiguration) async throws {
    switch branch.catalog {
    case .sqlite(let path), .duckdb(let path):
      try CatalogFiles.remove(path)
    case .postgresql(let catalog):
      try await runInCatalog(["DROP SCHEMA IF EXISTS \(SQLIdentifier.quote(catalog.schema ?? "")) CASCADE"])
    }
  }

  /// Removes a branch's files and then its rows. Its catalog must be gone.
  ///
  /// - Parameter before: removes only rows that are older, and no file; nil for all.
  func sweep(_ branch: LakeConfiguration, _ name: BranchName, before: Int64?) async throws {
    if before == nil { try await engine.removeFiles(of: branch) }
    BranchProgress.reached(.filesRemoved)
    let isOld = before.map { " AND created_us < \($0)" } ?? ""
    let condition = "WHERE name = \(SQLLiteral.string(name.text))" + isOld
    try await changeOwn(.branches) { ["DELETE FROM \($0) \(condition)"] }
    if try await has(.merges) { try await changeOwn(.merges) { ["DELETE FROM \($0) \(condition)"] } }
    try await protectSharedFiles()
  }
}

extension Catalog {
  /// Where a branch's catalog is, without credentials.
  var branchPlace: String {
    switch self {
    case .sqlite(let path), .duckdb(let path): path
    case .postgresql(let catalog): "schema \(catalog.schema ?? "public")"
    }
  }
}

/// Where a command on a branch is, so that tests can end the process there.
enum BranchProgress {
  enum Step: String, CaseIterable, Sendable {
    case registered, filling, filled, published, catalogRemoved, filesRemoved
    case merging, merged, anewRegistered, anewPublished
  }

  /// Told each step; nil but in tests.
  @TaskLocal static var observer: (@Sendable (Step) -> Void)?

  static func reached(_ step: Step) { observer?(step) }
}
