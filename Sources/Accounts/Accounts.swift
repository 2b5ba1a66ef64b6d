internal import SQLText
public import Secrets
public import Store

/// Workspaces of a server: their members and tokens, and the variables, resources and scripts that they keep.
///
/// Nothing here asks who may do what: that is for those who know the request (``Identity/may(_:)``).
public struct Accounts: Sendable {
  public let store: Store
  let key: SecretKey

  public init(store: Store, key: SecretKey) {
    self.store = store
    self.key = key
  }

  // MARK: Workspaces and members

  /// Makes a workspace with its first member, an admin, unless it is there.
  ///
  /// - Throws: ``AccountError`` for an id that cannot be; `StoreError`.
  public func ensureWorkspace(_ id: String, name: String, admin: String, email: String) async throws {
    try Self.check(id, as: "a workspace's id")
    try Self.check(admin, as: "a username")
    let now = Moment.now.microseconds
    try await store.write { transaction in
      try transaction.execute(
        "INSERT INTO workspace (id, name, created_at) VALUES (\(id), \(name), \(now)) ON CONFLICT DO NOTHING")
      try transaction.execute(
        """
        INSERT INTO member (workspace, username, email, role, created_at)
        VALUES (\(id), \(admin), \(email), 'admin', \(now)) ON CONFLICT DO NOTHING
        """)
    }
  }

  /// Adds a member, or changes the role of one.
  ///
  /// - Throws: ``AccountError``; `StoreError`.
  public func setMember(_ username: String, email: String, role: Role, of workspace: String) async throws {
    try Self.check(username, as: "a username")
    let now = Moment.now.microseconds
    try await store.write { transaction in
      try Self.requireWorkspace(workspace, in: transaction)
      _ = try transaction.execute(
        """
        INSERT INTO member (workspace, username, email, role, created_at)
        VALUES (\(workspace), \(username), \(email), \(role.rawValue), \(now))
        ON CONFLICT (workspace, username) DO UPDATE SET email = excluded.email, role = excluded.role
        """)
    }
  }

  // MARK: Tokens

  /// Makes a token for a member.
  ///
  /// - Parameters:
  ///   - scopes: what it is limited to; nil for all that the member may do.
  /// - Throws: ``AccountError`` when there is no such member; `StoreError`.
  public func makeToken(
    for username: String, of workspace: String, label: String, scopes: [String]? = nil,
    expiresAt: Moment? = nil
  ) async throws -> BearerToken {
    let token = BearerToken()
    let now = Moment.now.microseconds
    let limits = scopes?.joined(separator: " ")
    do {
      try await store.write { transaction in
        _ = try transaction.execute(
          """
          INSERT INTO token (hash, prefix, label, workspace, username, scopes, created_at, expires_at)
          VALUES (\(token.hash), \(token.prefix), \(label), \(workspace), \(username), \(limits), \(now),
            \(expiresAt?.microseconds))
          """)
      }
    } catch let error as StoreError where error.code == .constraint {
      throw AccountError(.notFound, "'\(username)' is no member of '\(workspace)'")
    }
    return token
  }

  /// A token for a job. Nothing is stored for it: whoever takes it sees to it that the job still runs
  /// (``Identity/job``).
  ///
  /// - Parameters:
  ///   - job: its id.
  ///   - username: in whose name it runs.
  public func jobToken(for job: String, username: String, of workspace: String) -> BearerToken {
    SignedToken.make("\(workspace) \(username) \(job)", key: key)
  }

  /// Who a token belongs to; nil when there is no such token, or it has expired.
  ///
  /// - Throws: `StoreError`.
  public func identity(of token: BearerToken) async throws -> Identity? {
    if let text = SignedToken.text(of: token, key: key) { return try await identity(ofJob: text) }
    return try await identity(ofTokenWith: token.hash)
  }

  func identity(ofTokenWith hash: String) async throws -> Identity? {
    let now = Moment.now.microseconds
    return try await store.read { transaction in
      let rows = try transaction.query(
        """
        SELECT t.workspace, t.username, t.scopes, t.expires_at, m.email, m.role FROM token t
        JOIN member m ON m.workspace = t.workspace AND m.username = t.username
        WHERE t.hash = \(hash) AND (t.expires_at IS NULL OR t.expires_at > \(now))
        """)
      return try rows.first.flatMap { try Self.identity($0, job: nil) }
    }
  }

  func identity(ofJob text: String) async throws -> Identity? {
    let parts = text.split(separator: " ").map(String.init)
    guard parts.count == 3 else { return nil }
    return try await store.read { transaction in
      let rows = try transaction.query(
        """
        SELECT workspace, username, email, role, NULL AS scopes, NULL AS expires_at FROM member
        WHERE workspace = \(parts[0]) AND username = \(parts[1])
        """)
      return try rows.first.flatMap { try Self.identity($0, job: parts[2]) }
    }
  }

  private static func identity(_ row: StoreRow, job: String?) throws -> Identity? {
    guard let role = Role(rawValue: try row.text("role")) else { return nil }
    let expiry: Moment? =
      if case .null = row["expires_at"] { nil } else {
        Moment(microseconds: Int64(try row.integer("expires_at")))
      }
    return Identity(
      workspace: try row.text("workspace"), username: try row.text("username"), email: try row.text("email"),
      role: role, scopes: try row.optionalText("scopes").map { $0.split(separator: " ").map(String.init) },
      job: job, expiresAt: expiry)
  }

  /// Ends the tokens of a label.
  ///
  /// - Throws: `StoreError`.
  public func removeTokens(labelled label: String, of workspace: String) async throws {
    try await store.write {
      _ = try $0.execute("DELETE FROM token WHERE workspace = \(workspace) AND label = \(label)")
    }
  }

  /// Forgets the tokens that have expired.
  ///
  /// - Throws: `StoreError`.
  public func forgetExpiredTokens() async throws {
    let now = Moment.now.microseconds
    try await store.write { _ = try $0.execute("DELETE FROM token WHERE expires_at < \(now)") }
  }

  // MARK: Names

  /// - Throws: ``AccountError`` unless the name is one to 63 letters, digits, `-` or `_`, and begins with a letter or digit.
  static func check(_ name: String, as what: String) throws(AccountError) {
    let isPlain = name.utf8.allSatisfy { byte in
      (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20) || (0x30...0x39).contains(byte)
        || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "_")
    }
    guard isPlain, (1...63).contains(name.utf8.count), name.first != "-", name.first != "_" else {
      throw AccountError(
        .invalid, "'\(name.prefix(80))' cannot be \(what)",
        hint: "Use letters, digits, '-' and '_', 63 at most.")
    }
  }

  static func requireWorkspace(_ workspace: String, in transaction: StoreTransaction) throws {
    guard try !transaction.query("SELECT 1 FROM workspace WHERE id = \(workspace)").isEmpty else {
      throw AccountError(.notFound, "there is no workspace '\(workspace)'")
    }
  }
}
