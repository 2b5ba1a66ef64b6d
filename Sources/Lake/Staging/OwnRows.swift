package import DuckDB
import Foundation
import SQLText

/// Rows of a program of ours that lie in files beside a table, which the catalog does not know yet.
package struct OwnRows: Sendable {
  package let files: [String]
  /// How many rows there are.
  package let count: Int
  /// Whether the files may lack columns of the table, which have no value then.
  var mayLackColumns = false
}

// What the loader needs of a session: statements of its own in one transaction, and files that are made before it.
extension EngineSession {
  /// Makes functions known to this session's engine; those it knows already are passed over.
  package func register(_ functions: [ScalarFunction]) async throws {
    do {
      for function in functions { try await engine.teach(function) }
    } catch let error as DuckDBError { throw engine.translate(error) }
  }

  /// Runs SQL text of our own making that changes the lake of the open transaction.
  ///
  /// - Parameters:
  ///   - table: schema and name of the table that it writes; nil when it changes definitions or several tables.
  ///   - changesDefinitions: whether tables or columns come or go.
  package func write(_ sql: String, to table: [String]?, changesDefinitions: Bool = false) async throws
    -> QueryResult
  {
    guard let lake = transaction?.turn?.lake else {
      throw LakeError(.query, "no transaction that writes is open")
    }
    note(written: table.map { [lake.name.catalogAlias] + $0 })
    transaction?.turn?.wrote = true
    if changesDefinitions {
      transaction?.turn?.keepsTables = false
      transaction?.changesDefinitions = true
    }
    return try await runTrusted(sql)
  }

  /// Begins or ends to keep ``progress`` up to date. Statements take longer meanwhile.
  package func reportProgress(_ isOn: Bool) async throws {
    do { try await connection().reportProgress(isOn) } catch let error as DuckDBError {
      throw engine.translate(error)
    }
  }

  /// Whether temporary tables of ``runTrusted(_:parameters:)`` or ``write(_:to:changesDefinitions:)`` are left in the
  /// session.
  package var hasOwnTables: Bool {
    get async {
      guard mayHaveOwnTables else { return false }
      let found = try? await connection().query(
        "SELECT count(*) FROM duckdb_tables() WHERE database_name = 'temp'" as String, parameters: .none)
      return found?.scalar()?.intValue != 0
    }
  }

  /// The lake's present snapshot, as this session sees it; nil on a lake without any.
  package func snapshot(of lake: Lake) async throws -> Int64? {
    do { return try await currentSnapshot(of: lake) } catch let error as DuckDBError {
      throw engine.translate(error)
    }
  }

  /// Writes rows to files in the folder of a table that may not be there yet. To be called outside a transaction.
  ///
  /// - Parameters:
  ///   - select: a query that gives exactly the table's columns, in its types.
  ///   - table: schema and name.
  ///   - mark: letters and digits that the files' names have in common; see ``discardOwn(marked:for:of:but:)``.
  /// - Returns: nil when DuckLake has to write such a table's files itself: it is partitioned, sorted or encrypted.
  package func stageOwn(
    _ select: String, for table: (schema: String, name: String), of lake: Lake, mark: String
  ) async throws -> OwnRows? {
    do {
      return try await inOrder {
        try await lake.gate.use { _ in try await stageNow(select, table, lake, mark) }
      }
    } catch let error as DuckDBError { throw engine.translate(error) }
  }

  private func stageNow(
    _ select: String, _ table: (schema: String, name: String), _ lake: Lake, _ given: String
  ) async throws -> OwnRows? {
    let place = try await ownPlace(of: table, lake)
    guard !place.needsDuckLake else { return nil }
    let options = try await options(for: place, in: lake)
    if lake.gate.folder != nil { try LakeFolders.make(place.folder) }
    let mark = given + "x" + String(UInt32.random(in: 0 ... .max), radix: 16)
    let copy = StagingPlan.copy(select, to: place.folder, mark: mark, options: options)
    do {
      let written = try await connection().query(copy, parameters: .none)
      let rows = OwnRows(
        files: written.rows.map { $0[0].text ?? "" },
        count: written.rows.reduce(0) { $0 + ($1[1].intValue ?? 0) })
      if let folder = lake.gate.folder {
        try await connection().run { _ in try folder.sync(rows.files) }
      }
      return rows
    } catch {
      await discard(lake, half: mark, in: place.folder)
      throw error
    }
  }

  /// Copies Parquet files beside a table, byte by byte, so that they can become its own. What they hold is not looked at.
  ///
  /// - Parameters:
  ///   - files: paths and addresses that the engine has read before.
  ///   - table: schema and name.
  ///   - mark: as with ``stageOwn(_:for:of:mark:)``.
  /// - Returns: the copies, in the order of the files; nil when DuckLake has to write such a table's files itself.
  package func stageCopies(
    of files: [String], for table: (schema: String, name: String), of lake: Lake, mark: String
  ) async throws -> OwnRows? {
    do {
      return try await inOrder {
        try await lake.gate.use { _ in try await copyNow(files, table, lake, mark) }
      }
    } catch let error as DuckDBError { throw engine.translate(error) }
  }

