internal import JSON

/// Reads a value that stands plainly in a text, as Python or TypeScript write it. An expression is none.
struct LiteralReader {
  private let characters: [Character]
  private var index = 0

  private init(_ text: String) { characters = Array(text) }

  /// The value of a whole text; nil when it is no plain value.
  static func value(of text: String) -> JSONValue? {
    var reader = LiteralReader(text)
    guard let value = reader.value() else { return nil }
    reader.skipBlanks()
    return reader.index == reader.characters.count ? value : nil
  }

  private var current: Character? { index < characters.count ? characters[index] : nil }

  private mutating func skipBlanks() { while let current, current.isWhitespace { index += 1 } }

  private mutating func take(_ character: Character) -> Bool {
    skipBlanks()
    guard current == character else { return false }
    index += 1
    return true
  }

  private mutating func value() -> JSONValue? {
    skipBlanks()
    switch current {
    case "\"", "'", "`": return string().map(JSONValue.string)
    case "[": return list("]").map(JSONValue.array)
    case "(": return list(")").map(JSONValue.array)
    case "{": return object()
    case nil: return nil
    default: return word()
    }
  }

  private mutating func word() -> JSONValue? {
    let start = index
    while let current, current.isLetter || current.isNumber || "+-._".contains(current) { index += 1 }
    let word = String(characters[start..<index])
    switch word {
    case "True", "true": return .bool(true)
    case "False", "false": return .bool(false)
    case "None", "null", "undefined": return .null
    default:
      let digits = word.replacing("_", with: "")
      guard let first = digits.first, first.isNumber || "+-.".contains(first) else { return nil }
      if let integer = Int64(digits) { return .number(String(integer)) }
      guard let number = Double(digits), number.isFinite else { return nil }
      return .number(String(number))
    }
  }

  private mutating func string() -> String? {
    guard let quote = current else { return nil }
    let isLong =
      index + 2 < characters.count && characters[index + 1] == quote && characters[index + 2] == quote
    index += isLong ? 3 : 1
    var text = ""
    while let character = current {
      if character == quote {
        if !isLong {
          index += 1
          return text
        }
        if index + 2 < characters.count, characters[index + 1] == quote, characters[index + 2] == quote {
          index += 3
          return text
        }
      }
      if quote == "`", character == "$", index + 1 < characters.count, characters[index + 1] == "{" {
        return nil
      }
      index += 1
      guard character == "\\" else {
        text.append(character)
        continue
      }
      guard let escaped = current else { return nil }
      index += 1
      switch escaped {
      case "n": text.append("\n")
      case "t": text.append("\t")
      case "r": text.append("\r")
      case "\\", "'", "\"", "`": text.append(escaped)
      default: return nil
      }
    }
    return nil
  }

  private mutating func list(_ end: Character) -> [JSONValue]? {
    index += 1
    var values: [JSONValue] = []
    while true {
      if take(end) { return values }
      guard let value = value() else { return nil }
      values.append(value)
      if take(",") { continue }
      return take(end) ? values : nil
    }
  }

  private mutating func object() -> JSONValue? {
    index += 1
    var object = JSONObject()
    while true {
      if take("}") { return .object(object) }
      guard let key = key(), take(":"), let value = value() else { return nil }
      object[key] = value
      if take(",") { continue }
      return take("}") ? .object(object) : nil
    }
  }

  private mutating func key() -> String? {
    skipBlanks()
    if let current, "\"'".contains(current) { return string() }
    let start = index
    while let current, current.isLetter || current.isNumber || current == "_" { index += 1 }
    return index > start ? String(characters[start..<index]) : nil
  }
}
