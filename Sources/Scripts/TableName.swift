internal import SQLText

/// The name of a table in our own options, files and annotations: `[LAKE/][SCHEMA.]TABLE`.
///
/// `orders`, `sales.orders`, `main/orders`, `main/sales.orders`. A part that holds a dot, a slash, a quote or
/// a blank stands in double quotes. Only what was written is kept: a lake or schema that was left out is nil
/// here, and ``asset(defaultLake:)`` fills it in.
public struct TableName: Sendable, Hashable, CustomStringConvertible {
  /// The lake, where one was named.
  public let lake: String?

  /// The schema, where one was named.
  public let schema: String?

  /// The table.
  public let table: String

  /// Makes a name from its parts.
  ///
  /// - Parameters:
  ///   - lake: The lake, or nil.
  ///   - schema: The schema, or nil.
  ///   - table: The table.
  public init(lake: String? = nil, schema: String? = nil, table: String) {
    self.lake = lake
    self.schema = schema
    self.table = table
  }

  /// Reads a name.
  ///
  /// - Parameter text: The name as it was written, `ducklake://` allowed before it.
  /// - Throws: ``NameSyntaxError`` where the text is no such name.
  public init(parsing text: String) throws(NameSyntaxError) {
    let (lake, parts) = try Self.lakeAndParts(of: text)
    guard parts.count <= 2 else {
      throw NameSyntaxError(text, "has more parts than a table's name", "write [LAKE/][SCHEMA.]TABLE")
    }
    self.init(lake: lake, schema: parts.count == 2 ? parts[0] : nil, table: parts[parts.count - 1])
  }

  /// The table as an asset.
  ///
  /// - Parameter defaultLake: The lake that is meant where none was named.
  public func asset(defaultLake: String = "main") -> Asset {
    Asset.table(lake: lake ?? defaultLake, schema: schema, name: table)
  }

  /// The name as it is written.
  public var description: String {
    (lake.map { "\($0)/" } ?? "") + (schema.map { "\(Self.quotedIfNeeded($0))." } ?? "")
      + Self.quotedIfNeeded(table)
  }

  /// Splits `[LAKE/]PART.PART…` at its slash and its dots.
  static func lakeAndParts(of text: String) throws(NameSyntaxError) -> (lake: String?, parts: [String]) {
    let path = text.dropping(prefix: "ducklake://") ?? text
    let halves = path.split(outsideQuotes: { $0 == "/" }).map(\.text)
    guard halves.count <= 2 else {
      throw NameSyntaxError(text, "has more than one slash", "write [LAKE/][SCHEMA.]TABLE")
    }
    if halves.count == 2 { try checkLake(halves[0], in: text) }
    return (halves.count == 2 ? halves[0] : nil, try parts(of: halves[halves.count - 1], in: text))
  }

  static func checkLake(_ lake: String, in text: String) throws(NameSyntaxError) {
    // A branch is named after its lake: `main@dev`.
    let halves = lake.split(separator: "@", omittingEmptySubsequences: false)
    let isName =
      halves.count <= 2
      && halves.allSatisfy { half in
        !half.isEmpty && half.utf8.allSatisfy { $0 == UInt8(ascii: "-") || $0.isNameByte }
      }
    if !isName {
      throw NameSyntaxError(
        text, lake.isEmpty ? "names no lake" : "names the lake `\(lake)`, which cannot be a lake's name",
        "a lake's name has letters, digits, `_` and `-` only, such as main")
    }
  }

  static func parts(of path: String, in text: String) throws(NameSyntaxError) -> [String] {
    var parts: [String] = []
    for (part, _) in path.split(outsideQuotes: { $0 == "." }) {
      let name = part.unquoted(by: "\"") ?? part
      let isBare = name == part && !part.contains { $0.isWhitespace || $0 == "\"" || $0 == "'" }
      guard !name.isEmpty, isBare || name != part else {
        throw NameSyntaxError(
          text, part.isEmpty ? "lacks a part" : "has the part `\(part)`, which needs double quotes",
          #"write [LAKE/][SCHEMA.]TABLE, such as main/sales.orders or sales."my table""#)
      }
      parts.append(name)
    }
    return parts
  }

  static func quotedIfNeeded(_ part: String) -> String {
    let isBare = !part.isEmpty && !part.contains { $0.isWhitespace || "./\"'".contains($0) }
    return isBare ? part : SQLIdentifier.quote(part)
  }
}

/// A text that should name a table or an asset, and does not.
public struct NameSyntaxError: Error, Sendable, Hashable, CustomStringConvertible {
  /// The text.
  public let text: String

  /// What is wrong with it.
  public let message: String

  /// What to write instead.
  public let hint: String

  init(_ text: String, _ problem: String, _ hint: String) {
    self.text = text
    self.message = "`\(text)` \(problem)"
    self.hint = hint
  }

  /// What is wrong and what to write instead, in one line.
  public var description: String { "\(message); \(hint)" }
}

extension UInt8 {
  /// A byte of `[A-Za-z0-9_]`.
  var isNameByte: Bool {
    switch self {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "_"),
      UInt8(ascii: "0")...UInt8(ascii: "9"):
      true
    default: false
    }
  }
}
