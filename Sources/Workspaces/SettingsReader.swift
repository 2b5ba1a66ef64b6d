import LakeSettings
import SQLText
import Yams

/// Reads one mapping of a YAML document strictly: every key must be asked for, every value must fit.
///
/// Errors carry the line; an unknown key gets the nearest known one.
struct SettingsReader {
  private let node: Node
  private let pairs: [(key: String, keyNode: Node, value: Node)]
  /// Where this mapping stands in the document, such as `lakes.main`, for messages.
  private let place: String

  init(_ node: Node, place: String) throws(WorkspaceError) {
    guard case .mapping(let mapping) = node else {
      throw WorkspaceError("\(place) must be a list of `key: value` lines", line: node.mark?.line)
    }
    self.node = node
    self.place = place
    var pairs: [(key: String, keyNode: Node, value: Node)] = []
    for (keyNode, value) in mapping {
      guard case .scalar(let scalar) = keyNode else {
        throw WorkspaceError("\(place) has a key that is no plain word", line: keyNode.mark?.line)
      }
      guard !pairs.contains(where: { $0.key == scalar.string }) else {
        throw WorkspaceError("\(Self.path(place, scalar.string)) stands twice", line: keyNode.mark?.line)
      }
      pairs.append((scalar.string, keyNode, value))
    }
    self.pairs = pairs
  }

  var line: Int? { node.mark?.line }

  /// All keys with their values, for mappings whose keys are names that people choose.
  var entries: [(name: String, value: Node, line: Int?)] {
    pairs.map { ($0.key, $0.value, $0.keyNode.mark?.line) }
  }

  /// Refuses every key that is not in `known`.
  func allowOnly(_ known: [String]) throws(WorkspaceError) {
    for pair in pairs where !known.contains(pair.key) {
      let isSecret = ["password", "secret", "key_id", "access_key", "secret_access_key", "token"].contains(
        pair.key)
      if isSecret, known.contains(where: { $0.hasSuffix("_env") }) {
        throw WorkspaceError(
          "\(path(pair.key)): a secret may not stand in this file",
          hint:
            "Put it into an environment variable and write \(pair.key)_env: NAME, or \(pair.key)_file: PATH",
          line: pair.keyNode.mark?.line)
      }
      let near = NearestName.suggestion(for: pair.key, among: known)
      throw WorkspaceError(
        "unknown key \(path(pair.key))",
        hint: near.map { "Did you mean '\($0)'?" } ?? "Known here: \(known.joined(separator: ", "))",
        line: pair.keyNode.mark?.line)
    }
  }

  func node(_ key: String) -> Node? { pairs.first { $0.key == key }?.value }

  func text(_ key: String) throws(WorkspaceError) -> String? {
    guard let value = node(key) else { return nil }
    guard case .scalar(let scalar) = value, !scalar.string.isEmpty else {
      throw WorkspaceError("\(path(key)) must be a text", line: value.mark?.line)
    }
    return scalar.string
  }

  func requiredText(_ key: String) throws(WorkspaceError) -> String {
    guard let text = try text(key) else {
      throw WorkspaceError("\(place) needs `\(key):`", line: line)
    }
    return text
  }

  func boolean(_ key: String) throws(WorkspaceError) -> Bool? {
    guard let value = node(key) else { return nil }
    guard let boolean = value.bool else {
      throw WorkspaceError("\(path(key)) must be true or false", line: value.mark?.line)
    }
    return boolean
  }

  func integer(_ key: String, _ range: ClosedRange<Int>) throws(WorkspaceError) -> Int? {
    guard let value = node(key) else { return nil }
    guard let number = value.int, range.contains(number) else {
      throw WorkspaceError(
        "\(path(key)) must be a whole number from \(range.lowerBound) to \(range.upperBound)",
        line: value.mark?.line)
    }
    return number
  }

  func bytes(_ key: String) throws(WorkspaceError) -> UInt64? {
    guard let text = try text(key) else { return nil }
    guard let bytes = Quantity.bytes(text) else {
      throw WorkspaceError(
        "\(path(key)) must be a size such as 4GB, not '\(text)'", line: node(key)?.mark?.line)
    }
    return bytes
  }

  func duration(_ key: String) throws(WorkspaceError) -> Duration? {
    guard let text = try text(key) else { return nil }
    guard let duration = Quantity.duration(text) else {
      throw WorkspaceError(
        "\(path(key)) must be a time such as 30s or 10m, not '\(text)'", line: node(key)?.mark?.line)
    }
    return duration
  }

  /// A list of texts, each with its line.
  func textsWithLines(_ key: String) throws(WorkspaceError) -> [(text: String, line: Int?)] {
    guard let value = node(key) else { return [] }
    guard case .sequence(let sequence) = value else {
      throw WorkspaceError("\(path(key)) must be a list of `- entry` lines", line: value.mark?.line)
    }
    var texts: [(text: String, line: Int?)] = []
    for element in sequence {
      guard case .scalar(let scalar) = element, !scalar.string.isEmpty else {
        throw WorkspaceError("\(path(key)) must hold texts only", line: element.mark?.line)
      }
      texts.append((scalar.string, element.mark?.line))
    }
    return texts
  }

  /// A secret's source from `key_env` or `key_file`.
  func secret(_ key: String, folder: String) throws(WorkspaceError) -> SecretSource? {
    if let name = try text(key + "_env") {
      guard node(key + "_file") == nil else {
        throw WorkspaceError(
          "\(path(key))_env and \(key)_file exclude each other", line: node(key + "_file")?.mark?.line)
      }
      return .environment(name)
    }
    if let path = try text(key + "_file") { return .file(WorkspaceFile.absolute(path, in: folder)) }
    return nil
  }

  /// Refuses `user:password@host`.
  func refuseCredentials(in key: String) throws(WorkspaceError) {
    guard let text = try text(key), text.contains("@") else { return }
    throw WorkspaceError("\(path(key)) may hold no user or password", line: node(key)?.mark?.line)
  }

  func path(_ key: String) -> String { Self.path(place, key) }

  private static func path(_ place: String, _ key: String) -> String {
    place == WorkspaceFile.name ? key : "\(place).\(key)"
  }
}