  private func copyNow(
    _ files: [String], _ table: (schema: String, name: String), _ lake: Lake, _ mark: String
  ) async throws -> OwnRows? {
    let place = try await ownPlace(of: table, lake)
    guard !place.needsDuckLake else { return nil }
    let isLocal = lake.gate.folder != nil
    if isLocal { try LakeFolders.make(place.folder) }
    let copies = files.map { _ in
      "\(place.folder)ducklake-\(UUID().uuidString.lowercased())-\(mark)x\(String(UInt32.random(in: 0 ... .max), radix: 16)).parquet"
    }
    do {
      for (file, copy) in zip(files, copies) {
        if isLocal, !file.contains("://") {
          try await connection().run { _ in try FileCopy.copy(file, to: copy) }
        } else {
          try await connection().command(
            "COPY (SELECT content FROM system.main.read_blob(\(SQLLiteral.string(file)))) TO \(SQLLiteral.string(copy)) (FORMAT blob)"
          )
        }
      }
      let list = copies.map(SQLLiteral.string).joined(separator: ", ")
      let counted = try await connection().query(
        "SELECT sum(num_rows)::BIGINT FROM system.main.parquet_file_metadata([\(list)])" as String,
        parameters: .none)
      if let folder = lake.gate.folder { try await connection().run { _ in try folder.sync(copies) } }
      return OwnRows(files: copies, count: counted.scalar()?.intValue ?? 0, mayLackColumns: true)
    } catch {
      if isLocal {
        _ = await Task {
          try await connection().run { _ in for copy in copies { unlink(copy) } }
        }.result
      }
      throw error
    }
  }

  /// Removes what an attempt before left beside a table: files with a mark that no catalog knows. To be called in a turn,
  /// when it is known that the attempt was not committed.
  package func discardOwn(
    marked mark: String, for table: (schema: String, name: String), of lake: Lake, but kept: [OwnRows]
  ) async throws {
    guard lake.gate.folder != nil else { return }
    let folder = try await ownPlace(of: table, lake).folder
    let keep = Set(kept.flatMap(\.files).map { ($0 as NSString).lastPathComponent })
    try await connection().run { _ in
      guard let names = try? FileManager.default.contentsOfDirectory(atPath: folder) else { return }
      for name in names where name.contains("-\(mark)x") && !keep.contains(name) { unlink(folder + name) }
    }
  }

  private func ownPlace(of table: (schema: String, name: String), _ lake: Lake) async throws -> StagingTarget
  {
    if let found = try await placeOfTable(table.name, in: table.schema, lake) { return found }
    let encrypted = try await connection().query(
      "SELECT value FROM \(lake.metadata("ducklake_metadata")) WHERE key = 'encrypted'" as String,
      parameters: .none)
    // DuckLake will make the schema's folder under the same name.
    return StagingTarget(
      schema: table.schema, table: table.name, id: nil,
      folder: lake.configuration.storage.dataPath + "\(table.schema)/\(table.name)/", columns: [],
      needsDuckLake: encrypted.scalar()?.text == "true")
  }

  /// Makes files that ``stageOwn(_:for:of:mark:)`` wrote the table's own, in the open transaction.
  package func adopt(_ rows: OwnRows, into table: (schema: String, name: String), of lake: Lake) async throws
  {
    for file in rows.files {
      _ = try await write(
        """
        CALL ducklake_add_data_files(\(lake.catalogLiteral), \(SQLLiteral.string(table.name)), \
        \(SQLLiteral.string(file)), schema => \(SQLLiteral.string(table.schema))\(rows.mayLackColumns ? ", allow_missing => true" : ""))
        """, to: [table.schema, table.name])
    }
  }

  /// Removes files that ``stageOwn(_:for:of:mark:)`` wrote and no catalog knows.
  package func discard(_ rows: [OwnRows], of lake: Lake) async {
    guard lake.gate.folder != nil else { return }
    let files = rows.flatMap(\.files)
    _ = await Task { try await connection().run { _ in for file in files { unlink(file) } } }
      .result
  }
}

extension Lake {
  /// A session of its own for a program of ours, with this lake current.
  package func ownSession() async throws -> EngineSession { try await engine.session(current: name) }

  /// The folder that relative paths begin in; nil when only absolute ones work.
  package var baseFolder: String? { engine.settings.baseFolder }

  /// How SQL of our own making names the lake.
  package var sqlName: String { SQLIdentifier.quote(name.catalogAlias) }
}
