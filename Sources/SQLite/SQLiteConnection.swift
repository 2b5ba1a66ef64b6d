internal import CSQLite
public import SQLText

/// A connection to a SQLite database.
///
/// Its calls block, and one thread at a time may use it: whoever owns it sees to both. Statements are prepared once and
/// kept.
public final class SQLiteConnection {
  /// What a connection may do.
  public enum Access: Sendable {
    case readOnly
    case readWrite
    /// The database is made when there is none.
    case create
  }

  private let handle: OpaquePointer
  private var statements: [String: OpaquePointer] = [:]

  /// How many prepared statements are kept.
  private static let keptStatements = 256

  /// - Parameters:
  ///   - path: the database's file; `:memory:` for one that ends with the connection.
  ///   - patience: how long a statement waits for another connection's lock, in milliseconds.
  /// - Throws: ``SQLiteError``.
  public init(path: String, access: Access = .create, patience: Int32 = 10_000) throws(SQLiteError) {
    let flags =
      switch access {
      case .readOnly: SQLITE_OPEN_READONLY
      case .readWrite: SQLITE_OPEN_READWRITE
      case .create: SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE
      }
    var opened: OpaquePointer?
    let status = sqlite3_open_v2(path, &opened, flags | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, nil)
    guard status == SQLITE_OK, let opened else {
      let reason = opened.map { String(cString: sqlite3_errmsg($0)) } ?? "out of memory"
      sqlite3_close_v2(opened)
      throw SQLiteError(code: status, message: "cannot open '\(path)': \(reason)")
    }
    handle = opened
    sqlite3_busy_timeout(handle, patience)
  }

  deinit {
    for statement in statements.values { sqlite3_finalize(statement) }
    sqlite3_close_v2(handle)
  }

  // MARK: Statements

  /// Runs one statement and keeps its rows.
  ///
  /// - Throws: ``SQLiteError``.
  public func query(_ sql: SQL) throws(SQLiteError) -> SQLiteRows {
    let (text, values) = sql.rendered { "?\($0)" }
    let statement = try prepared(text)
    defer {
      sqlite3_reset(statement)
      sqlite3_clear_bindings(statement)
    }
    for (index, value) in values.enumerated() {
      try check(bind(try SQLiteValue(value), to: Int32(index + 1), of: statement), text)
    }
    let columns = (0..<sqlite3_column_count(statement)).map {
      String(cString: sqlite3_column_name(statement, $0))
    }
    var rows: [[SQLiteValue]] = []
    while true {
      switch sqlite3_step(statement) {
      case SQLITE_ROW: rows.append((0..<Int32(columns.count)).map { column($0, of: statement) })
      case SQLITE_DONE: return SQLiteRows(columns: columns, rows: rows)
      case let status: throw error(status, text)
      }
    }
  }

  /// Runs one statement and drops its rows.
  ///
  /// - Returns: how many rows it inserted, updated or deleted.
  /// - Throws: ``SQLiteError``.
  @discardableResult
  public func execute(_ sql: SQL) throws(SQLiteError) -> Int {
    let before = sqlite3_total_changes64(handle)
    _ = try query(sql)
    // The total tells that there were some; it counts those of foreign keys, too.
    return sqlite3_total_changes64(handle) == before ? 0 : Int(sqlite3_changes64(handle))
  }

  /// Runs statements without values, one after another.
  ///
  /// - Throws: ``SQLiteError`` of the first that fails.
  public func run(script: String) throws(SQLiteError) {
    try check(sqlite3_exec(handle, script, nil, nil, nil), script)
  }

  /// Whether a transaction is open.
  public var isInTransaction: Bool { sqlite3_get_autocommit(handle) == 0 }

  /// Copies the whole database, as it is at one moment, to a new file.
  ///
  /// - Throws: ``SQLiteError``.
  public func backUp(to path: String) throws(SQLiteError) {
    _ = try query("VACUUM INTO \(path)")
  }

  // MARK: Calls into SQLite

  private func prepared(_ text: String) throws(SQLiteError) -> OpaquePointer {
    if let known = statements[text] { return known }
    var statement: OpaquePointer?
    var status = SQLITE_OK
    var isAlone = true
    // The text's memory is valid only here, and so is the tail that points into it.
    text.withCString { bytes in
      var tail: UnsafePointer<CChar>?
      status = sqlite3_prepare_v3(handle, bytes, -1, UInt32(SQLITE_PREPARE_PERSISTENT), &statement, &tail)
      while let byte = tail?.pointee, byte != 0 {
        if !Self.separators.contains(byte) { isAlone = false }
        tail = tail?.advanced(by: 1)
      }
    }
    try check(status, text)
    guard let statement, isAlone else {
      sqlite3_finalize(statement)
      throw SQLiteError(code: SQLITE_MISUSE, message: "one statement at a time", sql: text)
    }
    if statements.count >= Self.keptStatements {
      for old in statements.values { sqlite3_finalize(old) }
      statements.removeAll()
    }
    statements[text] = statement
    return statement
  }

  private static let separators = Set(" \n\t\r;".utf8.map { CChar($0) })

  private func bind(_ value: SQLiteValue, to index: Int32, of statement: OpaquePointer) -> Int32 {
    switch value {
    case .null: sqlite3_bind_null(statement, index)
    case .integer(let integer): sqlite3_bind_int64(statement, index, integer)
    case .real(let real): sqlite3_bind_double(statement, index, real)
    // Without an address, as nothing may have, SQLite would bind NULL.
    case .text(""): tarn_sqlite3_bind_text(statement, index, "", 0)
    case .text(var text):
      text.withUTF8 { bytes in
        bytes.withMemoryRebound(to: CChar.self) {
          tarn_sqlite3_bind_text(statement, index, $0.baseAddress, UInt64($0.count))
        }
      }
    case .blob(let blob):
      blob.withUnsafeBytes {
        $0.isEmpty
          ? sqlite3_bind_zeroblob(statement, index, 0)
          : tarn_sqlite3_bind_blob(statement, index, $0.baseAddress, UInt64($0.count))
      }
    }
  }

  private func column(_ index: Int32, of statement: OpaquePointer) -> SQLiteValue {
    switch sqlite3_column_type(statement, index) {
    case SQLITE_INTEGER: return .integer(sqlite3_column_int64(statement, index))
    case SQLITE_FLOAT: return .real(sqlite3_column_double(statement, index))
    case SQLITE_TEXT:
      // The text first: asking for it may move it.
      let text = sqlite3_column_text(statement, index)
      let size = Int(sqlite3_column_bytes(statement, index))
      return .text(String(decoding: UnsafeBufferPointer(start: text, count: size), as: UTF8.self))
    case SQLITE_BLOB:
      let bytes = sqlite3_column_blob(statement, index)
      let size = Int(sqlite3_column_bytes(statement, index))
      return .blob([UInt8](UnsafeRawBufferPointer(start: bytes, count: size)))
    default: return .null
    }
  }

  private func check(_ status: Int32, _ sql: String) throws(SQLiteError) {
    guard status == SQLITE_OK else { throw error(status, sql) }
  }

  private func error(_ status: Int32, _ sql: String) -> SQLiteError {
    SQLiteError(code: status, message: String(cString: sqlite3_errmsg(handle)), sql: sql)
  }
}
