import LakeSettings
import SQLText
import Yams

/// Reads one mapping of a declaration strictly: every key must be known, every value must fit. Errors carry the line.
struct DeclarationReader {
  typealias Pair = (key: String, keyNode: Node, value: Node)

  let node: Node
  /// Where this mapping stands in the document, such as `client.auth`, for messages.
  let place: String
  /// Where the declaration's secrets are.
  let secrets: RESTSecretPlace
  private(set) var pairs: [Pair]

  /// - Parameter defaults: gives the keys that the mapping leaves out.
  init(_ node: Node, place: String, secrets: RESTSecretPlace, defaults: DeclarationReader? = nil)
    throws(RESTSourceError)
  {
    guard case .mapping(let mapping) = node else {
      throw RESTSourceError(
        .declaration, "\(place) must be a list of `key: value` lines", line: node.mark?.line)
    }
    self.node = node
    self.place = place
    self.secrets = secrets
    var pairs: [Pair] = []
    for (keyNode, value) in mapping {
      guard case .scalar(let scalar) = keyNode else {
        throw RESTSourceError(
          .declaration, "\(place) has a key that is no plain word", line: keyNode.mark?.line)
      }
      guard !pairs.contains(where: { $0.key == scalar.string }) else {
        throw RESTSourceError(
          .declaration, "\(place).\(scalar.string) stands twice", line: keyNode.mark?.line)
      }
      pairs.append((scalar.string, keyNode, value))
    }
    for pair in defaults?.pairs ?? [] where !pairs.contains(where: { $0.key == pair.key }) {
      pairs.append(pair)
    }
    self.pairs = pairs
  }

  var line: Int? { node.mark?.line }

  func error(_ message: String, hint: String? = nil, at key: String? = nil) -> RESTSourceError {
    let line = key.flatMap { key in pairs.first { $0.key == key }?.keyNode.mark?.line } ?? self.line
    return RESTSourceError(
      .declaration, key.map { "\(place).\($0) \(message)" } ?? "\(place) \(message)", hint: hint, line: line)
  }

  /// Refuses every key that is not in `known`; those in `refused` with what to do instead.
  func allowOnly(_ known: [String], refused: [String: String] = [:]) throws(RESTSourceError) {
    for pair in pairs where !known.contains(pair.key) {
      if known.contains(pair.key + "_env") {
        if case .scalar(let scalar) = pair.value, RESTSecretPlace.isReference(scalar.string) { continue }
        throw error(
          "is a secret and may not stand in this file",
          hint:
            "Put it into an environment variable and write \(pair.key)_env: NAME, or \(pair.key)_file: PATH",
          at: pair.key)
      }
      if let instead = refused[pair.key] { throw error("is not read here", hint: instead, at: pair.key) }
      let near = NearestName.suggestion(for: pair.key, among: known)
      throw error(
        "is an unknown key",
        hint: near.map { "Did you mean '\($0)'?" } ?? "Known here: \(known.joined(separator: ", "))",
        at: pair.key)
    }
  }

  /// The value of a key; nil when it is left out or `null`.
  func node(_ key: String) -> Node? {
    guard let value = pairs.first(where: { $0.key == key })?.value, !value.isNull else { return nil }
    return value
  }

  /// Whether the key is there with the value `null`.
  func isNull(_ key: String) -> Bool { pairs.first { $0.key == key }?.value.isNull ?? false }

  func reader(_ key: String, defaults: DeclarationReader? = nil) throws(RESTSourceError) -> DeclarationReader?
  {
    guard let value = node(key) else { return defaults }
    return try DeclarationReader(value, place: "\(place).\(key)", secrets: secrets, defaults: defaults)
  }

  func text(_ key: String) throws(RESTSourceError) -> String? {
    guard let value = node(key) else { return nil }
    guard case .scalar(let scalar) = value, !scalar.string.isEmpty else {
      throw error("must be a text", at: key)
    }
    return scalar.string
  }

  func requiredText(_ key: String) throws(RESTSourceError) -> String {
    guard let text = try text(key) else { throw error("needs `\(key):`") }
    return text
  }

  func boolean(_ key: String) throws(RESTSourceError) -> Bool? {
    guard let value = node(key) else { return nil }
    guard let boolean = value.bool else { throw error("must be true or false", at: key) }
    return boolean
  }

  func integer(_ key: String, _ range: ClosedRange<Int>) throws(RESTSourceError) -> Int? {
    guard let value = node(key) else { return nil }
    guard let number = value.int, range.contains(number) else {
      throw error("must be a whole number from \(range.lowerBound) to \(range.upperBound)", at: key)
    }
    return number
  }

  func number(_ key: String) throws(RESTSourceError) -> Double? {
    guard let value = node(key) else { return nil }
    guard let number = value.float, number.isFinite, number >= 0 else {
      throw error("must be a number", at: key)
    }
    return number
  }

  func duration(_ key: String) throws(RESTSourceError) -> Duration? {
    guard let text = try text(key) else { return nil }
    guard let duration = Quantity.duration(text) else {
      throw error("must be a time such as 30s or 10m, not '\(text)'", at: key)
    }
    return duration
  }

  func bytes(_ key: String) throws(RESTSourceError) -> Int? {
    guard let text = try text(key) else { return nil }
    guard let bytes = Quantity.bytes(text) else {
      throw error("must be a size such as 64MB, not '\(text)'", at: key)
    }
    return Int(bytes)
  }

