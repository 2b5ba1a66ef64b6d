import DuckDB
import LakeSettings
import SQLText

/// When each table of a lake last changed.
public struct TableVersions: Sendable, Hashable {
  /// Tells this lake from any other, also from one made anew in the same place.
  public let lakeID: String
  /// The newest snapshot.
  public let current: Int64
  /// Tables and views, as `schema.name`, to the snapshot that last changed their rows or columns.
  public let lastChange: [String: Int64]
}

extension Lake {
  /// Reads when each table last changed. Compaction and flushing change files, not rows, and do not count.
  ///
  /// The catalog names each commit's changes by table number (`inserted_into_table:3`). Snapshots that have
  /// expired take their changes with them; the files' own snapshots then still tell of inserts.
  public func tableVersions() async throws -> TableVersions {
    let result = try await readTrusted(
      """
      WITH named AS (
        SELECT s.schema_name, t.table_name AS name, t.table_id, t.begin_snapshot
        FROM \(metadata("ducklake_table")) t JOIN \(metadata("ducklake_schema")) s USING (schema_id)
        WHERE t.end_snapshot IS NULL AND s.end_snapshot IS NULL
        UNION ALL
        SELECT s.schema_name, v.view_name, NULL, v.begin_snapshot
        FROM \(metadata("ducklake_view")) v JOIN \(metadata("ducklake_schema")) s USING (schema_id)
        WHERE v.end_snapshot IS NULL AND s.end_snapshot IS NULL
      ), changes AS (
        SELECT table_id::BIGINT AS table_id, max(snapshot_id) AS snapshot_id FROM (
          SELECT snapshot_id, unnest(regexp_extract_all(changes_made,
            '(?:inserted_into_table|deleted_from_table|inlined_insert|inlined_delete|altered_table):([0-9]+)', 1)
          ) AS table_id
          FROM \(metadata("ducklake_snapshot_changes"))
        ) GROUP BY ALL
      ), files AS (
        SELECT table_id, max(begin_snapshot) AS snapshot_id FROM \(metadata("ducklake_delete_file")) GROUP BY ALL
      )
      SELECT
        (SELECT any_value(schema_uuid)::VARCHAR FROM \(metadata("ducklake_schema")) WHERE schema_id = 0),
        (SELECT max(snapshot_id) FROM \(metadata("ducklake_snapshot")))::BIGINT,
        n.schema_name || '.' || n.name,
        greatest(n.begin_snapshot, coalesce(c.snapshot_id, 0), coalesce(f.snapshot_id, 0))::BIGINT
      FROM (SELECT 1) LEFT JOIN named n ON true
      LEFT JOIN changes c ON c.table_id = n.table_id LEFT JOIN files f ON f.table_id = n.table_id
      """)
    var lastChange: [String: Int64] = [:]
    var lakeID = ""
    var current: Int64 = 0
    for row in result.rows {
      lakeID = row[0].text ?? ""
      current = row[1].integer ?? 0
      if let table = row[2].text { lastChange[table] = row[3].integer }
    }
    return TableVersions(lakeID: lakeID, current: current, lastChange: lastChange)
  }
}
