import DuckDB
import LakeSettings
import SQLText
import Synchronization

/// Removes files of a lake's storage, local or in a bucket, without its turn.
///
/// DuckDB has no statement that removes files; DuckLake's clean-up has the only one, and it works on the list in its own
/// catalog. So a lake without tables is attached in memory, the files are put on its list, and it cleans up: outside of any
/// transaction of the lake that they belonged to. What is not there any more is no failure.
struct FileRemover: Sendable {
  let lake: Lake

  private static let number = Mutex(0)

  /// - Parameter paths: absolute, all within the lake's storage.
  /// - Throws: ``LakeError`` when a file cannot be removed; those before it are gone then.
  func remove(_ paths: [String]) async throws {
    guard !paths.isEmpty else { return }
    let place = lake.configuration.storage.dataPath
    guard paths.allSatisfy({ $0.hasPrefix(place) && !$0.contains("/../") }) else {
      throw LakeError(.refused, "lake '\(lake.name)': maintenance removes no files outside \(place)")
    }
    let number = Self.number.withLock { number in
      number += 1
      return number
    }
    let name = "tarn_remover_\(number)"
    let connection = try await lake.engine.connect()
    do {
      try await connection.command(
        "ATTACH 'ducklake::memory:' AS \(name) (DATA_PATH \(SQLLiteral.string(place)))")
    } catch let error as DuckDBError {
      await lake.engine.health.close(connection)
      throw lake.engine.translate(error)
    }
    let outcome: Result<Void, any Error>
    do {
      outcome = .success(try await clean(paths, name, connection))
    } catch let error as DuckDBError {
      outcome = .failure(lake.engine.translate(error))
    } catch {
      outcome = .failure(error)
    }
    // In a cancelled task nothing would run; the helper must go all the same.
    let end = Task { try? await connection.command("DETACH \(name)") }
    await end.value
    await lake.engine.health.close(connection)
    try outcome.get()
  }

  private func clean(_ paths: [String], _ name: String, _ connection: Connection) async throws {
    let rows = paths.enumerated().map { "(\($0), \(SQLLiteral.string($1)), false, now())" }
    let insert = """
      INSERT INTO __ducklake_metadata_\(name).ducklake_files_scheduled_for_deletion
      VALUES \(rows.joined(separator: ", "))
      """
    try await connection.command(insert)
    try await connection.command("CALL ducklake_cleanup_old_files('\(name)', cleanup_all => true)")
  }

  /// Sizes in bytes and times of change of files, in microseconds since 1970. Those that are gone are left out.
  func look(at paths: [String]) async throws -> [String: (bytes: Int64, changed: Int64)] {
    guard !paths.isEmpty else { return [:] }
    let list = paths.map(SQLLiteral.string).joined(separator: ", ")
    let result = try await lake.readTrusted(
      "SELECT filename, size::BIGINT, epoch_us(last_modified) FROM read_blob([\(list)])", looksAround: true)
    var found: [String: (bytes: Int64, changed: Int64)] = [:]
    for row in result.rows {
      guard let path = row[0].text, let bytes = row[1].integer, let changed = row[2].integer else { continue }
      found[path] = (bytes, changed)
    }
    return found
  }
}
