internal import SQLText

/// Which data table a script attaches, and as whom.
public struct DataTableReference: Sendable, Hashable {
  /// Its name in the workspace; `main` where the script names none.
  public let name: String

  /// The schema that names without one mean; nil for `public`.
  public let schema: String?

  /// The role that the script works as (`ROLE name`); nil for the data table's own user.
  public let role: String?

  /// Whether the script only reads it (`READ_ONLY`).
  public let isReadOnly: Bool

  /// What stands after the scheme: `name`, `name:schema`, `:schema`, or nothing.
  ///
  /// - Returns: nil for the path of anything else.
  init?(_ path: SQLToken) throws(LakeStatementParser.Problem) {
    let scheme = "datatable"
    guard SQLIdentifier.folded(path.value).hasPrefix(scheme) else { return nil }
    var rest = path.value.dropFirst(scheme.count)
    if rest.hasPrefix("://") { rest = rest.dropFirst(3) } else if !rest.isEmpty { return nil }
    let parts = rest.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
    let name = parts[0].isEmpty ? "main" : parts[0]
    guard name.utf8.count <= 50, name.utf8.allSatisfy(Self.isNameByte) else {
      throw LakeStatementParser.Problem(
        token: path, message: "`\(name.prefix(80))` is no name of a data table",
        hint: "a data table's name has up to 50 letters, digits, `_` and `-`: ATTACH 'datatable://main' AS dt"
      )
    }
    self.name = name
    schema = parts.count > 1 && !parts[1].isEmpty ? parts[1] : nil
    role = nil
    isReadOnly = false
  }

  private init(_ other: DataTableReference, role: String?, isReadOnly: Bool) {
    name = other.name
    schema = other.schema
    self.role = role
    self.isReadOnly = isReadOnly
  }

  /// The same with the options of its `ATTACH`.
  func with(_ options: [SQLToken]) throws(LakeStatementParser.Problem) -> DataTableReference {
    var role: String?
    var isReadOnly = false
    for option in options.split(whereSeparator: { $0.isSymbol(",") }) {
      let words = Array(option)
      if words.count == 1, words[0].isWord("read_only") {
        isReadOnly = true
      } else if words.count == 2, words[0].isWord("role"), Self.isRole(words[1]) {
        role = words[1].value
      } else if let first = words.first {
        throw LakeStatementParser.Problem(
          token: first,
          message: "`\(words.map(\.text).joined(separator: " ").prefix(80))` is no option of a data table",
          hint: "there are READ_ONLY, and ROLE name with up to 63 letters, digits, `_` and `-`")
      }
    }
    return DataTableReference(self, role: role, isReadOnly: isReadOnly)
  }

  private static func isRole(_ token: SQLToken) -> Bool {
    [.word, .quotedIdentifier, .string].contains(token.kind) && (1...63).contains(token.value.utf8.count)
      && token.value.utf8.allSatisfy(isNameByte)
  }

  private static func isNameByte(_ byte: UInt8) -> Bool { byte.isNameByte || byte == UInt8(ascii: "-") }
}
