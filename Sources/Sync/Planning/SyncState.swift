internal import JSON

/// What a folder remembers of one workspace of one server: what both sides were when they were last the same.
public struct SyncState: Sendable {
  /// What is remembered of an item.
  public struct Record: Sendable, Hashable {
    /// Of what the server has.
    public let server: SyncItem.Fingerprint
    /// Of what the folder has: another where a file holds a secret in clear.
    public let local: SyncItem.Fingerprint
    /// The hash of the server's version, of kinds that have versions.
    public let version: String?

    public init(server: SyncItem.Fingerprint, local: SyncItem.Fingerprint, version: String?) {
      self.server = server
      self.local = local
      self.version = version
    }
  }

  public var records: [SyncKey: Record] = [:]
  /// What a pull is writing into the folder. When it is killed, files that are as they were or as they were to become are
  /// its own work, and nobody's changes. Of what it removes, nothing is to be there.
  public var pulling: [SyncKey: SyncItem.Fingerprint?] = [:]

  public init() {}
}

/// The states of a folder, one for each workspace that it is kept the same as, and their file.
public struct SyncStates: Sendable {
  private var states: [String: SyncState] = [:]
  private static let format = 1

  public init() {}

  /// - Parameter target: which workspace of which server.
  public subscript(target: String) -> SyncState {
    get { states[target] ?? SyncState() }
    set { states[target] = newValue }
  }

  /// The file's text.
  public var text: String {
    let targets = states.sorted { $0.key < $1.key }.map { target, state in
      let records = state.records.sorted { $0.key < $1.key }.map { key, record in
        var object = JSONObject(pairs: ["server": Self.value(record.server)])
        if record.local != record.server { object["local"] = Self.value(record.local) }
        if let version = record.version { object["version"] = .string(version) }
        return JSONObject.Member(key: key.text, value: .object(object))
      }
      let pulling = state.pulling.sorted { $0.key < $1.key }.map { key, print in
        JSONObject.Member(key: key.text, value: print.map(Self.value) ?? .null)
      }
      let object = JSONObject(pairs: [
        "items": .object(JSONObject(records)), "pulling": .object(JSONObject(pulling)),
      ])
      return JSONObject.Member(key: target, value: .object(object))
    }
    return JSONValue.object(
      JSONObject(pairs: ["format": .int(Self.format), "targets": .object(JSONObject(targets))])
    ).text + "\n"
  }

  /// - Throws: ``SyncError`` when the text is none of ours.
  public init(text: String, file: String) throws(SyncError) {
    let problem = SyncError(
      "\(file) cannot be read. Take it away to begin anew: what differs is then told as a conflict")
    guard let root = (try? JSONValue(parsing: text))?.object, let targets = root["targets"]?.object else {
      throw problem
    }
    guard root["format"]?.int == Self.format else {
      throw SyncError("\(file) was written by another version of tarn. Take it away to begin anew")
    }
    for target in targets.members {
      var state = SyncState()
      for member in target.value.object?["items"]?.object?.members ?? [] {
        guard let key = SyncKey(text: member.key), let server = Self.print(member.value.object?["server"])
        else { throw problem }
        state.records[key] = SyncState.Record(
          server: server, local: Self.print(member.value.object?["local"]) ?? server,
          version: member.value.object?["version"]?.string)
      }
      for member in target.value.object?["pulling"]?.object?.members ?? [] {
        guard let key = SyncKey(text: member.key) else { throw problem }
        state.pulling.updateValue(Self.print(member.value), forKey: key)
      }
      states[target.key] = state
    }
  }

  private static func value(_ print: SyncItem.Fingerprint) -> JSONValue {
    .array([.string(print.text), .string(print.settings)])
  }

  private static func print(_ value: JSONValue?) -> SyncItem.Fingerprint? {
    let texts = value?.array?.compactMap(\.string) ?? []
    return texts.count == 2 ? SyncItem.Fingerprint(text: texts[0], settings: texts[1]) : nil
  }
}
