internal import JSON
internal import Scripts
internal import Signatures
public import Sync

extension SyncServer {
  /// What became of one change.
  public struct Outcome: Sendable {
    /// What is remembered of the item; nil when it is gone.
    public let record: SyncState.Record?
    /// What people are to know; nil for nothing.
    public let note: String?
  }

  /// What is wrong with a change that the server would refuse: a script of SQL that cannot be read.
  public static func problem(with change: SyncPlan.Change) -> String? {
    guard change.key.kind == .script, let item = change.new, item.settings["schema"] == nil,
      let language = item.language.flatMap({ ScriptLanguage(named: $0) })
    else { return nil }
    do {
      _ = try Signature(of: item.text ?? "", language: language, path: item.key.path)
      return nil
    } catch { return error.description }
  }

  /// Makes the server's item as the folder has it.
  ///
  /// - Throws: `SyncError` with what is changed and the server's refusal; `CancellationError`.
  public func apply(_ change: SyncPlan.Change) async throws -> Outcome {
    do {
      guard let item = change.new else {
        do { return try await remove(change) } catch let refusal as ServerRefusal where refusal.status == 404
        {
          return Outcome(record: nil, note: nil)
        }
      }
      let version: String?
      var note: String?
      switch change.key.kind {
      case .folder: (version, note) = (nil, try await keepFolder(item, isNew: change.old == nil))
      case .variable: (version, note) = (nil, try await keepVariable(item, isNew: change.old == nil))
      case .resource: (version, note) = (nil, try await keepResource(item, isNew: change.old == nil))
      case .script: version = try await keepScript(item, parent: change.old?.version ?? "")
      }
      let kept = SyncItem(
        item.key, settings: item.masked.settings, text: item.text, language: item.language, version: version)
      return Outcome(record: SyncPlan.record(folder: item, server: kept), note: note)
    } catch let refusal as ServerRefusal {
      throw SyncError("\(change.key.text): \(refusal)")
    }
  }

  private func keepScript(_ item: SyncItem, parent: String) async throws -> String {
    var body = JSONObject(pairs: [
      "path": .string(item.key.path), "language": .string(item.language ?? ""),
      "content": .string(item.text ?? ""), "parent_hash": .string(parent),
    ])
    for name in ["summary", "description", "schema"] { body[name] = item.settings[name] }
    return try await connection.change("POST", "scripts/create", body: body)
  }

  private func keepResource(_ item: SyncItem, isNew: Bool) async throws -> String? {
    let known = isNew ? nil : try await connection.find("resources/get_value", item.key.path)
    let (value, missing) = SecretMask.filled(item.settings["value"] ?? .null, from: known)
    var body = JSONObject(pairs: [
      "resource_type": item.settings["resource_type"] ?? .null,
      "description": item.settings["description"] ?? .string(""), "value": value,
    ])
    if isNew {
      body["path"] = .string(item.key.path)
      _ = try await connection.change("POST", "resources/create", body: body)
    } else {
      _ = try await connection.change("POST", "resources/update", item.key.path, body: body)
    }
    guard !missing.isEmpty else { return nil }
    let names = missing.map { "'\($0)'" }.joined(separator: ", ")
    return
      "\(item.key.text): \(names) of the value is empty on the server, which has never had it. Set it there"
  }

  private func keepVariable(_ item: SyncItem, isNew: Bool) async throws -> String? {
    let isSecret = item.settings["is_secret"]?.bool ?? false
    var body = JSONObject(pairs: [
      "is_secret": .bool(isSecret), "description": item.settings["description"] ?? .string(""),
    ])
    if let value = item.settings["value"] { body["value"] = value }
    guard isNew else {
      _ = try await connection.change("POST", "variables/update", item.key.path, body: body)
      return nil
    }
    body["path"] = .string(item.key.path)
    if isSecret { body["value"] = .string("") }
    _ = try await connection.change("POST", "variables/create", body: body)
    return isSecret
      ? "\(item.key.text): the secret is empty on the server, which has never had it. Set it there" : nil
  }

  private func keepFolder(_ item: SyncItem, isNew: Bool) async throws -> String? {
    let name = String(item.key.path.dropFirst(2))
    let body = JSONObject(pairs: [
      "summary": item.settings["summary"] ?? .string(""), "owners": item.settings["owners"] ?? .array([]),
      "extra_perms": item.settings["extra_perms"] ?? .object(JSONObject()),
    ])
    if isNew {
      var first = body
      first["name"] = .string(name)
      _ = try await connection.change("POST", "folders/create", body: first)
    }
    // Who makes a folder owns it, until the file's owners take over.
    _ = try await connection.change("POST", "folders/update", name, body: body)
    return nil
  }

  private func remove(_ change: SyncPlan.Change) async throws -> Outcome {
    let path = change.key.path
    switch change.key.kind {
    case .script:
      let parent = change.old?.version.map { [("parent_hash", $0)] } ?? []
      _ = try await connection.change("POST", "scripts/archive/p", path, parent)
    case .variable: _ = try await connection.change("DELETE", "variables/delete", path)
    case .resource: _ = try await connection.change("DELETE", "resources/delete", path)
    case .folder:
      do {
        _ = try await connection.change("DELETE", "folders/delete", String(path.dropFirst(2)))
      } catch let refusal as ServerRefusal where refusal.status == 400 {
        // Its rights guard the versions of scripts that were in it.
        return Outcome(record: nil, note: "\(change.key.text) stays on the server: \(refusal.message)")
      }
    }
    return Outcome(record: nil, note: nil)
  }
}
