internal import Grants
internal import SQLText
internal import Store

/// A group of members.
public struct MemberGroup: Sendable, Hashable {
  public let name: String
  public let summary: String
  /// Usernames, in order.
  public let members: [String]
}

extension Accounts {
  /// The group that every member is in without being listed.
  public static let everybody = "all"

  /// In the order of their names.
  ///
  /// - Throws: `StoreError`.
  public func groups(of workspace: String) async throws -> [MemberGroup] {
    try await store.read { transaction in
      let members = try transaction.query(
        "SELECT name, username FROM group_member WHERE workspace = \(workspace) ORDER BY name, username"
      ).map { (try $0.text("name"), try $0.text("username")) }
      let byGroup = Dictionary(grouping: members) { $0.0 }
      return try transaction.query("SELECT * FROM member_group WHERE workspace = \(workspace) ORDER BY name")
        .map { row in
          let name = try row.text("name")
          return MemberGroup(
            name: name, summary: try row.text("summary"), members: (byGroup[name] ?? []).map(\.1))
        }
    }
  }

  /// The groups that a member is in, ``everybody`` left out.
  ///
  /// - Throws: `StoreError`.
  public func groups(of username: String, in workspace: String) async throws -> [String] {
    try await store.read { transaction in
      try transaction.query(
        "SELECT name FROM group_member WHERE workspace = \(workspace) AND username = \(username) ORDER BY name"
      ).map { try $0.text("name") }
    }
  }

  /// - Throws: ``AccountError`` when there is none; `StoreError`.
  public func group(_ name: String, of workspace: String) async throws -> MemberGroup {
    guard let found = try await groups(of: workspace).first(where: { $0.name == name }) else {
      throw AccountError(.notFound, "there is no group '\(name.prefix(80))'")
    }
    return found
  }

  /// - Throws: ``AccountError`` for a name that cannot be, or is taken; `StoreError`.
  public func createGroup(_ name: String, summary: String, of workspace: String) async throws {
    try Self.check(name, as: "a group's name")
    guard name != Self.everybody else {
      throw AccountError(.exists, "group '\(Self.everybody)' is there: every member is in it")
    }
    let created = try await store.write { transaction in
      try Self.requireWorkspace(workspace, in: transaction)
      return try transaction.execute(
        """
        INSERT INTO member_group (workspace, name, summary) VALUES (\(workspace), \(name), \(summary))
        ON CONFLICT DO NOTHING
        """)
    }
    guard created == 1 else { throw AccountError(.exists, "there is a group '\(name)' already") }
  }

  /// - Throws: ``AccountError`` when there is none; `StoreError`.
  public func updateGroup(_ name: String, summary: String, of workspace: String) async throws {
    let changed = try await store.write {
      try $0.execute(
        "UPDATE member_group SET summary = \(summary) WHERE workspace = \(workspace) AND name = \(name)")
    }
    guard changed == 1 else { throw AccountError(.notFound, "there is no group '\(name.prefix(80))'") }
  }

  /// Removes a group, and what was granted to it: another of that name gets none of it.
  ///
  /// - Throws: ``AccountError`` when there is none; `StoreError`.
  public func removeGroup(_ name: String, of workspace: String) async throws {
    let holder = GrantHolder(.group, name).text
    let removed = try await store.write { transaction in
      try transaction.execute("DELETE FROM lake_grant WHERE workspace = \(workspace) AND holder = \(holder)")
      try transaction.execute(
        "DELETE FROM folder_right WHERE workspace = \(workspace) AND holder = \(holder)")
      return try transaction.execute(
        "DELETE FROM member_group WHERE workspace = \(workspace) AND name = \(name)")
    }
    guard removed == 1 else { throw AccountError(.notFound, "there is no group '\(name.prefix(80))'") }
  }

  /// Puts a member into a group; nothing happens when it is in it.
  ///
  /// - Throws: ``AccountError`` when there is no such group or member; `StoreError`.
  public func addMember(_ username: String, toGroup name: String, of workspace: String) async throws {
    do {
      try await store.write { transaction in
        _ = try transaction.execute(
          """
          INSERT INTO group_member (workspace, name, username) VALUES (\(workspace), \(name), \(username))
          ON CONFLICT DO NOTHING
          """)
      }
    } catch let error as StoreError where error.code == .constraint {
      throw AccountError(
        .notFound, "there is no group '\(name.prefix(80))', or no member '\(username.prefix(80))'")
    }
  }

  /// - Throws: ``AccountError`` when it is not in it; `StoreError`.
  public func removeMember(_ username: String, fromGroup name: String, of workspace: String) async throws {
    let removed = try await store.write {
      try $0.execute(
        "DELETE FROM group_member WHERE workspace = \(workspace) AND name = \(name) AND username = \(username)"
      )
    }
    guard removed == 1 else {
      throw AccountError(.notFound, "'\(username.prefix(80))' is not in group '\(name.prefix(80))'")
    }
  }
}
