import DuckDB
import LakeSettings
import SQLText

/// Reads Parquet footers, and with `deep` all data, with several files at a time.
struct FooterReading: Sendable {
  let lake: Lake
  let store: CatalogStore
  let deep: Bool

  /// A file to read.
  struct File: Sendable, Hashable {
    let path: String
    let bytes: Int64
    let isData: Bool
  }

  /// What reading some files gave.
  struct Results: Sendable {
    var footers: [DataChunk] = []
    var statistics: [DataChunk] = []
    var failures: [(path: String, reason: Failure, hasFooter: Bool)] = []

    mutating func add(_ other: Results) {
      footers += other.footers
      statistics += other.statistics
      failures += other.failures
    }
  }

  /// Why a file was not read.
  enum Failure: Sendable, Hashable {
    case damaged(String)
    case outOfReach
    case gone
  }

  /// Reads all files that are there, and fills `check_footer`, `check_statistics`, `check_unreadable` and
  /// `check_unreachable`.
  func fill(_ progress: (@Sendable (CheckProgress) -> Void)?) async throws {
    let files = try await store.connection.ask(
      """
      SELECT path, any_value(f.bytes), bool_or(kind = 'data') FROM check_file f JOIN check_listing l USING (path)
      WHERE f.seen AND f.format = 'parquet' AND NOT f.encrypted AND f.bytes = l.bytes GROUP BY path ORDER BY path
      """)
    let all = files.rows.map {
      File(path: $0[0].text ?? "", bytes: $0[1].integer ?? 0, isData: $0[2].boolean ?? true)
    }
    var batches = Self.batches(all, deep: deep)[...]
    var done = 0
    progress?(CheckProgress(filesRead: 0, files: all.count))
    let writer = try await FooterWriter(store)
    try await withThrowingTaskGroup(of: (Int, Results).self) { group in
      func start() {
        guard let batch = batches.popFirst() else { return }
        group.addTask { (batch.count, try await read(batch)) }
      }
      for _ in 0..<width { start() }
      while let (count, results) = try await group.next() {
        try await writer.write(results)
        done += count
        progress?(CheckProgress(filesRead: done, files: all.count))
        start()
      }
    }
    try await writer.close()
  }

  /// How many batches are read at the same time: a request to S3 is mostly waiting.
  private var width: Int {
    if case .s3 = lake.configuration.storage { return 8 }
    return 2
  }

  /// Few files at a time, and fewer large ones, since each row group has statistics for each column.
  static func batches(_ files: [File], deep: Bool) -> [[File]] {
    var batches: [[File]] = []
    var current: [File] = []
    var bytes: Int64 = 0
    for file in files {
      if !current.isEmpty, deep || current.count >= 32 || bytes + file.bytes > 1_000_000_000 {
        batches.append(current)
        (current, bytes) = ([], 0)
      }
      current.append(file)
      bytes += file.bytes
    }
    if !current.isEmpty { batches.append(current) }
    return batches
  }

  /// Reads some files; where that fails, half of them, until it is known which is damaged.
  private func read(_ files: [File]) async throws -> Results {
    let list = "[" + files.map { SQLLiteral.string($0.path) }.joined(separator: ", ") + "]"
    var results = Results()
    do {
      results.footers = try await lake.readTrusted(FooterStatements.footers(list), looksAround: true).chunks
      results.statistics = try await lake.readTrusted(FooterStatements.statistics(list), looksAround: true)
        .chunks
    } catch let error as LakeError {
      guard files.count > 1 else {
        return Results(failures: [(files[0].path, try Self.failure(error), false)])
      }
      var results = try await read(Array(files[..<(files.count / 2)]))
      results.add(try await read(Array(files[(files.count / 2)...])))
      return results
    }
    guard deep else { return results }
    for file in files {
      do { _ = try await lake.readTrusted(FooterStatements.data(file.path), looksAround: true) } catch let
        error
        as LakeError
      { results.failures.append((file.path, try Self.failure(error), true)) }
    }
    return results
  }

  /// What an error says about a file.
  ///
  /// - Throws: the error, when it says nothing about the file: the engine or the network failed.
  private static func failure(_ error: LakeError) throws -> Failure {
    let text = error.message.lowercased()
    if error.code == .refused { return .outOfReach }
    if text.contains("404") || text.contains("no files found") || text.contains("no such file") {
      return .gone
    }
    let isOfNetwork = ["http", "connection", "timed out", "timeout", "403"].contains(where: text.contains)
    guard error.code == .query, !isOfNetwork else { throw error }
    // The place is told anyway.
    return .damaged(error.message.prefix(160).description)
  }
}

/// How far a check has come.
public struct CheckProgress: Sendable, Hashable {
  /// Files whose footer, or with a deep check whose data, has been read.
  public let filesRead: Int
  /// Files to read in all.
  public let files: Int
}

/// The queries on files.
enum FooterStatements {
  static func footers(_ list: String) -> String {
    """
    SELECT file_name, num_rows, footer_size::BIGINT, file_name IN (
      SELECT file_name FROM parquet_schema(\(list)) WHERE name = '_ducklake_internal_row_id')
    FROM parquet_file_metadata(\(list))
    """
  }

  /// One row for each column of values in each row group. Columns are counted in the order of the schema's leaves.
  static func statistics(_ list: String) -> String {
    """
    WITH leaves AS (
      SELECT file_name, field_id, row_number() OVER (PARTITION BY file_name ORDER BY column_id) - 1 AS leaf
      FROM parquet_schema(\(list)) WHERE num_children IS NULL
    )
    SELECT m.file_name, l.field_id, m.path_in_schema, m.row_group_id, m.num_values, m.stats_null_count,
      coalesce(m.stats_min_value, m.stats_min), coalesce(m.stats_max_value, m.stats_max),
      coalesce(m.min_is_exact, true) AND coalesce(m.max_is_exact, true)
    FROM parquet_metadata(\(list)) m JOIN leaves l ON l.file_name = m.file_name AND l.leaf = m.column_id
    """
  }

  /// Reads every value of a file.
  static func data(_ path: String) -> String {
    "SELECT count(*), bit_xor(hash(file)) FROM read_parquet(\(SQLLiteral.string(path))) file"
  }
}

/// Writes what was read into the working copy.
private struct FooterWriter {
  private let footers: Appender
  private let statistics: Appender
  private let unreadable: Appender
  private let unreachable: Appender

  init(_ store: CatalogStore) async throws {
    func appender(_ table: String) async throws -> Appender {
      try await store.connection.appender(to: table, catalog: CatalogStore.alias)
    }
    footers = try await appender("check_footer")
    statistics = try await appender("check_statistics")
    unreadable = try await appender("check_unreadable")
    unreachable = try await appender("check_unreachable")
  }

  func write(_ results: FooterReading.Results) async throws {
    for chunk in results.footers { try await footers.append(chunk) }
    for chunk in results.statistics { try await statistics.append(chunk) }
    for (path, reason, hasFooter) in results.failures {
      switch reason {
      case .damaged(let text):
        try await unreadable.append([.varchar(path), .varchar(text), .boolean(hasFooter)])
      case .outOfReach: try await unreachable.append([.varchar(path)])
      // The second look tells whether the catalog still wants it.
      case .gone: break
      }
    }
  }

  func close() async throws {
    for appender in [footers, statistics, unreadable, unreachable] { try await appender.close() }
  }
}
