import SQLText
import Secrets
import Store

/// Values of one kind that lie sealed in the store, secret or not: what is plain today may be a secret tomorrow.
struct SealedValues: Sendable {
  enum Kind: String, Sendable {
    case variable
    case resource
  }

  struct Entry: Sendable {
    let path: String
    let type: String
    let description: String
    let changedBy: String
  }

  let kind: Kind
  let workspace: String
  let store: Store
  let key: SecretKey

  /// - Throws: ``AccountError`` when there is none; `SecretsError`; `StoreError`.
  func value(_ path: String) async throws -> (entry: Entry, value: String) {
    let found = try await store.read { [self] transaction in
      try transaction.query("SELECT * FROM sealed_value WHERE" + here + " AND path = \(path)").first
    }
    guard let row = found else { throw missing(path) }
    return (try Self.entry(row), try key.open(try row.bytes("sealed"), for: place(path)))
  }

  /// In the order of their paths.
  ///
  /// - Throws: `StoreError`.
  func entries() async throws -> [Entry] {
    try await store.read { [self] transaction in
      try transaction.query("SELECT * FROM sealed_value WHERE" + here + " ORDER BY path").map(Self.entry)
    }
  }

  /// - Throws: ``AccountError`` when it is there already, or the path cannot be; `StoreError`.
  func create(
    _ path: String, value: String, type: String, description: String, by username: String
  ) async throws {
    try Accounts.checkPath(path)
    let sealed = key.seal(value, for: place(path))
    let now = Moment.now.microseconds
    let created = try await store.write { [self] transaction in
      try Accounts.requireWorkspace(workspace, in: transaction)
      return try transaction.execute(
        """
        INSERT INTO sealed_value (workspace, kind, path, sealed, type, description, changed_by, changed_at)
        VALUES (\(workspace), \(kind.rawValue), \(path), \(sealed), \(type), \(description), \(username), \(now))
        ON CONFLICT DO NOTHING
        """)
    }
    guard created == 1 else { throw AccountError(.exists, "there is a \(kind.rawValue) '\(path)' already") }
  }

  /// Changes what is given.
  ///
  /// - Throws: ``AccountError`` when there is none; `StoreError`.
  func update(
    _ path: String, value: String?, type: String?, description: String?, by username: String
  ) async throws {
    let sealed = value.map { key.seal($0, for: place(path)) }
    let now = Moment.now.microseconds
    let changed = try await store.write { [self] transaction in
      try transaction.execute(
        """
        UPDATE sealed_value SET sealed = coalesce(\(sealed), sealed), type = coalesce(\(type), type),
          description = coalesce(\(description), description), changed_by = \(username), changed_at = \(now)
        WHERE
        """ + here + " AND path = \(path)")
    }
    guard changed == 1 else { throw missing(path) }
  }

  /// - Throws: ``AccountError`` when there is none; `StoreError`.
  func delete(_ path: String) async throws {
    let deleted = try await store.write { [self] transaction in
      try transaction.execute("DELETE FROM sealed_value WHERE" + here + " AND path = \(path)")
    }
    guard deleted == 1 else { throw missing(path) }
  }

  private var here: SQL { " workspace = \(workspace) AND kind = \(kind.rawValue)" }

  /// What a sealed value is bound to, so that it opens nowhere else.
  private func place(_ path: String) -> String { "\(kind.rawValue) \(workspace) \(path)" }

  private func missing(_ path: String) -> AccountError {
    AccountError(.notFound, "there is no \(kind.rawValue) '\(path)'")
  }

  private static func entry(_ row: StoreRow) throws -> Entry {
    Entry(
      path: try row.text("path"), type: try row.text("type"), description: try row.text("description"),
      changedBy: try row.text("changed_by"))
  }
}
