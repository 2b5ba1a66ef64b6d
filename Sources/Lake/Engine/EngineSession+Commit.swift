import DuckDB
import Foundation
import SQLText

// What happens around COMMIT: the commit gets a name, its files reach the disk and are held, and when COMMIT fails, what
// became of it is found out before anybody is told.
extension EngineSession {
  /// Second links to new files, or copies of new objects, while the outcome of their commit is not known.
  private struct Held {
    var files: [HeldFiles] = []
    var objects: [HeldObjects] = []
  }

  /// Commits the open transaction. To be called in a task that nobody cancels.
  ///
  /// - Parameters:
  ///   - turns: the turns that the transaction holds.
  ///   - given: what is to stand with the commit.
  ///   - send: sends COMMIT.
  /// - Returns: what `send` returns; nil when it failed and the commit has happened all the same.
  /// - Throws: what `send` throws when nothing was committed; ``LakeError`` with code `uncertain`. The transaction is
  ///   over in any case.
  func commitSafely<Result: Sendable>(
    _ turns: [Turn], _ given: CommitNote, _ send: @Sendable () async throws -> Result
  ) async throws -> Result? {
    foundCommit = nil
    let connection = try await connection()
    let note: CommitNote
    let held: Held
    do {
      note = try await based(given, on: turns)
      held = try await announceAndHold(turns, note)
    } catch {
      try? await connection.command("ROLLBACK")
      throw error
    }
    do {
      let result = try await send()
      if !held.files.isEmpty {
        try? await connection.run { _ in for files in held.files { files.release() } }
      }
      return result
    } catch {
      if let error = error as? DuckDBError { engine.health.note(error) }
      try? await connection.command("ROLLBACK")
      return try await settle(turns, note, held, error)
    }
  }

  /// The snapshot before the commit tells it from others where its name cannot stand with it.
  private func based(_ given: CommitNote, on turns: [Turn]) async throws -> CommitNote {
    var note = given
    if note.extraInfo == nil || note.isLeftToScript, let lake = turns.first?.lake {
      note.base = try await currentSnapshot(of: lake)
    }
    return note
  }

  private func announceAndHold(_ turns: [Turn], _ note: CommitNote) async throws -> Held {
    var held = Held()
    let connection = try await connection()
    let calls = note.isLeftToScript ? [] : turns.map { note.call(on: $0.lake.name) }
    held.files = try await connection.run { connection in
      for call in calls { try connection.execute(call) }
      return try turns.compactMap { try $0.holdNewFiles(for: note.id) }
    }
    // Only a server's reply is lost on its way.
    for turn in turns where turn.lake.gate.folder == nil && turn.lake.isOnPostgreSQL {
      held.objects.append(try await .hold(in: turn.lake, written, since: turn.since, connection))
    }
    return held
  }

  /// - Returns: nil when the commit has happened.
  private func settle<Result>(
    _ turns: [Turn], _ note: CommitNote, _ held: Held, _ error: any Error
  ) async throws -> Result? {
    let connection = try await connection()
    // Back first: readers of a commit that has happened must not miss the files while the catalog is asked.
    let restored = try await connection.run { _ in try held.files.flatMap { try $0.putBack() } }
    for objects in held.objects { try? await objects.putBack(connection) }
    defer { for files in held.files { files.release() } }
    for turn in turns {
      let outcome = try await turn.lake.outcome(of: note, patience: turn.lake.gate.patience)
      guard case .committed(let snapshot) = outcome else { continue }
      foundCommit = snapshot
      return nil
    }
    // Objects stay: maintenance removes those that no snapshot knows.
    try? await connection.run { _ in for file in restored { unlink(file) } }
    throw error
  }

  /// Remembers a table that the present transaction writes; nil when nobody can tell which.
  func note(written names: [String]?) { written.add(names) }

  /// Remembers what a script says of the commit, so that the commit's name can be added to it.
  func noteMessage(of statement: SQLStatement) {
    let tokens = statement.tokens
    guard tokens.first?.isWord("call") == true,
      tokens.contains(where: { $0.value.lowercased().hasSuffix("set_commit_message") })
    else { return }
    let message = CommitMessage(call: tokens)
    transaction?.note.message = message
    transaction?.note.isLeftToScript = message == nil
  }
}

extension EngineSession.Turn {
  /// Sees to it that the files of this turn are on the disk and cannot be removed; nil when there are none. Blocks.
  func holdNewFiles(for commit: String) throws -> HeldFiles? {
    guard let folder = lake.gate.folder else { return nil }
    let files = folder.files(since: since)
    guard !files.isEmpty else { return nil }
    try folder.sync(files)
    return try HeldFiles.hold(files, of: folder.root, for: commit)
  }
}
