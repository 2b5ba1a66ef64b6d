internal import SQLText
internal import Secrets
public import Store

/// One version of a script that a workspace keeps.
public struct StoredScript: Sendable, Codable {
  public let path: String
  /// Tells versions apart: sixteen hexadecimal digits of path, version and content.
  public let hash: String
  /// From 1.
  public let version: Int
  public let language: String
  public let content: String
  public let summary: String
  /// What it does, at more length than the summary.
  public let description: String
  /// A JSON Schema of its arguments, as JSON text; nil for one that was kept without.
  public let schema: String?
  public let createdBy: String
  public let createdAt: Moment
  /// An archived script is not listed and does not run by its path.
  public let isArchived: Bool
}

extension Accounts {
  /// Keeps a new version of a script. One that says what the last one says is not kept again.
  ///
  /// - Parameters:
  ///   - schema: a JSON Schema of its arguments, as JSON text.
  ///   - parent: the hash of the version that the new one follows, or empty text when it is to be the first; nil to follow
  ///     whatever is there.
  /// - Returns: the version that is the newest now.
  /// - Throws: ``AccountError`` when the path cannot be, or the newest version is not `parent`; `StoreError`.
  public func saveScript(
    _ path: String, of workspace: String, language: String, content: String, summary: String,
    description: String = "", schema: String? = nil, parent: String? = nil, by username: String
  ) async throws -> StoredScript {
    try Self.checkPath(path)
    let now = Moment.now
    return try await store.write { transaction in
      try Self.requireWorkspace(workspace, in: transaction)
      let last = try Self.newest(path, workspace, in: transaction)
      if let last, !last.isArchived,
        last.says(
          language: language, content: content, summary: summary, description: description, schema: schema)
      {
        return last
      }
      if let parent { try Self.check(parent, against: last, path) }
      let version = (last?.version ?? 0) + 1
      let digest = BearerToken("\(workspace) \(path) \(version) \(language)\n\(content)").hash
      let hash = String(digest.prefix(16))
      // Two that save at once: the key of the table lets one pass.
      try transaction.execute(
        """
        INSERT INTO script (workspace, hash, path, version, language, content, summary, description, schema, is_archived,
          created_by, created_at)
        VALUES (\(workspace), \(hash), \(path), \(version), \(language), \(content), \(summary), \(description), \(schema),
          \(false), \(username), \(now.microseconds))
        """)
      return StoredScript(
        path: path, hash: hash, version: version, language: language, content: content, summary: summary,
        description: description, schema: schema, createdBy: username, createdAt: now, isArchived: false)
    }
  }

  /// The newest version of a script.
  ///
  /// - Throws: ``AccountError`` when there is none, or it is archived; `StoreError`.
  public func script(_ path: String, of workspace: String) async throws -> StoredScript {
    let found = try await store.read { try Self.newest(path, workspace, in: $0) }
    guard let found, !found.isArchived else { throw AccountError(.notFound, "there is no script '\(path)'") }
    return found
  }

  /// A version of a script, be it archived.
  ///
  /// - Throws: ``AccountError`` when there is none; `StoreError`.
  public func script(hash: String, of workspace: String) async throws -> StoredScript {
    let found = try await store.read { transaction in
      try transaction.query("SELECT * FROM script WHERE workspace = \(workspace) AND hash = \(hash)").first
        .map(Self.storedScript)
    }
    guard let found else { throw AccountError(.notFound, "there is no script with the hash '\(hash)'") }
    return found
  }

  /// The newest versions, in the order of their paths.
  ///
  /// - Throws: `StoreError`.
  public func scripts(of workspace: String) async throws -> [StoredScript] {
    try await store.read { transaction in
      try transaction.query(
        """
        SELECT s.* FROM script s WHERE s.workspace = \(workspace) AND s.version =
          (SELECT max(version) FROM script n WHERE n.workspace = s.workspace AND n.path = s.path)
        ORDER BY s.path
        """
      ).map(Self.storedScript).filter { !$0.isArchived }
    }
  }

  /// Takes a script out of use; its versions are kept.
  ///
  /// - Parameter parent: the hash that its newest version must have; nil for any.
  /// - Throws: ``AccountError`` when there is none, or the newest version is another; `StoreError`.
  public func archiveScript(_ path: String, of workspace: String, parent: String? = nil) async throws {
    let changed = try await store.write { transaction in
      if let parent {
        try Self.check(parent, against: try Self.newest(path, workspace, in: transaction), path)
      }
      return try transaction.execute(
        "UPDATE script SET is_archived = \(true) WHERE workspace = \(workspace) AND path = \(path)")
    }
    guard changed > 0 else { throw AccountError(.notFound, "there is no script '\(path)'") }
  }

  /// - Parameter parent: empty for none.
  private static func check(_ parent: String, against last: StoredScript?, _ path: String)
    throws(AccountError)
  {
    let newest = last.flatMap { $0.isArchived ? nil : $0.hash } ?? ""
    guard newest != parent else { return }
    throw AccountError(
      .changed,
      newest.isEmpty
        ? "'\(path)' is no longer there" : "'\(path)' has changed meanwhile: its newest version is \(newest)")
  }

  private static func newest(
    _ path: String, _ workspace: String, in transaction: StoreTransaction
  ) throws -> StoredScript? {
    try transaction.query(
      "SELECT * FROM script WHERE workspace = \(workspace) AND path = \(path) ORDER BY version DESC LIMIT 1"
    ).first.map(storedScript)
  }

  private static func storedScript(_ row: StoreRow) throws -> StoredScript {
    StoredScript(
      path: try row.text("path"), hash: try row.text("hash"), version: try row.integer("version"),
      language: try row.text("language"), content: try row.text("content"), summary: try row.text("summary"),
      description: try row.optionalText("description") ?? "",
      schema: try row.optionalText("schema"),
      createdBy: try row.text("created_by"),
      createdAt: Moment(microseconds: Int64(try row.integer("created_at"))),
      isArchived: try row.boolean("is_archived"))
  }
}

extension StoredScript {
  /// Whether another would be the same, byte for byte: strings count as equal that are not.
  fileprivate func says(
    language: String, content: String, summary: String, description: String, schema: String?
  ) -> Bool {
    func same(_ left: String, _ right: String) -> Bool { left.utf8.elementsEqual(right.utf8) }
    return same(self.language, language) && same(self.content, content) && same(self.summary, summary)
      && same(self.description, description) && same(self.schema ?? "", schema ?? "")
  }
}
