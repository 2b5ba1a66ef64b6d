internal import CPostgreSQL

/// A parameter in the form that the server reads from text.
public struct PostgreSQLText: Sendable, Hashable {
  /// The type's number in the server's `pg_type`; 0 to have the server work it out.
  public let type: UInt32
  /// Nil for NULL.
  public let text: String?

  public init(type: UInt32 = 0, text: String?) {
    self.type = type
    self.text = text
  }
}

/// A row while it is read: good for the duration of one call.
public struct PostgreSQLRow: ~Copyable {
  fileprivate let result: OpaquePointer

  /// Gives a value as the server writes it; nil for NULL.
  public func withText<Result>(
    of column: Int, _ body: (UnsafeBufferPointer<UInt8>?) throws -> Result
  ) rethrows -> Result {
    guard PQgetisnull(result, 0, Int32(column)) == 0, let value = PQgetvalue(result, 0, Int32(column)) else {
      return try body(nil)
    }
    let size = Int(PQgetlength(result, 0, Int32(column)))
    return try value.withMemoryRebound(to: UInt8.self, capacity: size) {
      try body(UnsafeBufferPointer(start: $0, count: size))
    }
  }
}

extension PostgreSQLConnection {
  /// Runs one statement and gives its rows as they come, one at a time. Nothing of it is kept for the next.
  ///
  /// - Parameters:
  ///   - columns: called once; with none for a statement that gives no rows.
  ///   - row: called for each row. When it throws, the statement is cancelled.
  /// - Throws: ``PostgreSQLError``; what the closures throw.
  public func stream(
    _ statement: String, _ parameters: [PostgreSQLText],
    columns: ([PostgreSQLRows.Column]) throws -> Void = { _ in },
    row: (borrowing PostgreSQLRow) throws -> Void
  ) throws {
    try send(statement, parameters)
    var failure: (any Error)?
    var hasColumns = false
    while let result = PQgetResult(handle) {
      defer { PQclear(result) }
      guard failure == nil else {
        if isCopy(result) { break }
        continue
      }
      do {
        switch PQresultStatus(result) {
        case PGRES_SINGLE_TUPLE, PGRES_TUPLES_OK, PGRES_COMMAND_OK, PGRES_EMPTY_QUERY:
          if !hasColumns {
            hasColumns = true
            try columns(PostgreSQLRows.columns(of: result))
          }
          if PQresultStatus(result) == PGRES_SINGLE_TUPLE { try row(PostgreSQLRow(result: result)) }
        default:
          if isCopy(result) {
            failure = PostgreSQLError(
              message: "COPY from and to the client is not possible here", sql: statement)
            // There is no other way out of it than to end the connection.
            abandon()
            continue
          }
          throw PostgreSQLError(result, connection: handle, sql: statement)
        }
      } catch {
        failure = error
        if !(error is PostgreSQLError) { cancellation.cancel() }
      }
    }
    if let failure { throw failure }
  }

  private func isCopy(_ result: OpaquePointer) -> Bool {
    [PGRES_COPY_IN, PGRES_COPY_OUT, PGRES_COPY_BOTH].contains(PQresultStatus(result))
  }

  private func send(_ statement: String, _ parameters: [PostgreSQLText]) throws(PostgreSQLError) {
    let types = parameters.map(\.type)
    var values: [String?] = []
    for parameter in parameters {
      guard parameter.text?.utf8.contains(0) != true else {
        throw PostgreSQLError(unbound: "text with a zero character")
      }
      values.append(parameter.text)
    }
    let sent = Self.withOptionalCStrings(values) {
      PQsendQueryParams(handle, statement, Int32(types.count), types, $0, nil, nil, 0)
    }
    guard sent == 1, PQsetSingleRowMode(handle) == 1 else {
      throw PostgreSQLError(
        message: String(cString: PQerrorMessage(handle)).split(separator: "\n").joined(separator: " "),
        sql: statement, isConnectionLost: !isOpen)
    }
  }

  private static func withOptionalCStrings<Result>(
    _ strings: [String?], _ body: (UnsafePointer<UnsafePointer<CChar>?>?) -> Result
  ) -> Result {
    var all: [CChar] = []
    for string in strings { if let string { all += string.utf8CString } }
    all.append(0)
    return all.withUnsafeBufferPointer { bytes in
      var offset = 0
      let addresses = strings.map { text -> UnsafePointer<CChar>? in
        guard let text else { return nil }
        defer { offset += text.utf8.count + 1 }
        return bytes.baseAddress?.advanced(by: offset)
      }
      return addresses.withUnsafeBufferPointer { body($0.baseAddress) }
    }
  }
}

/// Stops what a connection runs, from any thread.
public final class PostgreSQLCancellation: Sendable {
  /// libpq's own: it may be used from any thread while the connection is in use.
  private nonisolated(unsafe) let handle: OpaquePointer?

  init(_ connection: OpaquePointer) { handle = PQgetCancel(connection) }

  deinit { PQfreeCancel(handle) }

  /// Asks the server to stop the statement that runs, if one does. Blocks while it is asked.
  public func cancel() {
    guard let handle else { return }
    withUnsafeTemporaryAllocation(of: CChar.self, capacity: 256) { text in
      _ = PQcancel(handle, text.baseAddress, 256)
    }
  }
}
