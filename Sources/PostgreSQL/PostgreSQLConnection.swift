internal import CPostgreSQL
public import SQLText

/// A connection to a PostgreSQL server.
///
/// Its calls block, and one thread at a time may use it: whoever owns it sees to both.
public final class PostgreSQLConnection {
  let handle: OpaquePointer
  /// Stops what runs.
  public let cancellation: PostgreSQLCancellation
  /// Statements that the server has prepared, and the names it knows them by.
  private var prepared: [String: String] = [:]

  private var isAbandoned = false

  /// How many prepared statements are kept.
  private static let keptStatements = 256

  /// - Parameter parameters: libpq's connection parameters by their names (`host`, `port`, `dbname`, `user`, `password`,
  ///   `sslmode`, …, or a whole URL as `dbname`).
  /// - Throws: ``PostgreSQLError``.
  public init(_ parameters: [String: String]) throws(PostgreSQLError) {
    var all = ["client_encoding": "UTF8", "application_name": "tarn", "connect_timeout": "10"]
    all.merge(parameters) { $1 }
    let names = all.keys.sorted()
    let opened = Self.withCStrings(names) { names in
      Self.withCStrings(all.keys.sorted().map { all[$0] ?? "" }) { values in
        // A URL may stand in `dbname`.
        PQconnectdbParams(names, values, 1)
      }
    }
    guard let opened else { throw PostgreSQLError(message: "out of memory") }
    guard PQstatus(opened) == CONNECTION_OK else {
      let reason = String(cString: PQerrorMessage(opened)).split(separator: "\n").joined(separator: " ")
      PQfinish(opened)
      throw PostgreSQLError(message: reason, isConnectionLost: true)
    }
    handle = opened
    cancellation = PostgreSQLCancellation(opened)
    // Notices would go to standard error.
    PQsetNoticeReceiver(handle, { _, _ in }, nil)
  }

  deinit { PQfinish(handle) }

  // MARK: Statements

  /// Runs one statement and keeps its rows. It is prepared once and kept.
  ///
  /// - Throws: ``PostgreSQLError``.
  public func query(_ sql: SQL) throws(PostgreSQLError) -> PostgreSQLRows {
    let (text, values) = sql.rendered()
    var parameters: [PostgreSQLParameter] = []
    for value in values { parameters.append(try PostgreSQLParameter(value)) }
    // A statement that was prepared with other types means something else.
    let key = text + "\u{0}" + parameters.map { String($0.type) }.joined(separator: ",")
    let name = try name(of: key, text, parameters.map(\.type))
    let result = Self.send(parameters) { count, values, lengths, formats in
      PQexecPrepared(handle, name, count, values, lengths, formats, 0)
    }
    defer { PQclear(result) }
    return try rows(of: result, text)
  }

  /// Runs one statement and drops its rows.
  ///
  /// - Returns: how many rows it inserted, updated or deleted.
  /// - Throws: ``PostgreSQLError``.
  @discardableResult
  public func execute(_ sql: SQL) throws(PostgreSQLError) -> Int { try query(sql).changedRows }

  /// Runs statements without values, one after another; in one transaction if they have none of their own.
  ///
  /// - Throws: ``PostgreSQLError`` of the first that fails.
  public func run(script: String) throws(PostgreSQLError) {
    let result = PQexec(handle, script)
    defer { PQclear(result) }
    _ = try rows(of: result, script)
  }

  /// Whether a transaction is open, be it a failed one.
  public var isInTransaction: Bool {
    [PQTRANS_INTRANS, PQTRANS_INERROR, PQTRANS_ACTIVE].contains(PQtransactionStatus(handle))
  }

  /// Whether the connection still stands, as far as is known.
  public var isOpen: Bool { !isAbandoned && PQstatus(handle) == CONNECTION_OK }

  /// Looks whether the server has ended the connection since it was used last. It asks the server only when something has come
  /// that nobody waits for. Not for connections that LISTEN.
  public func isStillThere() -> Bool {
    guard isOpen else { return false }
    var descriptor = pollfd(fd: PQsocket(handle), events: Int16(POLLIN), revents: 0)
    guard poll(&descriptor, 1, 0) != 0 else { return true }
    guard PQconsumeInput(handle) == 1 else { return false }
    do { try run(script: "") } catch { return false }
    return isOpen
  }

