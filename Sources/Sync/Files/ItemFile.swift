public import JSON
internal import SQLText

/// What stands in an item's file of YAML.
public enum ItemFile {
  /// The text of an item's file of YAML; nil of a script of which there is nothing to say beside its text.
  public static func text(of item: SyncItem) -> String? {
    var settings = item.settings
    if let language = item.language, !FileLayout.isTold(language) { settings["language"] = .string(language) }
    return item.key.kind == .script && settings.members.isEmpty ? nil : YAMLWriter.text(of: settings)
  }

  /// Reads a file of YAML.
  ///
  /// - Parameters:
  ///   - kind: what the file's name says that it is.
  ///   - file: what errors call it.
  /// - Returns: the settings in their fixed order; a script's language where the file names one; the names of settings of
  ///   Windmill's that Tarn has not, and which are left aside.
  /// - Throws: ``SyncError``.
  public static func read(_ text: String, kind: SyncKind, file: String) throws(SyncError) -> (
    settings: JSONObject, language: String?, leftAside: [String]
  ) {
    let found = Members(try YAMLValue.object(of: text, file: file), file)
    let known: [String]
    let foreign: [String]
    switch kind {
    case .script:
      known = ["summary", "description", "schema", "language"]
      foreign = [
        "lock", "kind", "tag", "is_template", "no_main_func", "has_preprocessor", "codebase", "assets",
      ]
    case .resource: (known, foreign) = (["resource_type", "description", "value"], ["is_oauth", "labels"])
    case .variable:
      (known, foreign) = (["description", "is_secret", "value"], ["is_oauth", "account", "labels"])
    case .folder:
      (known, foreign) = (["summary", "owners", "extra_perms"], ["display_name", "default_permissioned_as"])
    }
    let leftAside = try found.allowOnly(known, leavingAside: foreign)
    switch kind {
    case .script:
      return (
        Self.script(
          summary: try found.text("summary"), description: try found.text("description"),
          schema: try found.object("schema")), try found.optionalText("language"), leftAside
      )
    case .resource:
      guard let type = try found.optionalText("resource_type") else {
        throw SyncError("\(file): there is no 'resource_type', such as postgresql")
      }
      return (
        resource(
          type: type, description: try found.text("description"), value: found.value("value") ?? .null),
        nil, leftAside
      )
    case .variable:
      let isSecret = try found.bool("is_secret") ?? false
      let value = try found.optionalText("value")
      guard !isSecret || value == nil else {
        throw SyncError(
          "\(file): a secret's value does not belong in a file. Take 'value' out, and set it on the server")
      }
      guard isSecret || value != nil else {
        throw SyncError("\(file): there is no 'value', which must be text; a secret says is_secret: true")
      }
      return (
        variable(isSecret: isSecret, description: try found.text("description"), value: value), nil, leftAside
      )
    case .folder:
      return (
        folder(
          summary: try found.text("summary"), owners: try found.texts("owners"),
          others: try found.object("extra_perms") ?? JSONObject()), nil, leftAside
      )
    }
  }

  /// A script's settings.
  ///
  /// - Parameter schema: nil for what its text says.
  public static func script(summary: String, description: String, schema: JSONObject?) -> JSONObject {
    var settings = JSONObject()
    if !summary.isEmpty { settings["summary"] = .string(summary) }
    if !description.isEmpty { settings["description"] = .string(description) }
    if let schema { settings["schema"] = .object(schema) }
    return settings
  }

  /// A resource's settings.
  public static func resource(type: String, description: String, value: JSONValue) -> JSONObject {
    var settings = JSONObject(pairs: ["resource_type": .string(type)])
    if !description.isEmpty { settings["description"] = .string(description) }
    settings["value"] = value
    return settings
  }

  /// A variable's settings.
  ///
  /// - Parameter value: nil of a secret.
  public static func variable(isSecret: Bool, description: String, value: String?) -> JSONObject {
    var settings = JSONObject()
    if !description.isEmpty { settings["description"] = .string(description) }
    if isSecret { settings["is_secret"] = .bool(true) } else { settings["value"] = .string(value ?? "") }
    return settings
  }

  /// A folder's settings.
  ///
  /// - Parameters:
  ///   - owners: such as `u/ann`.
  ///   - others: by who they are, true for those who may write.
  public static func folder(summary: String, owners: [String], others: JSONObject) -> JSONObject {
    var settings = JSONObject()
    if !summary.isEmpty { settings["summary"] = .string(summary) }
    settings["owners"] = .array(owners.sorted().map(JSONValue.string))
    if !others.members.isEmpty {
      settings["extra_perms"] = .object(JSONObject(others.members.sorted { $0.key < $1.key }))
    }
    return settings
  }
}

/// The members of a file, each to be of its type.
private struct Members {
  let object: JSONObject
  let file: String

  init(_ object: JSONObject, _ file: String) {
    self.object = object
    self.file = file
  }

  /// - Returns: those that are left aside.
  func allowOnly(_ known: [String], leavingAside foreign: [String]) throws(SyncError) -> [String] {
    var leftAside: [String] = []
    for key in object.keys where !known.contains(key) {
      guard !foreign.contains(key) else {
        leftAside.append(key)
        continue
      }
      let near = NearestName.suggestion(for: key, among: known)
      throw SyncError(
        "\(file): unknown key '\(key)'. "
          + (near.map { "Did you mean '\($0)'?" } ?? "Known here: \(known.joined(separator: ", "))"))
    }
    return leftAside
  }

  func value(_ name: String) -> JSONValue? {
    if case .null = object[name] { return nil }
    return object[name]
  }

  func text(_ name: String) throws(SyncError) -> String { try optionalText(name) ?? "" }

  func optionalText(_ name: String) throws(SyncError) -> String? {
    guard let value = value(name) else { return nil }
    guard let text = value.string else { throw problem(name, "text; put it in quotes") }
    return text
  }

  func bool(_ name: String) throws(SyncError) -> Bool? {
    guard let value = value(name) else { return nil }
    guard let bool = value.bool else { throw problem(name, "true or false") }
    return bool
  }

  func object(_ name: String) throws(SyncError) -> JSONObject? {
    guard let value = value(name) else { return nil }
    guard let object = value.object else { throw problem(name, "a list of `key: value` lines") }
    return object
  }

  func texts(_ name: String) throws(SyncError) -> [String] {
    guard let value = value(name) else { return [] }
    guard let elements = value.array else { throw problem(name, "a list of texts") }
    var texts: [String] = []
    for element in elements {
      guard let text = element.string else { throw problem(name, "a list of texts") }
      texts.append(text)
    }
    return texts
  }

  private func problem(_ name: String, _ form: String) -> SyncError {
    SyncError("\(file): '\(name)' must be \(form)")
  }
}
