import DuckDB
import Foundation
import LakeSettings
import SQLText

extension OwnTable {
  /// Tables for which maintenance has set a target size of its own, so that the setting is taken away again even when the
  /// process is killed: DuckLake itself cannot unset an option.
  static let targetSizes = OwnTable(
    name: "tarn_target_sizes", columns: "table_id BIGINT NOT NULL, value VARCHAR NOT NULL")
}

extension Lake {
  /// The size that a table's files are to have, in bytes: its own option before its schema's and the lake's.
  func targetSize(of table: MaintainedTable, _ connection: Connection) async throws -> UInt64 {
    let query = """
      SELECT scope, scope_entry, value FROM ducklake_options(\(catalogLiteral))
      WHERE option_name = 'target_file_size'
      """
    let result = try await connection.query(query)
    let entry = "\(table.schema).\(table.name)"
    func value(_ scope: String, _ of: String?) -> UInt64? {
      result.rows.lazy.compactMap { row -> UInt64? in
        guard row[0].text == scope, of == nil || row[1].text == of else { return nil }
        return row[2].text.flatMap { UInt64($0) ?? Quantity.bytes($0) }
      }.first
    }
    return value("TABLE", entry) ?? value("SCHEMA", table.schema) ?? value("GLOBAL", nil)
      ?? Self.usualTargetSize
  }

  /// Notes that a table is about to get a target size of its own, unless it has one already.
  func noteTargetSize(of table: MaintainedTable, _ session: EngineSession) async throws {
    let own = try await readCatalog { name in
      """
      SELECT value FROM \(name("ducklake_metadata"))
      WHERE key = 'target_file_size' AND scope = 'table' AND scope_id = \(table.id)
      """
    }
    guard own.rowCount == 0 else { return }
    let (target, _) = try await session.maintain(self) { try await self.targetSize(of: table, $0) }
    try await changeOwn(.targetSizes) {
      [
        "DELETE FROM \($0) WHERE table_id = \(table.id)",
        "INSERT INTO \($0) VALUES (\(table.id), '\(target)')",
      ]
    }
  }

  /// Takes away the target sizes that were noted. One that somebody has changed since is left as it is.
  func restoreTargetSizes(_ session: EngineSession) async throws {
    guard let noted = try await readOwn(.targetSizes, { "SELECT table_id, value FROM \($0)" }),
      noted.rowCount > 0
    else { return }
    var statements = noted.rows.compactMap { row -> String? in
      guard let id = row[0].integer, let value = row[1].text else { return nil }
      return changeOfCatalog { name in
        """
        DELETE FROM \(name("ducklake_metadata")) WHERE key = 'target_file_size' AND scope = 'table'
          AND scope_id = \(id) AND value = \(SQLLiteral.string(value))
        """
      }
    }
    statements.append(changesOfOwn(.targetSizes) { ["DELETE FROM \($0)"] })
    let all = statements.joined(separator: "; ")
    _ = try await session.maintain(self) { try await $0.command(all) }
  }

  /// DuckLake's own, where nothing is set.
  private static let usualTargetSize: UInt64 = 512_000_000
}
