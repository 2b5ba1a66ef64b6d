import Foundation
import LakeSettings

/// A project of dlt whose destination is `ducklake`: its lake, at the place where dlt has it.
enum DLTProject {
  private static let section = ["destination", "ducklake"]
  private static let credentials = ["destination", "ducklake", "credentials"]

  /// Whether a folder, or the environment, speaks of a lake of dlt.
  static func isIn(_ folder: String, environment: [String: String]) -> Bool {
    if environment.keys.contains(where: { $0.hasPrefix("DESTINATION__DUCKLAKE__") }) { return true }
    guard DLTSettings.fileNames.contains(where: { FileManager.default.fileExists(atPath: folder + "/" + $0) })
    else { return false }
    guard let settings = try? DLTSettings(folder: folder, environment: environment) else { return true }
    let names = settings.files.contains { file in
      if case .table(let table)? = file.table["destination"] { table["ducklake"] != nil } else { false }
    }
    return names || FileManager.default.fileExists(atPath: folder + "/ducklake.sqlite")
  }

  /// The project's lake, under the name `main`.
  ///
  /// - Throws: ``WorkspaceError`` that names what cannot be used, never a secret.
  static func lake(in folder: String, environment: [String: String]) throws(WorkspaceError)
    -> LakeConfiguration
  {
    let settings = try DLTSettings(folder: folder, environment: environment)
    do { return try lake(settings, folder: folder) } catch let error as WorkspaceError { throw error } catch {
      throw WorkspaceError("the settings of dlt cannot be read", path: folder + "/.dlt")
    }
  }

  private static func lake(_ settings: DLTSettings, folder: String) throws -> LakeConfiguration {
    let reader = DLTReader(settings: settings, section: credentials)
    let name = try reader.text("ducklake_name") ?? "ducklake"
    // As dlt: files lie in the folder that the pipeline is run in, unless another is said.
    let own = try DLTReader(settings: settings, section: section).text("local_dir")
    let home = WorkspaceFile.absolute(own ?? settings.environment["DLT_LOCAL_DIR"] ?? ".", in: folder)
    return LakeConfiguration(
      name: .main, catalog: try catalog(reader, name: name, home: home),
      storage: try storage(reader, name: name, home: home))
  }

  // MARK: Catalog

  private static func catalog(_ reader: DLTReader, name: String, home: String) throws -> Catalog {
    var address: DLTAddress?
    if let text = try reader.text("catalog") {
      address = DLTAddress(text)
      if address == nil { throw reader.wrong("catalog", "is no address of a database") }
    }
    let driver = try address?.driver ?? reader.text("catalog", "drivername") ?? "sqlite"
    let database = try address?.database ?? reader.text("catalog", "database")
    switch driver {
    case "sqlite", "duckdb":
      let path = WorkspaceFile.absolute(database ?? "\(name).\(driver)", in: home)
      return driver == "sqlite" ? .sqlite(path: path) : .duckdb(path: path)
    case "postgres", "postgresql":
      guard let host = try address?.host ?? reader.text("catalog", "host"), let database else {
        throw reader.wrong("catalog", "needs a host and a database")
      }
      let port = try address?.port ?? reader.integer("catalog", "port") ?? 5432
      let user = try address?.user ?? reader.text("catalog", "username") ?? "postgres"
      let password = try address?.password ?? reader.text("catalog", "password")
      return .postgresql(
        PostgreSQLCatalog(
          host: host, port: port, database: database, user: user, password: password.map { .value($0) },
          schema: try reader.text("metadata_schema") ?? name))
    default:
      throw reader.wrong(
        "catalog", "is of a kind that Tarn does not open ('\(driver)')",
        hint: "A lake's catalog is on SQLite, DuckDB or PostgreSQL.")
    }
  }

  // MARK: Storage

