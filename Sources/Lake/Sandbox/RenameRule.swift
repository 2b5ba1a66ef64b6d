import SQLText

/// Keeps a transaction from changing a table and renaming it afterwards.
///
/// DuckLake 1.0 then writes the table's row twice, and nobody can read the lake any more (`Column with name … already
/// exists`). The other way round it is fine. Observed with the pinned version.
struct RenameRule: Sendable {
  /// The names of tables that the transaction has altered or commented on, in lower case.
  private var altered: Set<String> = []
  /// Those that it has made itself: they may be renamed.
  private var made: Set<String> = []

  /// Takes note of a statement that is about to run in the transaction.
  ///
  /// - Throws: ``LakeError`` with code `refused` for a RENAME TO that comes too late.
  mutating func check(_ tokens: [SQLToken], _ target: StatementTarget?) throws(LakeError) {
    guard let verb = tokens.first, let name = target?.parts.last else { return }
    if verb.isWord("create") { made.insert(name.value.lowercased()) }
    guard verb.isWord("alter") || verb.isWord("comment"),
      let place = tokens.firstIndex(where: { $0.utf8Offset == name.utf8Offset })
    else { return }
    let rest = tokens[(place + 1)...]
    let renames = rest.first?.isWord("rename") == true && rest.dropFirst().first?.isWord("to") == true
    let key = name.value.lowercased()
    guard renames else {
      // COMMENT ON COLUMN names the column last.
      for part in target?.parts ?? [] { altered.insert(part.value.lowercased()) }
      return
    }
    guard altered.contains(key), !made.contains(key) else { return }
    throw LakeError(
      .refused,
      "'\(name.value)' was altered in this transaction; DuckLake 1.0 breaks the lake if it is renamed now",
      hint: "Rename it first, or in a transaction of its own.", position: StatementPolicy.position(name))
  }
}
