public import Loader

/// What a declared load on a server names of its workspace: variables by `$var:PATH`, resources by `$res:PATH`, scripts by their paths.
///
/// A load that is read with references sees neither the environment nor the files of the machine.
public struct LoadReferences: Sendable {
  private let values: [String: JSONValue]
  private let scripts: [String: String]

  /// - Parameters:
  ///   - values: what variables and resources are, by what names them.
  ///   - scripts: the texts of scripts in Python, by their paths.
  public init(values: [String: JSONValue], scripts: [String: String]) {
    self.values = values
    self.scripts = scripts
  }

  /// The variables and resources that a load's source names.
  public static func named(in document: LoadDocument) -> Set<String> {
    document.value.object?["source"].map(names) ?? []
  }

  /// The path of the script that a load's source names; nil when it is none.
  public static func script(in document: LoadDocument) -> String? {
    guard let python = document.value.object?["source"]?.object?["python"] else { return nil }
    return python.string ?? python.object?["script"]?.string
  }

  private static func names(in value: JSONValue) -> Set<String> {
    if let text = value.string { return isReference(text) ? [text] : [] }
    if let elements = value.array { return elements.reduce(into: []) { $0.formUnion(names(in: $1)) } }
    return value.object?.members.reduce(into: []) { $0.formUnion(names(in: $1.value)) } ?? []
  }

  static func isReference(_ text: String) -> Bool { text.hasPrefix("$var:") || text.hasPrefix("$res:") }

  /// The text of a variable.
  ///
  /// - Throws: `LoadError` with code `declaration`.
  func variable(_ reference: String, at key: String) throws(LoadError) -> String {
    guard reference.hasPrefix("$var:"), let text = values[reference]?.string else {
      throw LoadError(
        .declaration, "\(key) must name a variable: $var:PATH", hint: "A secret may not stand in this text.",
        key: key)
    }
    return text
  }

  /// The fields of a resource.
  ///
  /// - Throws: `LoadError` with code `declaration`.
  func resource(_ reference: String, at key: String) throws(LoadError) -> JSONObject {
    guard reference.hasPrefix("$res:"), let object = values[reference]?.object else {
      throw LoadError(.declaration, "\(key) must name a resource of the workspace: $res:PATH", key: key)
    }
    return object
  }

  /// - Throws: `LoadError` with code `declaration`.
  func script(_ path: String) throws(LoadError) -> String {
    guard let text = scripts[path] else {
      throw LoadError(
        .declaration, "there is no script '\(path)' in the workspace",
        hint: "Keep it with POST …/scripts/create.",
        key: "source.python")
    }
    return text
  }

  /// The variables whose values are text, by what names them.
  var variables: [String: String] {
    values.filter { $0.key.hasPrefix("$var:") }.compactMapValues { $0.string }
  }

  /// What is said where something of the machine is named.
  static func closed(_ key: String) -> LoadError {
    LoadError(
      .declaration,
      "\(key) names the environment or a file of the machine, which a server's loads do not see",
      hint: "Name variables and resources of the workspace: $var:PATH, $res:PATH.", key: key)
  }
}
