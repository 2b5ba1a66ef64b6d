internal import SQLText

/// A lake, a schema of it, or one table or view.
///
/// People write `LAKE/*`, `[LAKE/]SCHEMA.*` and `[LAKE/][SCHEMA.]TABLE`; lake `main` and schema `main` may be left out.
/// Names are compared as DuckDB does: the case of ASCII letters does not count. What holds for a lake holds for its
/// branches.
public struct LakePlace: Sendable, Hashable, Codable {
  /// The lake's name, without a branch.
  public let lake: String
  /// Nil for the whole lake.
  public let schema: String?
  /// Nil for the whole schema.
  public let table: String?

  /// - Parameter lake: its name; that of a branch, `main@dev`, stands for the lake.
  public init(lake: String, schema: String? = nil, table: String? = nil) {
    self.lake = lake.split(separator: "@", omittingEmptySubsequences: false).first.map(String.init) ?? lake
    self.schema = schema
    self.table = schema == nil ? nil : table
  }

  /// - Parameter text: as people write it. Names with dots, slashes or stars in them stand in double quotes.
  /// - Throws: ``GrantError`` that says how to write it.
  public init(parsing text: String) throws(GrantError) {
    let unreadable = GrantError(
      "'\(text.prefix(100))' names no lake, schema or table; write LAKE/*, LAKE/SCHEMA.* or LAKE/SCHEMA.TABLE"
    )
    // A lake's name may hold hyphens, and before a star the slash would begin a comment of SQL's.
    let start = text.utf8.prefix { $0.isOfName }
    let named = text.utf8.dropFirst(start.count).first == UInt8(ascii: "/") && !start.isEmpty
    let lake = named ? String(decoding: start, as: UTF8.self) : "main"
    let inner = named ? String(text.dropFirst(start.count + 1)) : text
    if named, inner == "*" {
      self.init(lake: lake)
      return
    }
    guard let tokens = try? SQLTokenizer.tokenize(inner), !tokens.isEmpty else { throw unreadable }
    var rest = tokens[...]
    var names: [String] = []
    var isWhole = false
    while let token = rest.first {
      rest = rest.dropFirst()
      if token.text == "*", names.count == 1, rest.isEmpty {
        isWhole = true
        break
      }
      guard token.kind == .word || token.kind == .quotedIdentifier, !token.value.isEmpty else {
        throw unreadable
      }
      names.append(token.value)
      guard let dot = rest.first else { break }
      guard dot.text == ".", rest.count > 1 else { throw unreadable }
      rest = rest.dropFirst()
    }
    guard rest.isEmpty else { throw unreadable }
    switch (names.count, isWhole) {
    case (1, true): self.init(lake: lake, schema: names[0])
    case (1, false): self.init(lake: lake, schema: "main", table: names[0])
    case (2, false): self.init(lake: lake, schema: names[0], table: names[1])
    default: throw unreadable
    }
  }

  /// Whether all of another place lies in this one.
  public func covers(_ other: LakePlace) -> Bool {
    guard Self.isSame(lake, other.lake) else { return false }
    guard let schema else { return true }
    guard let otherSchema = other.schema, Self.isSame(schema, otherSchema) else { return false }
    guard let table else { return true }
    return other.table.map { Self.isSame(table, $0) } ?? false
  }

  /// The place with names in the one spelling that stores compare.
  public var folded: LakePlace {
    LakePlace(
      lake: SQLIdentifier.folded(lake), schema: schema.map(SQLIdentifier.folded),
      table: table.map(SQLIdentifier.folded))
  }

  /// As people write it, lake and schema in full: `main/sales.orders`, `main/sales.*`, `main/*`.
  public var text: String {
    guard let schema else { return "\(lake)/*" }
    return "\(lake)/\(SQLIdentifier.quoteIfNeeded(schema)).\(table.map(SQLIdentifier.quoteIfNeeded) ?? "*")"
  }

  private static func isSame(_ left: String, _ right: String) -> Bool {
    SQLIdentifier.folded(left) == SQLIdentifier.folded(right)
  }
}

extension UInt8 {
  /// Whether the byte may stand in a lake's name, a branch's included.
  fileprivate var isOfName: Bool {
    (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(self | 0x20) || (0x30...0x39).contains(self)
      || self == UInt8(ascii: "_") || self == UInt8(ascii: "-") || self == UInt8(ascii: "@")
  }
}

/// A grant that cannot be, in one sentence.
public struct GrantError: Error, Sendable, Hashable, CustomStringConvertible {
  public let message: String

  public init(_ message: String) { self.message = message }

  public var description: String { message }
}
