internal import Foundation
public import JSON

/// Where a data table is, and who reads and writes it.
public struct DataTableSettings: Sendable, Hashable, CustomStringConvertible {
  public var host: String
  public var port: Int
  public var database: String
  public var user: String
  public var password: String
  /// As libpq has it: `disable`, `prefer`, `require`, `verify-full`, …
  public var sslMode: String
  /// Certificates that a server's is checked against, in PEM; nil for those of the system.
  public var rootCertificate: String?

  public init(
    host: String, port: Int = 5432, database: String, user: String, password: String,
    sslMode: String = "prefer", rootCertificate: String? = nil
  ) {
    self.host = host
    self.port = port
    self.database = database
    self.user = user
    self.password = password
    self.sslMode = sslMode
    self.rootCertificate = rootCertificate
  }

  /// Reads the value of a resource of type `postgresql`: `host`, `port`, `dbname`, `user`, `password`, `sslmode`,
  /// `root_certificate_pem`.
  ///
  /// - Throws: ``DataTableError``, code `badSettings`.
  public init(resource: JSONValue) throws(DataTableError) {
    guard let object = resource.object else {
      throw DataTableError(
        .badSettings, "a resource of type postgresql is an object with host, dbname, user and password")
    }
    func text(_ name: String) throws(DataTableError) -> String? {
      switch object[name] {
      case nil, .null: return nil
      case .string(let text): return text.isEmpty ? nil : text
      case .number(let text): return text
      default: throw DataTableError(.badSettings, "'\(name)' of the PostgreSQL resource must be a text")
      }
    }
    guard let host = try text("host") else {
      throw DataTableError(.badSettings, "the PostgreSQL resource lacks 'host'")
    }
    guard let database = try text("dbname") else {
      throw DataTableError(.badSettings, "the PostgreSQL resource lacks 'dbname'")
    }
    let port = try text("port") ?? "5432"
    guard let number = Int(port), (1...65535).contains(number) else {
      throw DataTableError(.badSettings, "'port' of the PostgreSQL resource must be a number up to 65535")
    }
    self.init(
      host: host, port: number, database: database, user: try text("user") ?? "postgres",
      password: try text("password") ?? "", sslMode: try text("sslmode") ?? "prefer",
      rootCertificate: try text("root_certificate_pem"))
  }

  /// Writes the certificates that a server's is checked against into a file, as libpq wants them.
  ///
  /// - Returns: the file; nil when none are given.
  /// - Throws: ``DataTableError``, code `badSettings`.
  public func certificateFile(in folder: String) throws(DataTableError) -> String? {
    guard let rootCertificate else { return nil }
    let path = folder + "/authorities-\(host)-\(port).pem"
    do {
      try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
      try rootCertificate.write(toFile: path, atomically: true, encoding: .utf8)
    } catch {
      throw DataTableError(.badSettings, "the certificate cannot be written: \(error.localizedDescription)")
    }
    return path
  }

  /// Without the password.
  public var description: String { "\(user)@\(host):\(port)/\(database)" }
}

/// Why a data table cannot be used.
public struct DataTableError: Error, Sendable, CustomStringConvertible {
  public enum Code: Sendable, Hashable {
    /// The settings cannot be read.
    case badSettings
    /// The server cannot be reached, or lets nobody in.
    case unreachable
    /// A statement failed.
    case statement
    /// The script did what it may not do.
    case refused
  }

  public let code: Code
  /// Without a password.
  public let message: String

  public init(_ code: Code, _ message: String) {
    self.code = code
    self.message = message
  }

  public var description: String { message }
}
