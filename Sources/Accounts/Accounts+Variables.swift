internal import SQLText
internal import Secrets
internal import Store

/// A variable without its value.
public struct VariableEntry: Sendable {
  public let path: String
  public let isSecret: Bool
  public let description: String
}

// Values of variables and resources lie sealed in the store, secret or not: what is one today may be the other tomorrow.
extension Accounts {
  /// - Throws: ``AccountError`` when there is none; `SecretsError`; `StoreError`.
  public func variable(_ path: String, of workspace: String) async throws -> (
    entry: VariableEntry, value: String
  ) {
    let found = try await store.read { transaction in
      try transaction.query("SELECT * FROM variable WHERE workspace = \(workspace) AND path = \(path)").first
    }
    guard let row = found else { throw AccountError(.notFound, "there is no variable '\(path)'") }
    let value = try key.open(try row.bytes("sealed"), for: Self.place("variable", workspace, path))
    return (try Self.variableEntry(row), value)
  }

  /// In the order of their paths.
  ///
  /// - Throws: `StoreError`.
  public func variables(of workspace: String) async throws -> [VariableEntry] {
    try await store.read { transaction in
      try transaction.query("SELECT * FROM variable WHERE workspace = \(workspace) ORDER BY path").map(
        Self.variableEntry)
    }
  }

  /// - Throws: ``AccountError`` when it is there already, or the path cannot be; `StoreError`.
  public func createVariable(
    _ path: String, of workspace: String, value: String, isSecret: Bool, description: String,
    by username: String
  ) async throws {
    try Self.checkPath(path)
    let sealed = key.seal(value, for: Self.place("variable", workspace, path))
    let now = Moment.now.microseconds
    let created = try await store.write { transaction in
      try Self.requireWorkspace(workspace, in: transaction)
      return try transaction.execute(
        """
        INSERT INTO variable (workspace, path, sealed, is_secret, description, changed_by, changed_at)
        VALUES (\(workspace), \(path), \(sealed), \(isSecret), \(description), \(username), \(now))
        ON CONFLICT DO NOTHING
        """)
    }
    guard created == 1 else { throw AccountError(.exists, "there is a variable '\(path)' already") }
  }

  /// Changes what is given.
  ///
  /// - Throws: ``AccountError`` when there is none; `StoreError`.
  public func updateVariable(
    _ path: String, of workspace: String, value: String?, isSecret: Bool? = nil, description: String? = nil,
    by username: String
  ) async throws {
    let sealed = value.map { key.seal($0, for: Self.place("variable", workspace, path)) }
    let now = Moment.now.microseconds
    let changed = try await store.write { transaction in
      try transaction.execute(
        """
        UPDATE variable SET sealed = coalesce(\(sealed), sealed), is_secret = coalesce(\(isSecret), is_secret),
          description = coalesce(\(description), description), changed_by = \(username), changed_at = \(now)
        WHERE workspace = \(workspace) AND path = \(path)
        """)
    }
    guard changed == 1 else { throw AccountError(.notFound, "there is no variable '\(path)'") }
  }

  /// - Throws: ``AccountError`` when there is none; `StoreError`.
  public func deleteVariable(_ path: String, of workspace: String) async throws {
    let deleted = try await store.write {
      try $0.execute("DELETE FROM variable WHERE workspace = \(workspace) AND path = \(path)")
    }
    guard deleted == 1 else { throw AccountError(.notFound, "there is no variable '\(path)'") }
  }

  private static func variableEntry(_ row: StoreRow) throws -> VariableEntry {
    VariableEntry(
      path: try row.text("path"), isSecret: try row.boolean("is_secret"),
      description: try row.text("description"))
  }

  static func place(_ kind: String, _ workspace: String, _ path: String) -> String {
    "\(kind) \(workspace) \(path)"
  }

  /// - Throws: ``AccountError`` unless the path is `u/…`, `f/…` or `g/…` with at least one more part.
  static func checkPath(_ path: String) throws(AccountError) {
    let parts = path.split(separator: "/", omittingEmptySubsequences: false)
    let isClean = parts.allSatisfy { part in
      !part.isEmpty && part != "." && part != ".."
        && part.unicodeScalars.allSatisfy {
          $0.value > 0x20 && $0.value != 0x7F && !"\"'`\\?#%".unicodeScalars.contains($0)
        }
    }
    guard parts.count >= 2, ["u", "f", "g"].contains(parts[0]), isClean, path.utf8.count <= 255 else {
      throw AccountError(
        .invalid, "'\(path.prefix(80))' cannot be a path",
        hint: "Write u/USER/NAME, f/FOLDER/NAME or g/GROUP/NAME.")
    }
  }
}
