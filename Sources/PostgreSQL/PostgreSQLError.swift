internal import CPostgreSQL

/// What a PostgreSQL server refused, or why it could not be asked.
public struct PostgreSQLError: Error, Sendable, CustomStringConvertible {
  /// Five characters (PostgreSQL's appendix A); nil when the server was not reached or did not say.
  public let state: String?
  /// In the server's words. Values of parameters do not stand in it, and no password.
  public let message: String
  public let detail: String?
  public let hint: String?
  /// Character of the statement that it is about, from 1.
  public let position: Int?
  /// The statement, with placeholders for its values.
  public let sql: String?
  /// Whether the connection is gone.
  public let isConnectionLost: Bool

  init(message: String, state: String? = nil, sql: String? = nil, isConnectionLost: Bool = false) {
    self.state = state
    self.message = message
    detail = nil
    hint = nil
    position = nil
    self.sql = sql
    self.isConnectionLost = isConnectionLost
  }

  init(unbound what: String) {
    self.init(message: "\(what) cannot be a parameter of PostgreSQL", state: "22023")
  }

  init(_ result: OpaquePointer?, connection: OpaquePointer, sql: String) {
    func field(_ code: Int32) -> String? { PQresultErrorField(result, code).map { String(cString: $0) } }
    state = field(Int32(UInt8(ascii: "C")))
    message =
      field(Int32(UInt8(ascii: "M")))
      ?? String(cString: PQerrorMessage(connection)).split(separator: "\n").joined(separator: " ")
    detail = field(Int32(UInt8(ascii: "D")))
    hint = field(Int32(UInt8(ascii: "H")))
    position = field(Int32(UInt8(ascii: "P"))).flatMap { Int($0) }
    self.sql = sql
    isConnectionLost = PQstatus(connection) != CONNECTION_OK
  }

  /// Whether a constraint of a table was violated (class 23).
  public var isConstraint: Bool { state?.hasPrefix("23") == true }

  /// Whether the same transaction may succeed when it is tried again: it met another one (class 40), or had to wait for
  /// a lock for too long.
  public var isTransient: Bool { state?.hasPrefix("40") == true || state == "55P03" }

  public var description: String { message }
}