  private static func storage(_ reader: DLTReader, name: String, home: String) throws -> Storage {
    let url = try reader.text("storage") ?? reader.text("storage", "bucket_url") ?? "\(name).files"
    if let mark = url.firstRange(of: "://") {
      let scheme = url[..<mark.lowerBound].lowercased()
      if scheme == "file" {
        return .folder(WorkspaceFile.absolute(String(url[mark.upperBound...]), in: home))
      }
      guard scheme == "s3" || scheme == "s3a" else {
        throw reader.wrong(
          "storage", "is of a kind that Tarn does not open ('\(scheme)')",
          hint: "A lake's files are in a folder or a bucket of S3.")
      }
      let parts = url[mark.upperBound...].split(separator: "/", maxSplits: 1).map(String.init)
      guard let bucket = parts.first else { throw reader.wrong("storage", "names no bucket") }
      var prefix = parts.count > 1 ? parts[1] : ""
      while prefix.hasSuffix("/") { prefix.removeLast() }
      return .s3(try bucketSettings(S3Storage(bucket: bucket, prefix: prefix), reader))
    }
    return .folder(WorkspaceFile.absolute(url, in: home))
  }

  private static func bucketSettings(_ bucket: S3Storage, _ reader: DLTReader) throws -> S3Storage {
    var bucket = bucket
    bucket.keyID = try reader.text("storage", "credentials", "aws_access_key_id").map { .value($0) }
    bucket.secret = try reader.text("storage", "credentials", "aws_secret_access_key").map { .value($0) }
    bucket.region = try reader.text("storage", "credentials", "region_name")
    if let endpoint = try reader.text("storage", "credentials", "endpoint_url") {
      bucket.useTLS = !endpoint.hasPrefix("http://")
      let host = endpoint.firstRange(of: "://").map { endpoint[$0.upperBound...] } ?? endpoint[...]
      bucket.endpoint = host.split(separator: "/").first.map(String.init)
      bucket.pathStyle = try reader.text("storage", "credentials", "s3_url_style") != "vhost"
    }
    return bucket
  }
}

/// Reads settings below a section as what they should be.
private struct DLTReader {
  let settings: DLTSettings
  let section: [String]

  func text(_ key: String...) throws(WorkspaceError) -> String? { try text(key) }

  func integer(_ key: String...) throws(WorkspaceError) -> Int? { try text(key).flatMap { Int($0) } }

  private func text(_ key: [String]) throws(WorkspaceError) -> String? {
    guard let found = settings.find(key, in: section) else { return nil }
    switch found.value {
    case .string(let text): return text
    case .integer(let number): return String(number)
    case .boolean(let flag): return String(flag)
    // A setting of which only the parts are said.
    case .table: return nil
    case .float, .time, .array:
      throw WorkspaceError("\(found.name) must be a text", path: found.path, line: found.line)
    }
  }

  /// An error that names the setting and where it stands.
  func wrong(_ key: String, _ what: String, hint: String? = nil) -> WorkspaceError {
    let found = settings.find([key], in: section)
    let name = found?.name ?? (section + [key]).joined(separator: ".")
    return WorkspaceError("\(name) \(what)", hint: hint, path: found?.path, line: found?.line)
  }
}

/// `driver://user:password@host:port/database`, as SQLAlchemy and dlt write it.
struct DLTAddress {
  let driver: String
  let user: String?
  let password: String?
  let host: String?
  let port: Int?
  /// A path, of drivers that keep a file: relative after three slashes, absolute after four.
  let database: String?

  /// - Returns: nil when the text is no address.
  init?(_ text: String) {
    guard let mark = text.firstRange(of: "://") else { return nil }
    driver = text[..<mark.lowerBound].split(separator: "+").first.map { $0.lowercased() } ?? ""
    var rest = text[mark.upperBound...]
    rest = rest.prefix { $0 != "?" }
    let slash = rest.firstIndex(of: "/") ?? rest.endIndex
    let authority = rest[..<slash]
    let path = String(rest[slash...].dropFirst())
    func decoded(_ part: some StringProtocol) -> String { part.removingPercentEncoding ?? String(part) }
    database = path.isEmpty ? nil : decoded(path)
    let at = authority.lastIndex(of: "@")
    let account = at.map { authority[..<$0] } ?? ""
    let place = at.map { authority[authority.index(after: $0)...] } ?? authority
    let names = account.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
    user = names.first.flatMap { $0.isEmpty ? nil : decoded($0) }
    password = names.count > 1 ? decoded(names[1]) : nil
    let parts = place.split(separator: ":", maxSplits: 1)
    host = parts.first.map(decoded)
    port = parts.count > 1 ? Int(parts[1]) : nil
  }
}
