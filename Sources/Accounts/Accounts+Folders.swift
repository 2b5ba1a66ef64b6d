public import Grants
internal import SQLText
internal import Store

/// A folder of scripts, variables and resources: what lies under `f/NAME/`.
public struct Folder: Sendable, Hashable {
  /// What somebody may do in a folder. Each level may do what the ones before it may.
  public enum Level: String, Sendable, Hashable, Comparable {
    /// See and run what is in it, and read its values.
    case read
    /// Change what is in it.
    case write
    /// Say who may do what in it.
    case owner

    private var rank: Int { self == .read ? 0 : self == .write ? 1 : 2 }

    public static func < (left: Level, right: Level) -> Bool { left.rank < right.rank }
  }

  public let name: String
  public let summary: String
  public let createdBy: String
  /// Members and groups, by their texts `u/NAME` and `g/NAME`.
  public let rights: [GrantHolder: Level]
}

extension Accounts {
  /// In the order of their names.
  ///
  /// - Throws: `StoreError`.
  public func folders(of workspace: String) async throws -> [Folder] {
    try await store.read { try Self.folders(of: workspace, in: $0) }
  }

  /// - Throws: ``AccountError`` when there is none; `StoreError`.
  public func folder(_ name: String, of workspace: String) async throws -> Folder {
    guard let found = try await folders(of: workspace).first(where: { $0.name == name }) else {
      throw AccountError(.notFound, "there is no folder '\(name.prefix(80))'")
    }
    return found
  }

  /// Makes a folder. Its maker is an owner.
  ///
  /// - Throws: ``AccountError`` for a name that cannot be, or is taken, and for holders that are not there; `StoreError`.
  public func createFolder(
    _ name: String, summary: String, rights: [GrantHolder: Folder.Level], of workspace: String,
    by username: String
  ) async throws {
    try Self.check(name, as: "a folder's name")
    let now = Moment.now.microseconds
    var rights = rights
    rights[GrantHolder(.user, username)] = .owner
    let all = rights
    let created = try await store.write { transaction in
      try Self.requireWorkspace(workspace, in: transaction)
      let created = try transaction.execute(
        """
        INSERT INTO folder (workspace, name, summary, created_by, created_at)
        VALUES (\(workspace), \(name), \(summary), \(username), \(now)) ON CONFLICT DO NOTHING
        """)
      if created == 1 { try Self.set(all, of: name, workspace, in: transaction) }
      return created
    }
    guard created == 1 else { throw AccountError(.exists, "there is a folder '\(name)' already") }
  }

  /// Changes what is given.
  ///
  /// - Parameters:
  ///   - rights: all of them, in place of those that are there.
  /// - Throws: ``AccountError`` when there is none, or holders are not there; `StoreError`.
  public func updateFolder(
    _ name: String, summary: String?, rights: [GrantHolder: Folder.Level]?, of workspace: String
  ) async throws {
    let changed = try await store.write { transaction in
      let changed = try transaction.execute(
        """
        UPDATE folder SET summary = coalesce(\(summary), summary) WHERE workspace = \(workspace) AND name = \(name)
        """)
      if changed == 1, let rights {
        try transaction.execute(
          "DELETE FROM folder_right WHERE workspace = \(workspace) AND folder = \(name)")
        try Self.set(rights, of: name, workspace, in: transaction)
      }
      return changed
    }
    guard changed == 1 else { throw AccountError(.notFound, "there is no folder '\(name.prefix(80))'") }
  }

  /// Removes a folder that has nothing in it: else what is in it would be open to all.
  ///
  /// - Throws: ``AccountError`` when there is none, or something lies in it; `StoreError`.
  public func removeFolder(_ name: String, of workspace: String) async throws {
    let start = "f/\(name)/"
    let removed = try await store.write { transaction in
      let paths = try transaction.query(
        """
        SELECT path FROM sealed_value WHERE workspace = \(workspace)
        UNION SELECT path FROM script WHERE workspace = \(workspace)
        """
      ).map { try $0.text("path") }
      if let path = paths.first(where: { $0.hasPrefix(start) }) {
        throw AccountError(.invalid, "folder '\(name)' is not empty: there is \(path)")
      }
      return try transaction.execute("DELETE FROM folder WHERE workspace = \(workspace) AND name = \(name)")
    }
    guard removed == 1 else { throw AccountError(.notFound, "there is no folder '\(name.prefix(80))'") }
  }

