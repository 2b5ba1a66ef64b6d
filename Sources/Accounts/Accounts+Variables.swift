/// A variable without its value.
public struct VariableEntry: Sendable {
  public let path: String
  public let isSecret: Bool
  public let description: String

  init(_ entry: SealedValues.Entry) {
    path = entry.path
    isSecret = entry.type == Self.secret
    description = entry.description
  }

  static func type(isSecret: Bool) -> String { isSecret ? secret : "plain" }

  private static let secret = "secret"
}

extension Accounts {
  private func variableValues(_ workspace: String) -> SealedValues {
    SealedValues(kind: .variable, workspace: workspace, store: store, key: key)
  }

  /// - Throws: ``AccountError`` when there is none; `SecretsError`; `StoreError`.
  public func variable(_ path: String, of workspace: String) async throws -> (
    entry: VariableEntry, value: String
  ) {
    let (entry, value) = try await variableValues(workspace).value(path)
    return (VariableEntry(entry), value)
  }

  /// In the order of their paths.
  ///
  /// - Throws: `StoreError`.
  public func variables(of workspace: String) async throws -> [VariableEntry] {
    try await variableValues(workspace).entries().map { VariableEntry($0) }
  }

  /// - Throws: ``AccountError`` when it is there already, or the path cannot be; `StoreError`.
  public func createVariable(
    _ path: String, of workspace: String, value: String, isSecret: Bool, description: String,
    by username: String
  ) async throws {
    try await variableValues(workspace).create(
      path, value: value, type: VariableEntry.type(isSecret: isSecret), description: description, by: username
    )
  }

  /// Changes what is given.
  ///
  /// - Throws: ``AccountError`` when there is none; `StoreError`.
  public func updateVariable(
    _ path: String, of workspace: String, value: String?, isSecret: Bool? = nil, description: String? = nil,
    by username: String
  ) async throws {
    try await variableValues(workspace).update(
      path, value: value, type: isSecret.map { VariableEntry.type(isSecret: $0) }, description: description,
      by: username)
  }

  /// - Throws: ``AccountError`` when there is none; `StoreError`.
  public func deleteVariable(_ path: String, of workspace: String) async throws {
    try await variableValues(workspace).delete(path)
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
