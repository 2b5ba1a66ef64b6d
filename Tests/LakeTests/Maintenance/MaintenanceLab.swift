import DuckDB
import Foundation
import LakeSettings
import SQLText
import TestKit

@testable import Lake

extension TestLakes.Kind {
  /// Those whose files are in a local folder.
  static var local: [Self] { installed.filter { !$0.rawValue.hasSuffix("S3") } }
}

extension Lake {
  /// Maintenance of this lake as it would be done some days from now.
  func maintenance(_ policy: MaintenancePolicy = .init(), inDays days: Double = 0) -> LakeMaintenance {
    LakeMaintenance(of: self, policy: policy, now: { Date().addingTimeInterval(days * 86_400) })
  }

  /// Makes a table with rows in Parquet files, one file for each insert.
  func makeFiles(_ count: Int, rows: Int = 100, in table: String = "t") async throws {
    try await setOption("data_inlining_row_limit", to: "0")
    try await execute("CREATE TABLE IF NOT EXISTS \(identifier: table) (id BIGINT, text VARCHAR)")
    for number in 0..<count {
      let first = number * rows
      try await execute(
        """
        INSERT INTO \(identifier: table)
        SELECT i, 'row ' || i FROM range(\(first), \(first + rows)) r(i)
        """)
    }
  }

  /// Rows and the sum of their ids.
  func content(of table: String = "t") async throws -> [Int64] {
    let row = try await query("SELECT count(*), sum(id)::BIGINT FROM \(identifier: table)").result()
    return row.rows.flatMap { [$0[0].integer ?? -1, $0[1].integer ?? -1] }
  }

  /// Files of the table's present version.
  func fileCount(of table: String = "t") async throws -> Int { try await files(of: table).count }

  /// Files on the catalog's list of files to be removed.
  func listedFileCount() async throws -> Int64 {
    let result = try await readCatalog {
      "SELECT count(*) AS n FROM \($0("ducklake_files_scheduled_for_deletion"))"
    }
    return result.scalar()?.integer ?? -1
  }

  /// The numbers of all snapshots.
  func snapshotIDs() async throws -> [Int64] { try await snapshots().map(\.id).sorted() }

  /// Options of tables.
  func tableOptions() async throws -> [LakeOption] { try await options().filter { $0.scope == "TABLE" } }
}

extension [MaintenanceOutcome] {
  func of(_ task: MaintenanceTask, _ table: String? = nil) -> MaintenanceOutcome? {
    first { $0.task == task && (table == nil || $0.table == table) }
  }
}

/// A client that uses plain DuckLake, as another program would: a DuckDB instance of its own.
struct PlainClient: Sendable {
  let database: Database
  let connection: Connection

  init(_ lake: LakeConfiguration) async throws {
    let library = try ExtensionLibrary.beside()
    database = try await Database.open(.memory, configuration: ["allow_unsigned_extensions": "true"])
    connection = try await database.connect()
    for name in EngineStatements.extensions(for: lake) {
      let load = "LOAD " + SQLLiteral.string("\(library.folder)/\(name).duckdb_extension")
      try await connection.command(load)
    }
    for secret in try EngineStatements.secrets(for: lake) { try await connection.command(secret) }
    let attach = EngineStatements.attach(lake, creates: false)
      .replacing("application_name=" + ServerClientName.own, with: "application_name=plain")
    try await connection.command(attach)
    try await connection.command("USE " + SQLIdentifier.quote(lake.name.catalogAlias))
  }

  func run(_ sql: String) async throws { try await connection.command(sql) }

  func close() async {
    await connection.close()
    await database.close()
  }
}
