public import Loader
import SQLText

/// A Python script whose function yields the rows of a load.
public struct DeclaredScript: Sendable, Hashable {
  /// The script's file; a relative path starts in the present folder, which is the workspace's.
  public var path: String
  /// The function that is called.
  public var function = "main"
  /// What it is called with: texts are read by the function's annotations, other values are what they are.
  public var arguments: [String: JSONValue] = [:]
  /// The Python that runs it; nil to find one.
  public var python: String?
  /// Its text, where it is a script of a server's workspace.
  public var text: String?

  public init(_ path: String) { self.path = path }

  /// Whether a path is one of a script.
  static func isScript(_ path: String) -> Bool { path.lowercased().hasSuffix(".py") && !path.contains("://") }

  /// Reads what stands at `source.python`: a path, or an object.
  ///
  /// - Throws: `LoadError` with code `declaration`.
  init(_ value: JSONValue, _ references: LoadReferences?) throws(LoadError) {
    if let path = value.string {
      self.init(path)
      text = try references?.script(path)
      return
    }
    guard let object = value.object, let path = object["script"]?.string, !path.isEmpty else {
      throw LoadError(
        .declaration, "source.python needs `script:`", hint: "Write source: {python: {script: feed.py}}.",
        key: "source.python")
    }
    self.init(path)
    text = try references?.script(path)
    for member in object.members {
      let key = "source.python.\(member.key)"
      switch member.key {
      case "script": break
      case "function": function = try Self.text(member.value, key)
      case "python":
        guard references == nil else { throw LoadReferences.closed(key) }
        python = try Self.text(member.value, key)
      case "args":
        guard let given = member.value.object else {
          throw LoadError(.declaration, "\(key) must be a list of `name: value` lines", key: key)
        }
        arguments = given.members.reduce(into: [:]) { $0[$1.key] = $1.value }
      default:
        let known = ["script", "function", "args", "python"]
        let near = NearestName.suggestion(for: member.key, among: known)
        throw LoadError(
          .declaration, "unknown key \(key)",
          hint: near.map { "Did you mean '\($0)'?" } ?? "Known here: \(known.joined(separator: ", ")).",
          key: key)
      }
    }
  }

  private static func text(_ value: JSONValue, _ key: String) throws(LoadError) -> String {
    guard let text = value.string, !text.isEmpty else {
      throw LoadError(.declaration, "\(key) must be a text", key: key)
    }
    return text
  }

  /// The script in the words of a declared load.
  var document: JSONValue {
    guard function != "main" || !arguments.isEmpty || python != nil else { return .string(path) }
    var object = JSONObject(pairs: ["script": .string(path)])
    if function != "main" { object["function"] = .string(function) }
    if !arguments.isEmpty {
      let members = arguments.sorted { $0.key < $1.key }
      object["args"] = .object(JSONObject(members.map { .init(key: $0.key, value: $0.value) }))
    }
    object["python"] = python.map { .string($0) }
    return .object(JSONObject(pairs: ["python": .object(object)]))
  }
}
