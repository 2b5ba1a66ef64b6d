public import Foundation
internal import HTTPClient
internal import JSON
internal import Signatures
public import Sync

/// One workspace of a server, as its API shows it to the owner of a token.
public struct SyncServer: Sendable {
  let connection: ServerConnection

  /// How many values are asked for at the same time.
  private static let width = 8

  /// - Parameter address: without a slash at its end.
  public init(_ address: URL, workspace: String, token: String) {
    connection = ServerConnection(
      base: address.absoluteString, workspace: workspace, token: token,
      transport: CurlTransport(maximumConnections: Self.width))
  }

  /// Which workspace of which server this is, as states have it.
  public var name: String { "\(connection.base) \(connection.workspace)" }

  /// Lets go of connections.
  public func close() { connection.transport.close() }

  /// All that the workspace holds and the token shows.
  ///
  /// - Throws: `SyncError`, also with the server's refusal; `CancellationError`.
  public func items() async throws -> [SyncKey: SyncItem] {
    do {
      let lists = [try await folders(), try await variables(), try await resources(), try await scripts()]
      return Dictionary(lists.joined().map { ($0.key, $0) }) { $1 }
    } catch let refusal as ServerRefusal { throw SyncError(refusal.description) }
  }

  private func folders() async throws -> [SyncItem] {
    var items: [SyncItem] = []
    for page in 1... {
      let entries = try await connection.list("folders/list", [("per_page", "1000"), ("page", "\(page)")])
      for entry in entries {
        items.append(
          SyncItem(
            SyncKey(.folder, "f/" + Self.text(entry, "name")),
            settings: ItemFile.folder(
              summary: Self.text(entry, "summary"),
              owners: entry["owners"]?.array?.compactMap(\.string) ?? [],
              others: entry["extra_perms"]?.object ?? JSONObject())))
      }
      if entries.count < 1000 { break }
    }
    return items
  }

  private func variables() async throws -> [SyncItem] {
    try await each(try await connection.list("variables/list")) { entry in
      let path = Self.text(entry, "path")
      let isSecret = entry["is_secret"]?.bool ?? true
      var value: String?
      if !isSecret {
        // One that is gone since the list was made is not there.
        guard let found = try await connection.find("variables/get_value", path) else { return nil }
        value = found.string
      }
      return SyncItem(
        SyncKey(.variable, path),
        settings: ItemFile.variable(
          isSecret: isSecret, description: Self.text(entry, "description"), value: value))
    }
  }

  private func resources() async throws -> [SyncItem] {
    try await each(try await all("resources/list")) { entry in
      let path = Self.text(entry, "path")
      guard let value = try await connection.find("resources/get_value", path) else { return nil }
      return SyncItem(
        SyncKey(.resource, path),
        settings: ItemFile.resource(
          type: Self.text(entry, "resource_type"), description: Self.text(entry, "description"),
          value: SecretMask.masked(value)))
    }
  }

  private func scripts() async throws -> [SyncItem] {
    try await all("scripts/list").map { entry in
      let (path, language) = (Self.text(entry, "path"), Self.text(entry, "language"))
      let text = Self.text(entry, "content")
      let schema = entry["schema"]?.object
      let isTold = JSONValue.object(schema ?? JSONObject()).sortedText == Self.told(text, language, path)
      return SyncItem(
        SyncKey(.script, path),
        settings: ItemFile.script(
          summary: Self.text(entry, "summary"), description: Self.text(entry, "description"),
          schema: isTold ? nil : schema), text: text, language: language, version: entry["hash"]?.string)
    }
  }

  /// The schema that follows from a script's text; nil where none does.
  private static func told(_ text: String, _ language: String, _ path: String) -> String? {
    guard let language = ScriptLanguage(named: language),
      let signature = try? Signature(of: text, language: language, path: path)
    else { return nil }
    return JSONValue.object(signature.schema).sortedText
  }

  /// All entries of a list of paths, page by page.
  private func all(_ route: String) async throws -> [JSONObject] {
    var entries: [JSONObject] = []
    while true {
      let last = entries.last.map { Self.text($0, "path") } ?? ""
      let page = try await connection.list(route, [("after", last), ("per_page", "100")])
      entries += page
      if page.count < 100 { return entries }
    }
  }

  private func each(
    _ entries: [JSONObject], _ item: @escaping @Sendable (JSONObject) async throws -> SyncItem?
  ) async throws -> [SyncItem] {
    try await withThrowingTaskGroup(of: SyncItem?.self) { group in
      var items: [SyncItem] = []
      for (index, entry) in entries.enumerated() {
        if index >= Self.width, let found = try await group.next() { items += found.map { [$0] } ?? [] }
        group.addTask { try await item(entry) }
      }
      for try await found in group { items += found.map { [$0] } ?? [] }
      return items
    }
  }

  private static func text(_ entry: JSONObject, _ name: String) -> String { entry[name]?.string ?? "" }
}
