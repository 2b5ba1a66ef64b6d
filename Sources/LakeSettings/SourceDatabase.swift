/// A database outside lakes that an engine attaches to read from it. It is never written to.
public struct SourceDatabase: Sendable, Hashable, Codable, CustomStringConvertible {
  /// Where a database is.
  public enum Place: Sendable, Hashable, Codable {
    case postgresql(DatabaseServer)
    case mysql(DatabaseServer)
    /// A SQLite file; absolute path.
    case sqlite(path: String)
    /// A DuckDB file; absolute path.
    case duckdb(path: String)
  }

  /// What SQL calls it.
  public var name: String
  public var place: Place

  public init(name: String, place: Place) {
    self.name = name
    self.place = place
  }

  /// The place as an address or a path, without a password.
  public var description: String {
    switch place {
    case .postgresql(let server): "postgresql://\(server)"
    case .mysql(let server): "mysql://\(server)"
    case .sqlite(let path), .duckdb(let path): path
    }
  }

  /// The schema that tables are taken from when nobody says it.
  public var standardSchema: String {
    switch place {
    case .postgresql: "public"
    case .mysql(let server): server.database
    case .sqlite, .duckdb: "main"
    }
  }
}

/// A database of a server, and who reads it.
public struct DatabaseServer: Sendable, Hashable, Codable, CustomStringConvertible {
  public var host: String
  /// Nil for the server's usual one.
  public var port: Int?
  public var database: String
  /// Nil for what the client library takes.
  public var user: String?
  /// Nil for what the client library finds: `PGPASSWORD` and `~/.pgpass`, or `MYSQL_PWD`.
  public var password: SecretSource?
  /// Settings of the connection without secrets, such as `sslmode`; names in order.
  public var options: [Option]

  /// A setting of a connection.
  public struct Option: Sendable, Hashable, Codable {
    public var name: String
    public var value: String

    public init(name: String, value: String) {
      self.name = name
      self.value = value
    }
  }

  public init(
    host: String, port: Int? = nil, database: String, user: String? = nil, password: SecretSource? = nil,
    options: [Option] = []
  ) {
    self.host = host
    self.port = port
    self.database = database
    self.user = user
    self.password = password
    self.options = options
  }

  /// `user@host:port/database`.
  public var description: String {
    (user.map { $0 + "@" } ?? "") + host + (port.map { ":\($0)" } ?? "") + "/" + database
  }
}