  func path(_ key: String) throws(RESTSourceError) -> JSONPath? {
    guard let text = try text(key) else { return nil }
    do { return try JSONPath(text) } catch { throw self.error("cannot be used", hint: "\(error)", at: key) }
  }

  /// One of the words of an enumeration.
  func word<Word: RawRepresentable & CaseIterable>(
    _ key: String, _ type: Word.Type
  ) throws(RESTSourceError) -> Word? where Word.RawValue == String {
    guard let text = try text(key) else { return nil }
    if let word = Word(rawValue: text) ?? Word(rawValue: text.uppercased()) { return word }
    let known = Word.allCases.map(\.rawValue)
    let near = NearestName.suggestion(for: text, among: known)
    throw error(
      "cannot be '\(text)'",
      hint: near.map { "Did you mean '\($0)'?" } ?? "It is one of \(known.joined(separator: ", "))",
      at: key)
  }

  /// A list of texts; one text counts as a list of one.
  func texts(_ key: String) throws(RESTSourceError) -> [String] {
    guard let value = node(key) else { return [] }
    if case .scalar(let scalar) = value, !scalar.string.isEmpty { return [scalar.string] }
    guard case .sequence(let sequence) = value else { throw error("must be a list of texts", at: key) }
    var texts: [String] = []
    for element in sequence {
      guard case .scalar(let scalar) = element, !scalar.string.isEmpty else {
        throw error("must be a list of texts", at: key)
      }
      texts.append(scalar.string)
    }
    return texts
  }

  /// A secret from `key_env` or `key_file`; on a server from `key: $var:PATH`.
  func secret(_ key: String) throws(RESTSourceError) -> RESTSecret? {
    if let text = try text(key), RESTSecretPlace.isReference(text) {
      return .source(try variable(text, at: key))
    }
    if let name = try text(key + "_env") {
      guard node(key + "_file") == nil else {
        throw error("and \(key)_env exclude each other", at: key + "_file")
      }
      return .source(try environment(name, at: key + "_env"))
    }
    guard let path = try text(key + "_file") else { return nil }
    return .source(try file(path, at: key + "_file"))
  }

  func requiredSecret(_ key: String) throws(RESTSourceError) -> RESTSecret {
    if let secret = try secret(key) { return secret }
    guard case .here = secrets else { throw error("needs `\(key): $var:PATH`, a variable of the workspace") }
    throw error("needs `\(key)_env: NAME` or `\(key)_file: PATH`")
  }

  /// A variable of a server.
  func variable(_ reference: String, at key: String) throws(RESTSourceError) -> SecretSource {
    guard case .workspace(let values) = secrets else {
      throw error(
        "names a variable of a server, and this is none",
        hint: "Write \(key)_env: NAME, or \(key)_file: PATH", at: key)
    }
    guard let value = values[reference] else {
      throw error("names \(reference), which is not there or is no text", at: key)
    }
    return .value(value)
  }

  func environment(_ name: String, at key: String) throws(RESTSourceError) -> SecretSource {
    guard case .here = secrets else { throw notOnServer(key) }
    return .environment(name)
  }

  func file(_ path: String, at key: String) throws(RESTSourceError) -> SecretSource {
    guard case .here(let folder) = secrets else { throw notOnServer(key) }
    return .file(path.hasPrefix("/") ? path : folder + "/" + path)
  }

  private func notOnServer(_ key: String) -> RESTSourceError {
    error(
      "names the environment or a file of the machine, which a server's loads do not see",
      hint: "Keep the secret as a variable of the workspace, and name it by $var:PATH", at: key)
  }

  func value(_ key: String) throws(RESTSourceError) -> JSONValue? {
    guard let value = node(key) else { return nil }
    return try JSONValue(yaml: value, place: "\(place).\(key)")
  }
}

extension Node {
  var isNull: Bool { if case .scalar = self { null != nil } else { false } }
}

extension JSONValue {
  /// The value of a YAML node; what YAML takes for a number, a truth value or nothing is one here too.
  init(yaml node: Node, place: String) throws(RESTSourceError) {
    switch node {
    case .mapping(let mapping):
      var members: [Member] = []
      for (key, value) in mapping {
        guard case .scalar(let scalar) = key else {
          throw RESTSourceError(
            .declaration, "\(place) has a key that is no plain word", line: key.mark?.line)
        }
        members.append(
          Member(key: scalar.string, value: try JSONValue(yaml: value, place: "\(place).\(scalar.string)")))
      }
      self = .object(members)
    case .sequence(let sequence):
      var elements: [JSONValue] = []
      for element in sequence { elements.append(try JSONValue(yaml: element, place: place)) }
      self = .list(elements)
    case .scalar(let scalar):
      self = Self.scalar(scalar.string, node)
    }
  }

  private static func scalar(_ text: String, _ node: Node) -> JSONValue {
    if node.isNull { return .null }
    if let boolean = node.bool { return .boolean(boolean) }
    if node.tag == Tag(.int) || node.tag == Tag(.float) {
      // A number that JSON would write as it stands keeps all its digits.
      let bytes = Array(text.utf8)
      if let range = try? JSONScanner.document(bytes), range == 0..<bytes.count, text.last?.isNumber == true {
        return .number(text)
      }
      if let number = node.int { return .number(String(number)) }
      if let number = node.float, number.isFinite { return .number("\(number)") }
    }
    return .string(text)
  }
}