  /// Makes the connection count as lost: it is in the middle of something that cannot be ended.
  func abandon() {
    isAbandoned = true
    shutdown(PQsocket(handle), Int32(SHUT_RDWR))
  }

  // MARK: Notifications

  /// Waits for what `NOTIFY` sends to the channels that this connection has begun to LISTEN to.
  ///
  /// - Parameter milliseconds: for how long at most.
  /// - Returns: what has come; empty when nothing came in time.
  /// - Throws: ``PostgreSQLError`` when the connection is lost.
  public func notifications(within milliseconds: Int32) throws(PostgreSQLError) -> [PostgreSQLNotification] {
    var found = try arrived()
    guard found.isEmpty else { return found }
    var descriptor = pollfd(fd: PQsocket(handle), events: Int16(POLLIN), revents: 0)
    guard poll(&descriptor, 1, milliseconds) > 0 else { return [] }
    found = try arrived()
    return found
  }

  private func arrived() throws(PostgreSQLError) -> [PostgreSQLNotification] {
    guard PQconsumeInput(handle) == 1 else {
      throw PostgreSQLError(message: String(cString: PQerrorMessage(handle)), isConnectionLost: true)
    }
    var found: [PostgreSQLNotification] = []
    while let notification = PQnotifies(handle) {
      found.append(
        PostgreSQLNotification(
          channel: String(cString: notification.pointee.relname),
          payload: String(cString: notification.pointee.extra)))
      PQfreemem(notification)
    }
    return found
  }

  // MARK: Calls into libpq

  private func name(of key: String, _ text: String, _ types: [UInt32]) throws(PostgreSQLError) -> String {
    if let known = prepared[key] { return known }
    if prepared.count >= Self.keptStatements {
      try run(script: "DEALLOCATE ALL")
      prepared.removeAll()
    }
    let name = "tarn_\(prepared.count)"
    let result = PQprepare(handle, name, text, Int32(types.count), types)
    defer { PQclear(result) }
    _ = try rows(of: result, text)
    prepared[key] = name
    return name
  }

  private func rows(of result: OpaquePointer?, _ text: String) throws(PostgreSQLError) -> PostgreSQLRows {
    switch PQresultStatus(result) {
    case PGRES_TUPLES_OK, PGRES_SINGLE_TUPLE, PGRES_COMMAND_OK, PGRES_EMPTY_QUERY:
      PostgreSQLRows(result)
    default: throw PostgreSQLError(result, connection: handle, sql: text)
    }
  }

  private static func send<Result>(
    _ parameters: [PostgreSQLParameter],
    _ call: (
      Int32, UnsafePointer<UnsafePointer<CChar>?>?, UnsafePointer<Int32>?, UnsafePointer<Int32>?
    ) -> Result
  ) -> Result {
    let lengths = parameters.map { Int32($0.bytes?.count ?? 0) }
    let formats: [Int32] = parameters.map { $0.isBinary ? 1 : 0 }
    // One block of memory for all, so that every address is valid during the call.
    let all = Array(parameters.map { $0.bytes ?? [] }.joined()) + [0]
    return all.withUnsafeBytes { bytes in
      var offset = 0
      let addresses = parameters.map { parameter -> UnsafePointer<CChar>? in
        guard let size = parameter.bytes?.count else { return nil }
        defer { offset += size }
        return bytes.baseAddress?.advanced(by: offset).assumingMemoryBound(to: CChar.self)
      }
      return call(Int32(parameters.count), addresses, lengths, formats)
    }
  }

  private static func withCStrings<Result>(
    _ strings: [String], _ body: (UnsafePointer<UnsafePointer<CChar>?>) -> Result
  ) -> Result {
    let texts = strings.map { $0.utf8CString }
    let all = Array(texts.joined())
    return all.withUnsafeBufferPointer { bytes in
      var offset = 0
      var addresses = texts.map { text -> UnsafePointer<CChar>? in
        defer { offset += text.count }
        return bytes.baseAddress?.advanced(by: offset)
      }
      addresses.append(nil)
      return addresses.withUnsafeBufferPointer { addresses in
        // Never empty: a nil ends it.
        body(addresses.baseAddress.unsafelyUnwrapped)
      }
    }
  }
}