  private static func folders(of workspace: String, in transaction: StoreTransaction) throws -> [Folder] {
    var rights: [String: [GrantHolder: Folder.Level]] = [:]
    for row in try transaction.query("SELECT * FROM folder_right WHERE workspace = \(workspace)") {
      guard let holder = try? GrantHolder(parsing: try row.text("holder")),
        let level = Folder.Level(rawValue: try row.text("level"))
      else { continue }
      rights[try row.text("folder"), default: [:]][holder] = level
    }
    return try transaction.query("SELECT * FROM folder WHERE workspace = \(workspace) ORDER BY name").map {
      row in
      let name = try row.text("name")
      return Folder(
        name: name, summary: try row.text("summary"), createdBy: try row.text("created_by"),
        rights: rights[name] ?? [:])
    }
  }

  private static func set(
    _ rights: [GrantHolder: Folder.Level], of folder: String, _ workspace: String,
    in transaction: StoreTransaction
  ) throws {
    for (holder, level) in rights {
      let isThere =
        switch holder.kind {
        case .user:
          try !transaction.query(
            "SELECT 1 FROM member WHERE workspace = \(workspace) AND username = \(holder.name)"
          ).isEmpty
        case .group:
          try holder.name == everybody
            || !transaction.query(
              "SELECT 1 FROM member_group WHERE workspace = \(workspace) AND name = \(holder.name)"
            ).isEmpty
        case .role: false
        }
      guard isThere else {
        throw AccountError(.notFound, "there is no '\(holder.text.prefix(80))' to give rights on a folder")
      }
      try transaction.execute(
        """
        INSERT INTO folder_right (workspace, folder, holder, level)
        VALUES (\(workspace), \(folder), \(holder.text), \(level.rawValue))
        """)
    }
  }

  /// What a member may do with paths.
  ///
  /// - Throws: `StoreError`.
  public func pathRights(of username: String, in workspace: String) async throws -> PathRights {
    try await store.read { transaction in
      let row = try transaction.query(
        "SELECT role FROM member WHERE workspace = \(workspace) AND username = \(username)"
      ).first
      let role = try row.flatMap { Role(rawValue: try $0.text("role")) }
      guard role != .admin else {
        return PathRights(username: username, isAdmin: true, isMember: true, groups: [], folders: [:])
      }
      let groups = try transaction.query(
        "SELECT name FROM group_member WHERE workspace = \(workspace) AND username = \(username)"
      ).map { try $0.text("name") }
      var holders: Set<GrantHolder> = [GrantHolder(.user, username), GrantHolder(.group, Self.everybody)]
      for group in groups { holders.insert(GrantHolder(.group, group)) }
      var folders: [String: Folder.Level?] = [:]
      for folder in try Self.folders(of: workspace, in: transaction) {
        let level = folder.rights.filter { holders.contains($0.key) }.values.max()
        folders.updateValue(level, forKey: folder.name)
      }
      return PathRights(
        username: username, isAdmin: false, isMember: role != nil, groups: Set(groups), folders: folders)
    }
  }
}

/// What one member may do with paths: `u/NAME/…` is NAME's and the admins', `g/GROUP/…` the group's, `f/FOLDER/…` as the folder
/// says. A folder that nobody made is open to all members; roles hold there as everywhere.
public struct PathRights: Sendable {
  let username: String
  let isAdmin: Bool
  let isMember: Bool
  let groups: Set<String>
  /// Those that were made, with the member's level in them.
  let folders: [String: Folder.Level?]

  /// Whether the member may do with a path what the level allows.
  public func allow(_ level: Folder.Level, _ path: String) -> Bool {
    if isAdmin { return true }
    let parts = path.split(separator: "/", omittingEmptySubsequences: false)
    guard isMember, parts.count >= 2 else { return false }
    let name = String(parts[1])
    switch parts[0] {
    case "u": return name == username
    case "g": return groups.contains(name) || name == Accounts.everybody
    case "f":
      guard let known = folders[name] else { return level != .owner }
      return known.map { $0 >= level } ?? false
    default: return false
    }
  }
}
