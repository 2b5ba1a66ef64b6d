import DuckDB
import Foundation
import SQLText

/// What became of a COMMIT that reported a failure.
enum CommitOutcome: Sendable, Hashable {
  case committed(snapshot: Int64)
  case notCommitted
}

extension Lake {
  /// Finds out what became of a commit, by asking the catalog anew until it answers.
  ///
  /// On a PostgreSQL server the commit may still be under way after its client has heard of a failure. So the answer is
  /// only read when nobody else is in the middle of a commit, which the server is asked to see to.
  ///
  /// - Parameter patience: how long to ask a catalog that cannot be reached.
  /// - Throws: ``LakeError`` with code `uncertain` when it could not be reached.
  func outcome(of note: CommitNote, patience: Duration) async throws -> CommitOutcome {
    let clock = ContinuousClock()
    let deadline = clock.now + patience
    var pause = Duration.milliseconds(50)
    while true {
      do { return try await readOutcome(of: note.condition) } catch {
        guard clock.now < deadline, engine.isUsable else { throw uncertain(note, error) }
      }
      try? await Task.sleep(for: pause)
      pause = min(pause * 2, .seconds(1))
    }
  }

  /// Settles commits whose process ended before their outcome was known: their files are put back, or let go.
  func settleLeftovers() async throws {
    guard let folder = gate.folder, !HeldFiles.leftovers(in: folder.root).isEmpty else { return }
    try await gate.takeTurn()
    let outcome: Result<Void, any Error>
    do {
      // With the turn in hand, nobody is in the middle of a commit of whom this process would not know.
      for held in HeldFiles.leftovers(in: folder.root) {
        if try await tracksAny(of: held.fileNames) { try held.putBack() }
        held.release()
      }
      outcome = .success(())
    } catch {
      outcome = .failure(error)
    }
    await gate.endTurn()
    try outcome.get()
  }

  private func readOutcome(of condition: String) async throws -> CommitOutcome {
    let query = "SELECT max(snapshot_id) FROM \(metadata("ducklake_snapshot_changes")) WHERE \(condition)"
    return try await readSettled(query).scalar()?.integer.map { .committed(snapshot: $0) } ?? .notCommitted
  }

  /// Whether the catalog knows one of these files.
  private func tracksAny(of names: [String]) async throws -> Bool {
    // A process that was killed while it made the list has linked nothing.
    guard !names.isEmpty else { return false }
    let list = names.map(SQLLiteral.string).joined(separator: ", ")
    let tables = ["ducklake_data_file", "ducklake_delete_file"].map {
      "SELECT path FROM \(metadata($0)) WHERE regexp_extract(path, '[^/]*$') IN (\(list))"
    }
    return try await readSettled(tables.joined(separator: " UNION ALL ")).rowCount > 0
  }

  /// Reads the catalog when no commit is half way.
  func readSettled(_ query: String) async throws -> QueryResult {
    let connection = try await engine.connect()
    let outcome: Result<QueryResult, any Error>
    do {
      try await connection.command("BEGIN TRANSACTION")
      for fence in fences { try await connection.command(fence) }
      outcome = .success(try await connection.query(query, parameters: .none))
    } catch {
      outcome = .failure(error)
    }
    _ = await Task { try await connection.command("ROLLBACK") }.result
    await engine.health.close(connection)
    return try outcome.get()
  }

  /// What makes sure that no commit is half way: whoever writes a snapshot holds a lock on the table, which goes with
  /// this one only when it has ended.
  private var fences: [String] {
    guard case .postgresql(let catalog) = configuration.catalog else { return [] }
    let table = [catalog.schema ?? "public", "ducklake_snapshot"].map(SQLIdentifier.quote).joined(
      separator: ".")
    // A transaction of PostgreSQL sees what was committed before its first statement of its own: the lock comes first.
    return ["SET LOCAL lock_timeout = '5s'", "LOCK TABLE \(table) IN SHARE MODE"].map {
      "CALL postgres_execute(\(SQLLiteral.string(metadataDatabase)), \(SQLLiteral.string($0)))"
    }
  }

  private func uncertain(_ note: CommitNote, _ reason: any Error) -> LakeError {
    let name = note.keys.first ?? note.id
    return LakeError(
      .uncertain,
      "lake '\(self.name)': whether the commit happened is not known, since the catalog does not answer (\(reason))",
      hint: "When it answers again, ask with tarn lake committed \(name); its files are kept until then.")
  }
}
