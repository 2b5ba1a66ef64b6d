import DuckDB
public import Foundation
import LakeSettings
import SQLText

/// A name for a snapshot, or (without a name) the wish that a snapshot be kept. Maintenance expires neither.
public struct SnapshotTag: Sendable, Hashable, Codable {
  /// The name; nil where the snapshot is only protected.
  public let name: String?
  /// The snapshot's number.
  public let snapshot: Int64
  public let author: String?
  public let note: String?
  /// When the tag was made.
  public let created: Date
}

/// What a tag may be called.
enum TagName {
  /// - Throws: ``LakeError`` with code `settings` when it could not be told from a snapshot's number or time, or
  ///   holds other characters than letters, digits, `-`, `_` and `.`.
  static func check(_ name: String) throws(LakeError) {
    let isPlain = name.unicodeScalars.allSatisfy { scalar in
      scalar.isASCII && (scalar.properties.isAlphabetic || scalar.properties.numericType != nil)
        || "-_.".unicodeScalars.contains(scalar)
    }
    guard !name.isEmpty, name.utf8.count <= 128, isPlain, name.first != "-" else {
      throw LakeError(
        .settings, "'\(name)' is no name for a tag",
        hint: "Use letters, digits, '-', '_' and '.', not '-' first, 128 characters at most.")
    }
    guard Int64(name) == nil, MomentText(name) == nil else {
      throw LakeError(
        .settings, "a tag may not be called '\(name)': that would mean a snapshot's number or time",
        hint: "Put a letter before it, such as v\(name).")
    }
  }
}

extension Lake {
  /// Gives a snapshot a name. It may be used wherever a snapshot is asked for, and is never expired while it has one.
  ///
  /// - Parameters:
  ///   - name: letters, digits, `-`, `_` and `.`; no number and no time.
  ///   - snapshot: the snapshot's number; nil for the newest.
  ///   - author: who made the tag.
  ///   - note: what it is for.
  /// - Returns: the tag.
  /// - Throws: ``LakeError``: `settings` for a name that may not be or is taken, `not_found` for a snapshot that is
  ///   not there.
  @discardableResult
  public func tag(_ name: String, at snapshot: Int64? = nil, author: String? = nil, note: String? = nil)
    async throws -> SnapshotTag
  {
    try TagName.check(name)
    return try await addTag(name, at: snapshot, author: author, note: note)
  }

  /// Keeps a snapshot from expiring, without a name for it. Protecting one twice is the same as once.
  ///
  /// - Parameters:
  ///   - snapshot: the snapshot's number; nil for the newest.
  ///   - author: who asks for it.
  ///   - note: why.
  /// - Throws: ``LakeError`` with code `not_found` for a snapshot that is not there.
  @discardableResult
  public func protect(_ snapshot: Int64? = nil, author: String? = nil, note: String? = nil) async throws
    -> SnapshotTag
  {
    try await addTag(nil, at: snapshot, author: author, note: note)
  }

  /// The tags and protected snapshots, by snapshot and name.
  public func tags() async throws -> [SnapshotTag] {
    let found = try await readOwn(.tags) {
      "SELECT name, snapshot_id, author, note, created_us FROM \($0) ORDER BY snapshot_id, name NULLS FIRST"
    }
    return (found?.rows.map { $0 } ?? []).map { row in
      SnapshotTag(
        name: row[0].text, snapshot: row[1].integer ?? 0, author: row[2].text, note: row[3].text,
        created: Date(timeIntervalSince1970: Double(row[4].integer ?? 0) / 1e6))
    }
  }

  /// Removes a tag by its name, or the protection of a snapshot by its number. The snapshot itself stays until
  /// maintenance expires it.
  ///
  /// - Parameter text: a tag's name, or the number of a protected snapshot.
  /// - Returns: what was removed.
  /// - Throws: ``LakeError`` with code `not_found` when there is no such tag or protection.
  @discardableResult
  public func untag(_ text: String) async throws -> SnapshotTag {
    let tags = try await tags()
    if let number = Int64(text) {
      guard let tag = tags.first(where: { $0.name == nil && $0.snapshot == number }) else {
        let names = tags.filter { $0.snapshot == number }.compactMap(\.name)
        throw LakeError(
          .notFound, "snapshot \(number) of lake '\(name)' is not protected",
          hint: names.isEmpty ? nil : "It is tagged: remove \(names.joined(separator: ", ")) by name.")
      }
      try await changeOwn(.tags) { ["DELETE FROM \($0) WHERE name IS NULL AND snapshot_id = \(number)"] }
      return tag
    }
    guard let tag = tags.first(where: { $0.name == text }) else {
      throw unknownTag(text, among: tags)
    }
    try await changeOwn(.tags) { ["DELETE FROM \($0) WHERE name = \(SQLLiteral.string(text))"] }
    return tag
  }

  func unknownTag(_ text: String, among tags: [SnapshotTag]) -> LakeError {
    let names = tags.compactMap(\.name)
    let near = NearestName.suggestion(for: text, among: names)
    let known = names.isEmpty ? "It has no tags." : "Tags: \(names.prefix(8).joined(separator: ", "))."
    return LakeError(
      .notFound, "lake '\(name)' has no tag '\(text)'", hint: near.map { "Did you mean '\($0)'?" } ?? known)
  }

  private func addTag(_ tagName: String?, at snapshot: Int64?, author: String?, note: String?) async throws
    -> SnapshotTag
  {
    let current = try await currentSnapshot()
    let number = try await existingSnapshot(snapshot ?? current)
    let before = try await tags()
    if let tagName, let taken = before.first(where: { $0.name == tagName }) {
      throw LakeError(
        .settings, "lake '\(name)' has a tag '\(tagName)' already, on snapshot \(taken.snapshot)",
        hint: "Remove it first: tarn lake untag \(tagName).")
    }
    if tagName == nil, let same = before.first(where: { $0.name == nil && $0.snapshot == number }) {
      return same
    }
    let microseconds = Int64((Date().timeIntervalSince1970 * 1e6).rounded())
    let tag = SnapshotTag(
      name: tagName, snapshot: number, author: author, note: note,
      created: Date(timeIntervalSince1970: Double(microseconds) / 1e6))
    let values = [tagName, author, note].map { $0.map(SQLLiteral.string) ?? "NULL" }
    let isSame =
      tagName.map { "name = \(SQLLiteral.string($0))" } ?? "name IS NULL AND snapshot_id = \(number)"
    try await changeOwn(.tags) { table in
      // Another process may have made the same tag since it was looked for.
      [
        """
        INSERT INTO \(table) SELECT \(values[0]), \(number), \(values[1]), \(values[2]), \(microseconds)
        WHERE NOT EXISTS (SELECT 1 FROM \(table) WHERE \(isSame))
        """
      ]
    }
    try await confirm(tag)
    return tag
  }

  /// Makes sure that the tag is the one that was made and that its snapshot did not expire meanwhile.
  private func confirm(_ tag: SnapshotTag) async throws {
    if let tagName = tag.name, let other = try await tags().first(where: { $0.name == tagName }),
      other.snapshot != tag.snapshot
    {
      throw LakeError(
        .settings, "lake '\(name)' has a tag '\(tagName)' already, on snapshot \(other.snapshot)",
        hint: "Remove it first: tarn lake untag \(tagName).")
    }
    do { _ = try await existingSnapshot(tag.snapshot) } catch {
      _ = try? await untag(tag.name ?? String(tag.snapshot))
      throw error
    }
  }
}
