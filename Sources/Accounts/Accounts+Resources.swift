internal import SQLText
internal import Secrets
internal import Store

/// A resource without its value.
public struct ResourceEntry: Sendable {
  public let path: String
  public let resourceType: String
  public let description: String
}

extension Accounts {
  /// - Returns: the value is JSON text, as it was given.
  /// - Throws: ``AccountError`` when there is none; `SecretsError`; `StoreError`.
  public func resource(_ path: String, of workspace: String) async throws -> (
    entry: ResourceEntry, value: String
  ) {
    let found = try await store.read { transaction in
      try transaction.query("SELECT * FROM resource WHERE workspace = \(workspace) AND path = \(path)").first
    }
    guard let row = found else { throw AccountError(.notFound, "there is no resource '\(path)'") }
    let value = try key.open(try row.bytes("sealed"), for: Self.place("resource", workspace, path))
    return (try Self.resourceEntry(row), value)
  }

  /// In the order of their paths.
  ///
  /// - Parameter type: only those of one type.
  /// - Throws: `StoreError`.
  public func resources(of workspace: String, type: String? = nil) async throws -> [ResourceEntry] {
    try await store.read { transaction in
      try transaction.query("SELECT * FROM resource WHERE workspace = \(workspace) ORDER BY path")
        .map(Self.resourceEntry)
        .filter { type == nil || $0.resourceType == type }
    }
  }

  /// - Throws: ``AccountError`` when it is there already, or the path cannot be; `StoreError`.
  public func createResource(
    _ path: String, of workspace: String, value: String, type: String, description: String,
    by username: String
  ) async throws {
    try Self.checkPath(path)
    let sealed = key.seal(value, for: Self.place("resource", workspace, path))
    let now = Moment.now.microseconds
    let created = try await store.write { transaction in
      try Self.requireWorkspace(workspace, in: transaction)
      return try transaction.execute(
        """
        INSERT INTO resource (workspace, path, sealed, resource_type, description, changed_by, changed_at)
        VALUES (\(workspace), \(path), \(sealed), \(type), \(description), \(username), \(now))
        ON CONFLICT DO NOTHING
        """)
    }
    guard created == 1 else { throw AccountError(.exists, "there is a resource '\(path)' already") }
  }

  /// Changes what is given.
  ///
  /// - Throws: ``AccountError`` when there is none; `StoreError`.
  public func updateResource(
    _ path: String, of workspace: String, value: String?, type: String? = nil, description: String? = nil,
    by username: String
  ) async throws {
    let sealed = value.map { key.seal($0, for: Self.place("resource", workspace, path)) }
    let now = Moment.now.microseconds
    let changed = try await store.write { transaction in
      try transaction.execute(
        """
        UPDATE resource SET sealed = coalesce(\(sealed), sealed), resource_type = coalesce(\(type), resource_type),
          description = coalesce(\(description), description), changed_by = \(username), changed_at = \(now)
        WHERE workspace = \(workspace) AND path = \(path)
        """)
    }
    guard changed == 1 else { throw AccountError(.notFound, "there is no resource '\(path)'") }
  }

  /// - Throws: ``AccountError`` when there is none; `StoreError`.
  public func deleteResource(_ path: String, of workspace: String) async throws {
    let deleted = try await store.write {
      try $0.execute("DELETE FROM resource WHERE workspace = \(workspace) AND path = \(path)")
    }
    guard deleted == 1 else { throw AccountError(.notFound, "there is no resource '\(path)'") }
  }

  private static func resourceEntry(_ row: StoreRow) throws -> ResourceEntry {
    ResourceEntry(
      path: try row.text("path"), resourceType: try row.text("resource_type"),
      description: try row.text("description"))
  }
}
