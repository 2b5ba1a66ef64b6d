internal import Grants
internal import SQLText
public import Store

/// A member of a workspace.
public struct Member: Sendable, Hashable {
  public let username: String
  public let email: String
  public let role: Role
  public let createdAt: Moment

  init(_ row: StoreRow) throws {
    username = try row.text("username")
    email = try row.text("email")
    role = Role(rawValue: try row.text("role")) ?? .viewer
    createdAt = Moment(microseconds: Int64(try row.integer("created_at")))
  }
}

/// A token as lists show it.
public struct TokenEntry: Sendable, Hashable {
  /// Its first characters; the store does not have the rest.
  public let prefix: String
  public let label: String
  public let username: String
  public let scopes: [String]?
  public let createdAt: Moment
  public let expiresAt: Moment?
}

extension Accounts {
  /// In the order of their usernames.
  ///
  /// - Throws: `StoreError`.
  public func members(of workspace: String) async throws -> [Member] {
    try await store.read { transaction in
      try transaction.query("SELECT * FROM member WHERE workspace = \(workspace) ORDER BY username").map(
        Member.init)
    }
  }

  /// - Throws: ``AccountError`` when there is none; `StoreError`.
  public func member(_ username: String, of workspace: String) async throws -> Member {
    let found = try await store.read { transaction in
      try transaction.query("SELECT * FROM member WHERE workspace = \(workspace) AND username = \(username)")
        .first.map(
          Member.init)
    }
    guard let found else {
      throw AccountError(.notFound, "'\(username.prefix(80))' is no member of '\(workspace)'")
    }
    return found
  }

  /// Adds a member who is none yet.
  ///
  /// - Throws: ``AccountError`` when the name cannot be, or is taken; `StoreError`.
  public func addMember(_ username: String, email: String, role: Role, to workspace: String) async throws {
    try Self.check(username, as: "a username")
    try Self.checkEmail(email)
    let now = Moment.now.microseconds
    let added = try await store.write { transaction in
      try Self.requireWorkspace(workspace, in: transaction)
      return try transaction.execute(
        """
        INSERT INTO member (workspace, username, email, role, created_at)
        VALUES (\(workspace), \(username), \(email), \(role.rawValue), \(now)) ON CONFLICT DO NOTHING
        """)
    }
    guard added == 1 else { throw AccountError(.exists, "'\(username)' is a member already") }
  }

  /// Changes what is given. A workspace keeps one admin at least.
  ///
  /// - Throws: ``AccountError``; `StoreError`.
  public func updateMember(
    _ username: String, of workspace: String, role: Role?, email: String? = nil
  ) async throws {
    if let email { try Self.checkEmail(email) }
    let changed = try await store.write { transaction in
      if let role, role != .admin {
        try Self.requireOtherAdmin(than: username, of: workspace, in: transaction)
      }
      return try transaction.execute(
        """
        UPDATE member SET role = coalesce(\(role?.rawValue), role), email = coalesce(\(email), email)
        WHERE workspace = \(workspace) AND username = \(username)
        """)
    }
    guard changed == 1 else {
      throw AccountError(.notFound, "'\(username.prefix(80))' is no member of '\(workspace)'")
    }
  }

  /// Removes a member, and with it its tokens, groups, grants and rights on folders: another of that name gets none of them.
  ///
  /// - Throws: ``AccountError`` when there is none, or it is the last admin; `StoreError`.
  public func removeMember(_ username: String, of workspace: String) async throws {
    let holder = GrantHolder(.user, username).text
    let removed = try await store.write { transaction in
      try Self.requireOtherAdmin(than: username, of: workspace, in: transaction)
      try transaction.execute("DELETE FROM lake_grant WHERE workspace = \(workspace) AND holder = \(holder)")
      try transaction.execute(
        "DELETE FROM folder_right WHERE workspace = \(workspace) AND holder = \(holder)")
      return try transaction.execute(
        "DELETE FROM member WHERE workspace = \(workspace) AND username = \(username)")
    }
    guard removed == 1 else {
      throw AccountError(.notFound, "'\(username.prefix(80))' is no member of '\(workspace)'")
    }
  }

  /// The tokens of a member, the newest first.
  ///
  /// - Throws: `StoreError`.
  public func tokens(of username: String, in workspace: String) async throws -> [TokenEntry] {
    try await store.read { transaction in
      try transaction.query(
        "SELECT * FROM token WHERE workspace = \(workspace) AND username = \(username) ORDER BY created_at DESC, prefix"
      ).map { row in
        let expiry: Moment? =
          if case .null = row["expires_at"] { nil } else {
            Moment(microseconds: Int64(try row.integer("expires_at")))
          }
        return TokenEntry(
          prefix: try row.text("prefix"), label: try row.text("label"), username: username,
          scopes: try row.optionalText("scopes").map { $0.split(separator: " ").map(String.init) },
          createdAt: Moment(microseconds: Int64(try row.integer("created_at"))), expiresAt: expiry)
      }
    }
  }

  /// Ends a member's tokens of that prefix.
  ///
  /// - Throws: ``AccountError`` when there is none; `StoreError`.
  public func removeToken(prefix: String, of username: String, in workspace: String) async throws {
    let removed = try await store.write {
      try $0.execute(
        "DELETE FROM token WHERE workspace = \(workspace) AND username = \(username) AND prefix = \(prefix)")
    }
    guard removed > 0 else { throw AccountError(.notFound, "there is no token '\(prefix.prefix(20))…'") }
  }

  private static func requireOtherAdmin(
    than username: String, of workspace: String, in transaction: StoreTransaction
  ) throws {
    let admins = try transaction.query(
      "SELECT username FROM member WHERE workspace = \(workspace) AND role = 'admin'"
    ).map { try $0.text("username") }
    guard admins != [username] else {
      throw AccountError(
        .invalid, "'\(username)' is the last admin of '\(workspace)'",
        hint: "Make another member an admin first.")
    }
  }

  private static func checkEmail(_ email: String) throws(AccountError) {
    let parts = email.split(separator: "@", omittingEmptySubsequences: false)
    let isPlain = email.unicodeScalars.allSatisfy { $0.value > 0x20 && $0.value != 0x7F }
    guard parts.count == 2, parts.allSatisfy({ !$0.isEmpty }), isPlain, email.utf8.count <= 254 else {
      throw AccountError(.invalid, "'\(email.prefix(80))' cannot be an e-mail address")
    }
  }
}
