internal import SQLText
public import Store

/// A workspace as lists show it.
public struct WorkspaceEntry: Sendable, Hashable {
  public let id: String
  public let name: String
  public let createdAt: Moment
}

extension Accounts {
  /// The workspace whose admins manage the server itself: its workers and its other workspaces.
  public static let instanceWorkspace = "main"

  /// In the order of their ids.
  ///
  /// - Throws: `StoreError`.
  public func workspaces() async throws -> [WorkspaceEntry] {
    try await store.read { transaction in
      try transaction.query("SELECT * FROM workspace ORDER BY id").map { row in
        WorkspaceEntry(
          id: try row.text("id"), name: try row.text("name"),
          createdAt: Moment(microseconds: Int64(try row.integer("created_at"))))
      }
    }
  }

  /// Makes a workspace that is not there yet, with its first member, an admin.
  ///
  /// - Throws: ``AccountError`` for an id that cannot be, or is taken; `StoreError`.
  public func createWorkspace(_ id: String, name: String, admin: String, email: String) async throws {
    try Self.check(id, as: "a workspace's id")
    try Self.check(admin, as: "a username")
    let now = Moment.now.microseconds
    let created = try await store.write { transaction in
      // A folder is named after it, and file systems may not tell cases apart.
      guard try transaction.query("SELECT 1 FROM workspace WHERE lower(id) = \(id.lowercased())").isEmpty
      else {
        return false
      }
      try transaction.execute("INSERT INTO workspace (id, name, created_at) VALUES (\(id), \(name), \(now))")
      try transaction.execute(
        """
        INSERT INTO member (workspace, username, email, role, created_at)
        VALUES (\(id), \(admin), \(email), 'admin', \(now))
        """)
      return true
    }
    guard created else { throw AccountError(.exists, "there is a workspace '\(id)' already") }
  }

  /// Removes a workspace with its members, tokens, values, scripts, grants and records. Its lakes' files stay.
  ///
  /// - Throws: ``AccountError`` when there is none, or it is the server's own; `StoreError`.
  public func removeWorkspace(_ id: String) async throws {
    guard id != Self.instanceWorkspace else {
      throw AccountError(.invalid, "workspace '\(id)' is the server's own and cannot be removed")
    }
    let removed = try await store.write { try $0.execute("DELETE FROM workspace WHERE id = \(id)") }
    guard removed == 1 else { throw AccountError(.notFound, "there is no workspace '\(id.prefix(80))'") }
  }
}
