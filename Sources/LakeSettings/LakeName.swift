/// The name of a lake, checked.
///
/// A name is made of letters, digits, `_` and `-`. `main` is the default lake; other names must leave
/// DuckDB's own catalog names (`system`, `temp`, `memory`) and `dl`, the alias of the default lake, alone.
public struct LakeName: Sendable, Hashable, Codable, Comparable, CustomStringConvertible {
  /// The default lake.
  public static let main = LakeName(unchecked: "main")

  /// The name as written.
  public let text: String

  /// - Parameter text: the name to check.
  /// - Throws: ``LakeSettingsError`` that says what is wrong with it.
  public init(_ text: String) throws(LakeSettingsError) {
    guard !text.isEmpty else { throw LakeSettingsError("a lake name may not be empty") }
    let allowed = text.unicodeScalars.allSatisfy { scalar in
      ("a"..."z").contains(scalar) || ("A"..."Z").contains(scalar) || ("0"..."9").contains(scalar)
        || scalar == "_" || scalar == "-"
    }
    guard allowed else {
      throw LakeSettingsError("lake name '\(text)' may hold only letters, digits, '_' and '-'")
    }
    guard !Self.reserved.contains(text.lowercased()) else {
      throw LakeSettingsError("lake name '\(text)' is reserved; choose another")
    }
    self.text = text
  }

  init(unchecked text: String) { self.text = text }

  private static let reserved: Set<String> = [
    "dl", "memory", "system", "temp", "pg_catalog", "information_schema",
  ]

  /// The name under which SQL reaches the lake: `dl` for `main` (DuckDB reserves `main`), `main__dev` for a branch
  /// `main@dev` (DuckLake 1.0 puts the name into the text of views as it is), else its own.
  public var catalogAlias: String {
    text == "main"
      ? "dl" : text.split(separator: "@", omittingEmptySubsequences: false).joined(separator: "__")
  }

  public var description: String { text }

  public static func < (left: LakeName, right: LakeName) -> Bool { left.text < right.text }
}

/// Settings that cannot be used, in one sentence.
public struct LakeSettingsError: Error, Sendable, Hashable, CustomStringConvertible {
  /// What is wrong and, where it helps, what would be right.
  public let message: String

  public init(_ message: String) { self.message = message }

  public var description: String { message }
}
