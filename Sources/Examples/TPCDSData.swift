import DuckDB
import Foundation
import Lake
import SQLText

/// Raw input of the TPC-DS example: 24 tables of a retail company, made by DuckDB's `tpcds` extension.
public struct TPCDSData: Sendable {
  /// What is made.
  public enum Format: String, Sendable, CaseIterable {
    case parquet
    case csv
  }

  /// How far the making is.
  public enum Progress: Sendable {
    case generating
    case writing(table: String, number: Int, of: Int)
  }

  /// TPC-DS scale factor: 1 is about 1 GB of raw text.
  public let scale: Double
  /// The folder that gets one file for each table; absolute.
  public let folder: String
  /// The files' format.
  public let format: Format

  public init(scale: Double, folder: String, format: Format = .parquet) {
    self.scale = scale
    self.folder = folder
    self.format = format
  }

  /// Whether the files of just this scale are in place.
  public var isComplete: Bool {
    (try? String(contentsOfFile: stampPath, encoding: .utf8)) == stamp
  }

  private var stampPath: String { folder + "/.tpcds-\(format.rawValue)" }
  private var stamp: String { "scale \(scale)\n" }

  /// Makes the files, unless they are in place. A run that was interrupted leaves nothing that looks whole.
  ///
  /// - Throws: `LakeError` when the extension is missing or the disk is full; `CancellationError`.
  public func generate(progress: @Sendable (Progress) -> Void) async throws {
    guard !isComplete else { return }
    let files = FileManager.default
    let working = folder + "/.tpcds-working"
    try? files.removeItem(atPath: working)
    do {
      try files.createDirectory(atPath: working, withIntermediateDirectories: true)
      defer { try? files.removeItem(atPath: working) }
      try await generate(in: working, progress: progress)
    } catch let error as DuckDBError {
      if error.kind == .interrupt { throw CancellationError() }
      throw LakeError(.storage, "cannot make the raw files in \(folder): \(error.message)")
    } catch let error as CocoaError {
      throw LakeError(.storage, "cannot write in \(folder): \(error.localizedDescription)")
    }
  }

  private func generate(in working: String, progress: @Sendable (Progress) -> Void) async throws {
    let extensions = try ExtensionLibrary.beside()
    // A small scale fits into memory and is made faster there.
    let location: Database.Location = scale <= 1 ? .memory : .file(working + "/tpcds.duckdb")
    let database = try await Database.open(
      location, configuration: ["allow_unsigned_extensions": String(extensions.isVerified)])
    let connection = try await database.connect()
    try await Self.run(
      "LOAD \(SQLLiteral.string(extensions.folder + "/tpcds.duckdb_extension"))", on: connection)
    progress(.generating)
    try await Self.run("CALL dsdgen(sf = \(scale))", on: connection)
    let tables = try await connection.query("SELECT table_name FROM duckdb_tables() ORDER BY 1").rows
      .compactMap { $0[0].stringValue }
    let options = format == .parquet ? "FORMAT parquet" : "FORMAT csv, HEADER"
    for (index, table) in tables.enumerated() {
      try Task.checkCancellation()
      progress(.writing(table: table, number: index + 1, of: tables.count))
      let name = "\(table).\(format.rawValue)"
      let path = "\(working)/\(name)"
      try await Self.run(
        "COPY \(SQLIdentifier.quote(table)) TO \(SQLLiteral.string(path)) (\(options))", on: connection)
      guard rename(path, "\(folder)/\(name)") == 0 else {
        throw LakeError(.storage, "cannot write \(folder)/\(name): \(String(cString: strerror(errno)))")
      }
    }
    await connection.close()
    try Data(stamp.utf8).write(to: URL(fileURLWithPath: stampPath), options: .atomic)
  }

  /// Runs a statement whose parts are our own; DuckDB takes no parameters in these.
  private static func run(_ statement: String, on connection: Connection) async throws {
    try await connection.execute(statement)
  }
}
