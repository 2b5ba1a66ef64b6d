internal import CPostgreSQL

/// The rows of a statement.
public struct PostgreSQLRows: Sendable {
  /// A column of a result.
  public struct Column: Sendable, Hashable {
    public let name: String
    /// The type's number in the server's `pg_type`.
    public let type: UInt32
    /// What the type was declared with, such as digits of a number; -1 for nothing.
    public let modifier: Int32
  }

  /// In order; empty for a statement that gives no rows.
  public let columns: [Column]
  /// Values, in the order of the columns.
  public let rows: [[PostgreSQLValue]]
  /// How many rows the statement inserted, updated or deleted.
  public let changedRows: Int

  init(_ result: OpaquePointer?) {
    columns = Self.columns(of: result)
    let types = columns.map(\.type)
    rows = (0..<PQntuples(result)).map { row in
      types.indices.map { column in
        guard PQgetisnull(result, row, Int32(column)) == 0,
          let value = PQgetvalue(result, row, Int32(column))
        else { return .null }
        let size = Int(PQgetlength(result, row, Int32(column)))
        return value.withMemoryRebound(to: UInt8.self, capacity: size) {
          PostgreSQLValue(text: UnsafeBufferPointer(start: $0, count: size), type: types[column])
        }
      }
    }
    changedRows = Int(String(cString: PQcmdTuples(result))) ?? 0
  }

  static func columns(of result: OpaquePointer?) -> [Column] {
    (0..<PQnfields(result)).map {
      Column(
        name: String(cString: PQfname(result, $0)), type: PQftype(result, $0), modifier: PQfmod(result, $0))
    }
  }
}

/// What `NOTIFY` sent.
public struct PostgreSQLNotification: Sendable, Hashable {
  public let channel: String
  public let payload: String
}
