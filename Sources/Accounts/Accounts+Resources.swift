/// A resource without its value.
public struct ResourceEntry: Sendable {
  public let path: String
  public let resourceType: String
  public let description: String
  /// The member who wrote it last.
  public let changedBy: String

  init(_ entry: SealedValues.Entry) {
    path = entry.path
    resourceType = entry.type
    description = entry.description
    changedBy = entry.changedBy
  }
}

extension Accounts {
  private func resourceValues(_ workspace: String) -> SealedValues {
    SealedValues(kind: .resource, workspace: workspace, store: store, key: key)
  }

  /// - Returns: the value is JSON text, as it was given.
  /// - Throws: ``AccountError`` when there is none; `SecretsError`; `StoreError`.
  public func resource(_ path: String, of workspace: String) async throws -> (
    entry: ResourceEntry, value: String
  ) {
    let (entry, value) = try await resourceValues(workspace).value(path)
    return (ResourceEntry(entry), value)
  }

  /// In the order of their paths.
  ///
  /// - Parameter type: only those of one type.
  /// - Throws: `StoreError`.
  public func resources(of workspace: String, type: String? = nil) async throws -> [ResourceEntry] {
    try await resourceValues(workspace).entries().map { ResourceEntry($0) }
      .filter { type == nil || $0.resourceType == type }
  }

  /// - Throws: ``AccountError`` when it is there already, or the path cannot be; `StoreError`.
  public func createResource(
    _ path: String, of workspace: String, value: String, type: String, description: String,
    by username: String
  ) async throws {
    try await resourceValues(workspace).create(
      path, value: value, type: type, description: description, by: username)
  }

  /// Changes what is given.
  ///
  /// - Throws: ``AccountError`` when there is none; `StoreError`.
  public func updateResource(
    _ path: String, of workspace: String, value: String?, type: String? = nil, description: String? = nil,
    by username: String
  ) async throws {
    try await resourceValues(workspace).update(
      path, value: value, type: type, description: description, by: username)
  }

  /// - Throws: ``AccountError`` when there is none; `StoreError`.
  public func deleteResource(_ path: String, of workspace: String) async throws {
    try await resourceValues(workspace).delete(path)
  }
}
