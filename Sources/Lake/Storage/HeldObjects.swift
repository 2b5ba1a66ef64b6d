import DuckDB
import SQLText

/// The tables that a transaction writes, as far as they are known.
enum WrittenTables: Sendable, Hashable {
  /// These, by one to three names each.
  case named(Set<[String]>)
  /// Nobody can tell.
  case unknown

  static let none = WrittenTables.named([])

  mutating func add(_ names: [String]?) {
    guard case .named(var tables) = self, let names else {
      self = .unknown
      return
    }
    tables.insert(names)
    self = .named(tables)
  }
}

/// Copies in memory of the new objects of a commit in a bucket, for as long as its outcome is not known.
///
/// A bucket knows no second links (``HeldFiles``). Only needed where the reply to a COMMIT can be lost, which is on a
/// PostgreSQL catalog, and where whoever writes may also delete.
struct HeldObjects: Sendable {
  /// More than this is not held: large inserts make their files before the turn, which DuckLake does not remove.
  static let byteLimit: Int64 = 256 << 20

  private let objects: [(url: String, content: [UInt8])]

  /// Fetches the objects that DuckLake has written since a moment.
  ///
  /// - Parameters:
  ///   - connection: has the transaction open.
  ///   - tables: those that it writes.
  ///   - moment: when the turn began.
  static func hold(
    in lake: Lake, _ tables: WrittenTables, since moment: Moment, _ connection: Connection
  ) async throws -> HeldObjects {
    let earliest = moment.isJumped(until: .now) ? 0 : moment.wall - 100
    let patterns = try await folders(of: tables, in: lake, connection).map {
      SQLLiteral.string($0 + "**/ducklake-*")
    }
    guard !patterns.isEmpty else { return HeldObjects(objects: []) }
    let listing = "SELECT file FROM glob([\(patterns.joined(separator: ", "))])"
    let new = try await connection.query(listing, parameters: .none).rows.compactMap { $0[0].text }.filter {
      DataFileName.time(of: String($0.split(separator: "/").last ?? "")).map { $0 >= earliest } ?? false
    }
    guard !new.isEmpty else { return HeldObjects(objects: []) }
    let list = "[" + new.map(SQLLiteral.string).joined(separator: ", ") + "]"
    let size = "SELECT coalesce(sum(size), 0)::BIGINT FROM read_blob(\(list))"
    guard try await connection.query(size, parameters: .none).scalar()?.integer ?? 0 <= byteLimit else {
      return HeldObjects(objects: [])
    }
    let contents = try await connection.query("SELECT filename, content FROM read_blob(\(list))" as String)
    return HeldObjects(
      objects: contents.rows.compactMap { row in
        guard let url = row[0].text, case .blob(let bytes) = row[1] else { return nil }
        return (url, bytes)
      })
  }

  /// Writes objects again that are gone.
  func putBack(_ connection: Connection) async throws {
    for object in objects {
      // A name without a wildcard would be taken for one that is there.
      let there = "SELECT count(*) FROM glob(\(SQLLiteral.string(object.url + "*")))"
      guard try await connection.query(there, parameters: .none).scalar()?.integer == 0 else { continue }
      let copy = "COPY (SELECT $1::BLOB AS content) TO \(SQLLiteral.string(object.url)) (FORMAT BLOB)"
      _ = try await connection.query(copy, parameters: .positional([.blob(object.content)]))
    }
  }

  /// The folders of tables, each ending in `/`; the whole lake's where they are not known.
  private static func folders(
    of tables: WrittenTables, in lake: Lake, _ connection: Connection
  ) async throws -> Set<String> {
    let home = lake.configuration.storage.dataPath
    guard case .named(let names) = tables else { return [home] }
    var folders: Set<String> = []
    for name in names {
      guard let table = name.last else { continue }
      // The schema may be left out, and the name be new: then its folder is the one that DuckLake gives a new table.
      let query = """
        SELECT s.path, s.path_is_relative, t.path, t.path_is_relative FROM \(lake.metadata("ducklake_schema")) s
        LEFT JOIN \(lake.metadata("ducklake_table")) t ON t.schema_id = s.schema_id AND t.end_snapshot IS NULL
          AND lower(t.table_name) = lower(\(SQLLiteral.string(table)))
        WHERE s.end_snapshot IS NULL
        """
      for row in try await connection.query(query, parameters: .none).rows {
        let schema = StoragePlace.path(row[0].text, isRelative: row[1].boolean, in: home)
        folders.insert(StoragePlace.path(row[2].text ?? table, isRelative: row[3].boolean, in: schema))
      }
    }
    return folders
  }
}

/// Paths as the catalog keeps them.
enum StoragePlace {
  /// - Returns: the whole path of a folder, ending in `/`.
  static func path(_ path: String?, isRelative: Bool?, in home: String) -> String {
    let path = path ?? ""
    let place = isRelative == false ? path : home + path
    return place.hasSuffix("/") ? place : place + "/"
  }
}
