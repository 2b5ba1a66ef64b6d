internal import Foundation

/// Turns given values into values of a declared type.
enum ArgumentReader {
  /// Why a value does not fit its type.
  struct Problem: Error {
    let message: String
    let hint: String
  }

  // MARK: - Texts, as they come from a command line

  /// Reads a text by a type. `null` stands for NULL, save where text is wanted or no type is known.
  static func read(_ text: String, as type: ArgumentType) throws(Problem) -> ScriptValue {
    if type.family == .text || type.family == .any || type.family == .bytes { return .text(text) }
    let trimmed = text.trimmed
    if trimmed.lowercased() == "null" { return .null }
    switch type.family {
    case .text, .any, .bytes: return .text(text)
    case .boolean: return try boolean(trimmed, type)
    case .integer, .hugeInteger: return try integer(trimmed, type)
    case .float:
      guard let number = floatingPoint(trimmed) else {
        throw wrong(text, type, "write a number such as 1.5, 1e-3, inf or nan")
      }
      return .double(number)
    case .decimal:
      guard isDecimal(trimmed) else { throw wrong(text, type, "write a number such as 12.50") }
      return .text(trimmed)
    case .date, .time, .timestamp, .interval, .uuid:
      guard TemporalText.isPlausible(trimmed, as: type.family) else {
        throw wrong(text, type, "write it as \(TemporalText.example(of: type.family))")
      }
      return .text(trimmed)
    case .json:
      guard isJSON(trimmed) else {
        throw wrong(text, type, #"write JSON, such as {"a": 1}, [1, 2] or "text" with its quotes"#)
      }
      return .json(trimmed)
    case .list:
      guard trimmed.hasPrefix("["), isJSON(trimmed) else { throw wrong(text, type, listHint) }
      return .json(trimmed)
    }
  }

  /// Reads the default of a declaration: like a text, but text may stand in quotes, and a bare `null` is NULL
  /// for every type. Without a type, numbers and truth values are what they look like.
  static func readDefault(_ text: String, as type: ArgumentType) throws(Problem) -> ScriptValue {
    if text.lowercased() == "null" { return .null }
    if type.family == .json || type.family == .list {
      return try read(text.unquoted(by: "'") ?? text, as: type)
    }
    if let inside = text.unquoted() { return try read(inside, as: type) }
    guard type.family == .any else { return try read(text, as: type) }
    if text == "true" || text == "false" { return .bool(text == "true") }
    if let number = Int64(text) { return .integer(number) }
    if isDecimal(text), let number = Double(text) { return .double(number) }
    return .text(text)
  }

  // MARK: - Values, as they come from the body of a request

  /// Fits a value into a type. Null fits every type.
  static func convert(_ value: ScriptValue, as type: ArgumentType) throws(Problem) -> ScriptValue {
    let text = value.text ?? ""
    switch (type.family, value) {
    case (_, .null), (.any, _), (.boolean, .bool), (.float, .double):
      return value
    case (.text, _), (.bytes, _):
      return .text(text)
    case (.json, .text):
      // A document that was turned into text twice is taken for the document.
      return isContainer(text) && isJSON(text) ? .json(text) : .json(jsonString(text))
    case (.json, .bool), (.json, .integer), (.json, .double):
      return .json(text)
    case (.integer, .double(let number)), (.hugeInteger, .double(let number)):
      guard let whole = Int128(exactly: number) else { throw wrong(text, type, "give a whole number") }
      return try read(String(whole), as: type)
    case (.json, .json), (.list, .json), (_, .text), (.integer, .integer), (.hugeInteger, .integer),
      (.float, .integer), (.decimal, .integer), (.decimal, .double):
      return try read(text, as: type)
    case (.boolean, .integer(let number)) where number == 0 || number == 1:
      return .bool(number == 1)
    case (.boolean, _):
      throw wrong(text, type, "give true or false")
    case (.list, _):
      throw wrong(text, type, listHint)
    case (.integer, _), (.hugeInteger, _), (.float, _), (.decimal, _):
      throw wrong(text, type, "give a number")
    case (.date, _), (.time, _), (.timestamp, _), (.interval, _), (.uuid, _):
      throw wrong(text, type, "give a text such as \(TemporalText.example(of: type.family))")
    }
  }

  // MARK: - Parts

  private static let listHint = "write a JSON array, such as [1, 2, 3]"

  private static func wrong(_ text: String, _ type: ArgumentType, _ hint: String) -> Problem {
    let shown = text.count > 60 ? text.prefix(60) + "…" : text[...]
    let article = type.name.map { "aeiou".contains($0.first ?? " ") ? "an" : "a" } ?? "a"
    return Problem(message: "`\(shown)` is not \(article) \(type.name ?? "value")", hint: hint)
  }

  private static func boolean(_ text: String, _ type: ArgumentType) throws(Problem) -> ScriptValue {
    switch text.lowercased() {
    case "true", "t", "yes", "y", "on", "1": .bool(true)
    case "false", "f", "no", "n", "off", "0": .bool(false)
    default: throw wrong(text, type, "write true or false")
    }
  }

  private static func integer(_ text: String, _ type: ArgumentType) throws(Problem) -> ScriptValue {
    let digits = text.hasPrefix("_") || text.hasSuffix("_") ? "" : text.replacing("_", with: "")
    guard let bounds = type.bounds, let isWithin = bounds.contains(digits) else {
      throw wrong(text, type, "write a whole number")
    }
    guard isWithin else {
      throw wrong(text, type, "write a whole number from \(bounds.lower) to \(bounds.upper)")
    }
    return Int64(digits).map { .integer($0) } ?? .text(digits)
  }

  private static func floatingPoint(_ text: String) -> Double? {
    // Swift also reads hexadecimal floating-point numbers and nan with a payload; DuckDB does not.
    text.contains { "xXpP(".contains($0) } ? nil : Double(text)
  }

  private static func isDecimal(_ text: String) -> Bool {
    text.utf8.contains { $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") }
      && text.utf8.allSatisfy {
        ($0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9")) || "+-.eE".utf8.contains($0)
      }
      && Double(text) != nil
  }

  private static func isContainer(_ text: String) -> Bool {
    let first = text.first { !$0.isWhitespace }
    return first == "{" || first == "["
  }

  private static func isJSON(_ text: String) -> Bool {
    (try? JSONSerialization.jsonObject(with: Data(text.utf8), options: [.fragmentsAllowed])) != nil
  }

  private static func jsonString(_ text: String) -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.withoutEscapingSlashes]
    return (try? encoder.encode(text)).map { String(decoding: $0, as: UTF8.self) } ?? "null"
  }
}
