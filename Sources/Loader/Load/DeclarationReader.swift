import SQLText

/// Reads an object of a declared load, and says what is wrong with it.
struct DeclarationReader {
  let object: JSONObject
  let place: String

  /// - Parameters:
  ///   - place: what the object is called in messages.
  ///   - keys: those that may stand in it; nil for any.
  init(_ value: JSONValue, _ place: String, keys: [String]?) throws(LoadError) {
    guard let object = value.object else {
      throw LoadError(.declaration, "\(place) must be an object with \((keys ?? []).joined(separator: ", "))")
    }
    self.object = object
    self.place = place
    for key in object.keys {
      guard let keys, !keys.contains(key) else { continue }
      let near = NearestName.suggestion(for: key, among: keys)
      throw LoadError(
        .declaration, "\(place) has no '\(key)'",
        hint: near.map { "Did you mean '\($0)'?" } ?? "It may have: \(keys.joined(separator: ", ")).",
        key: key
      )
    }
  }

  /// Reads what stands below a key, so that errors tell the whole way to it.
  static func below<Result>(_ key: String, _ body: () throws -> Result) throws -> Result {
    do { return try body() } catch let error as LoadError { throw error.below(key) }
  }

  /// A text; nil when it is not there.
  func text(_ key: String) throws(LoadError) -> String? {
    switch object[key] {
    case nil, .null?: return nil
    case .string(let text)?: return text
    case .number(let text)?: return text
    default: throw wrong(key, "a text")
    }
  }

  /// A truth value; nil when it is not there.
  func flag(_ key: String) throws(LoadError) -> Bool? {
    switch object[key] {
    case nil, .null?: return nil
    case .bool(let flag)?: return flag
    default: throw wrong(key, "true or false")
    }
  }

  /// A whole number; nil when it is not there.
  func integer(_ key: String) throws(LoadError) -> Int? {
    switch object[key] {
    case nil, .null?: return nil
    case let value? where value.int != nil: return value.int
    default: throw wrong(key, "a whole number")
    }
  }

  /// One text or a list of them; empty when it is not there.
  func texts(_ key: String) throws(LoadError) -> [String] {
    switch object[key] {
    case nil, .null?: return []
    case .string(let text)?: return [text]
    case .array(let elements)?:
      let texts = elements.compactMap(\.string)
      guard texts.count == elements.count else { throw wrong(key, "a text or a list of texts") }
      return texts
    default: throw wrong(key, "a text or a list of texts")
    }
  }

  /// One of an enumeration's words; nil when it is not there.
  func word<Word: RawRepresentable & CaseIterable>(_ key: String) throws(LoadError) -> Word?
  where Word.RawValue == String {
    guard let text = try text(key) else { return nil }
    return try Self.word(text, of: key)
  }

  static func word<Word: RawRepresentable & CaseIterable>(_ text: String, of key: String) throws(LoadError)
    -> Word
  where Word.RawValue == String {
    if let word = Word(rawValue: text) { return word }
    let words = Word.allCases.map(\.rawValue)
    let near = NearestName.suggestion(for: text, among: words)
    throw LoadError(
      .declaration, "\(key) cannot be '\(text)'",
      hint: near.map { "Did you mean '\($0)'?" } ?? "It may be: \(words.joined(separator: ", ")).", key: key)
  }

  private func wrong(_ key: String, _ what: String) -> LoadError {
    LoadError(.declaration, "\(place): '\(key)' must be \(what)", key: key)
  }
}
