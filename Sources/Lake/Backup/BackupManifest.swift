import DuckDB
public import Foundation
import LakeSettings
import SQLText

/// What a backup holds: which lake, as of when, and how much.
public struct BackupManifest: Sendable, Hashable, Codable {
  /// One table of the catalog.
  public struct Table: Sendable, Hashable, Codable {
    public let name: String
    public let rows: Int64
    /// `bit_xor(md5_number(row::VARCHAR))` over all rows, as a decimal number.
    public let checksum: String
  }

  /// Version of the backup's format.
  public let format: Int
  /// Tells the lake from any other: the id of its first schema.
  public let lakeID: String
  /// What the lake was called in its workspace.
  public let lakeName: String
  /// `sqlite`, `duckdb` or `postgresql`.
  public let catalogKind: String
  /// The newest snapshot in the backup.
  public let snapshot: Int64
  /// When that snapshot was committed.
  public let snapshotTime: Date
  /// When the backup was made.
  public let madeAt: Date
  /// The version of DuckLake's format.
  public let duckLakeVersion: String
  /// The version of DuckDB that wrote the backup.
  public let duckDBVersion: String
  /// Where the lake's files were.
  public let dataPath: String
  /// Files that the backup names: data files and delete files of all versions.
  public let files: Int64
  /// Bytes of these files.
  public let fileBytes: Int64
  /// The tables, sorted by name.
  public let tables: [Table]

  /// Rows of all tables of the catalog.
  public var catalogRows: Int64 { tables.reduce(0) { $0 + $1.rows } }

  static let currentFormat = 1
  static let table = "tarn_backup"
}

extension BackupManifest {
  /// Works out the manifest of a copy.
  init(of store: CatalogStore, lake: Lake) async throws {
    let facts = try await store.connection.ask(
      """
      SELECT
        (SELECT any_value(schema_uuid)::VARCHAR FROM ducklake_schema WHERE schema_id = 0),
        s.snapshot_id, epoch_us(s.snapshot_time),
        (SELECT any_value(value) FROM ducklake_metadata WHERE key = 'version' AND scope IS NULL),
        (SELECT any_value(value) FROM ducklake_metadata WHERE key = 'data_path' AND scope IS NULL),
        (SELECT count(*) FROM ducklake_data_file) + (SELECT count(*) FROM ducklake_delete_file),
        ((SELECT coalesce(sum(file_size_bytes), 0) FROM ducklake_data_file)
          + (SELECT coalesce(sum(file_size_bytes), 0) FROM ducklake_delete_file))::BIGINT
      FROM ducklake_snapshot s ORDER BY s.snapshot_id DESC LIMIT 1
      """)
    guard facts.rowCount == 1 else {
      throw LakeError(.catalog, "lake '\(lake.name)' has no snapshot: its catalog is damaged")
    }
    let row = facts[0]
    var tables: [Table] = []
    for name in try await store.tables() where name != Self.table {
      let sum = try await store.sum(of: name)
      tables.append(Table(name: name, rows: sum.rows, checksum: sum.checksum))
    }
    self.init(
      format: Self.currentFormat, lakeID: row[0].text ?? "", lakeName: lake.name.text,
      catalogKind: lake.configuration.catalog.kind, snapshot: row[1].integer ?? 0,
      // Whole seconds, as the manifest is written with.
      snapshotTime: Date(timeIntervalSince1970: Double((row[2].integer ?? 0) / 1_000_000)),
      madeAt: Date(timeIntervalSince1970: Date().timeIntervalSince1970.rounded(.down)),
      duckLakeVersion: row[3].text ?? "", duckDBVersion: Database.libraryVersion, dataPath: row[4].text ?? "",
      files: row[5].integer ?? 0, fileBytes: row[6].integer ?? 0, tables: tables)
  }

  /// Reads the manifest of a backup.
  ///
  /// - Throws: ``LakeError`` when the file is no backup, or one of a newer format.
  init(reading store: CatalogStore) async throws {
    let isBackup = try await store.tables().contains(Self.table)
    guard isBackup,
      let text = try await store.connection.ask("SELECT manifest FROM \(Self.table)").scalar()?.text
    else {
      throw LakeError(
        .catalog, "\(store.path) is no backup of a lake", hint: "tarn lake backup makes one.")
    }
    let decoder = JSONDecoder()
    decoder.dateDecodingStrategy = .iso8601
    struct Head: Decodable { let format: Int }
    guard let head = try? decoder.decode(Head.self, from: Data(text.utf8)) else {
      throw LakeError(.catalog, "the manifest in \(store.path) cannot be read")
    }
    guard head.format == Self.currentFormat else {
      throw LakeError(
        .newerCatalog, "\(store.path) has format \(head.format) of backups; this version reads 1",
        hint: "Use a newer Tarn.")
    }
    do { self = try decoder.decode(Self.self, from: Data(text.utf8)) } catch {
      throw LakeError(.catalog, "the manifest in \(store.path) cannot be read")
    }
  }

  /// Writes the manifest into a copy, which is a backup from then on.
  func write(to store: CatalogStore) async throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    encoder.dateEncodingStrategy = .iso8601
    let text = String(decoding: try encoder.encode(self), as: UTF8.self)
    try await store.connection.command("CREATE TABLE \(Self.table) (manifest JSON NOT NULL)")
    try await store.connection.command("INSERT INTO \(Self.table) VALUES (\(SQLLiteral.string(text)))")
  }

  /// - Throws: ``LakeError`` when a table of the backup is not as it was when the backup was made.
  func verify(_ store: CatalogStore) async throws {
    for table in tables {
      let sum = try await store.sum(of: table.name)
      guard sum.rows == table.rows, sum.checksum == table.checksum else {
        throw LakeError(
          .catalog, "\(store.path) is damaged: \(table.name) is not as it was when the backup was made",
          hint: "Use another backup.")
      }
    }
  }
}
