public import LakeSettings

/// Where a lake is, to be told to another process.
public struct LakeAddress: Codable, Sendable {
  /// `sqlite`, `duckdb` or `postgresql`.
  public let kind: String
  private var file: String?
  private var server: Server?
  private var folder: String?
  private var bucket: Bucket?

  private struct Server: Codable, Sendable {
    var host: String
    var port: Int
    var database: String
    var user: String
    var password: String
    var schema: String
  }

  private struct Bucket: Codable, Sendable {
    var bucket: String
    var prefix: String
    var endpoint: String
    var region: String
    var keyID: String
    var secret: String
  }

  /// - Parameter lake: a lake of ``TestLakes``.
  public init(_ lake: LakeConfiguration) {
    kind = lake.catalog.kind
    file = lake.catalog.filePath
    if case .postgresql(let catalog) = lake.catalog {
      server = Server(
        host: catalog.host, port: catalog.port, database: catalog.database, user: catalog.user,
        password: Self.text(catalog.password), schema: catalog.schema ?? "public")
    }
    switch lake.storage {
    case .folder(let path): folder = path
    case .s3(let s3):
      bucket = Bucket(
        bucket: s3.bucket, prefix: s3.prefix, endpoint: s3.endpoint ?? "", region: s3.region ?? "us-east-1",
        keyID: Self.text(s3.keyID), secret: Self.text(s3.secret))
    }
  }

  /// The same lake, its PostgreSQL reached at another port, such as a proxy's.
  public func through(port: Int) -> LakeAddress {
    var copy = self
    copy.server?.port = port
    return copy
  }

  /// The lake, for Tarn to open.
  public var configuration: LakeConfiguration {
    let catalog: Catalog =
      if let server {
        .postgresql(
          PostgreSQLCatalog(
            host: server.host, port: server.port, database: server.database, user: server.user,
            password: .value(server.password), schema: server.schema))
      } else if kind == "duckdb" { .duckdb(path: file ?? "") } else { .sqlite(path: file ?? "") }
    let storage: Storage =
      if let bucket {
        .s3(
          S3Storage(
            bucket: bucket.bucket, prefix: bucket.prefix, endpoint: bucket.endpoint, region: bucket.region,
            pathStyle: true, useTLS: false, keyID: .value(bucket.keyID), secret: .value(bucket.secret)))
      } else { .folder(folder ?? "") }
    return LakeConfiguration(catalog: catalog, storage: storage)
  }

  /// Where the data files are, ending in `/`.
  public var dataPath: String { configuration.storage.dataPath }

  /// Whether the data files are on this machine.
  public var isLocal: Bool { folder != nil }

  /// The statements by which plain DuckDB attaches the lake as `dl`, with DuckLake's own defaults.
  public var plainStatements: [String] {
    let library = Checkout.folder + "/lib/tarn/extensions"
    var statements = ["ducklake", "sqlite_scanner", "postgres_scanner", "httpfs"].filter { name in
      switch name {
      case "sqlite_scanner": kind == "sqlite"
      case "postgres_scanner": kind == "postgresql"
      case "httpfs": bucket != nil
      default: true
      }
    }.map { "LOAD '\(library)/\($0).duckdb_extension'" }
    if let bucket {
      statements.append(
        """
        CREATE SECRET storage (TYPE s3, KEY_ID '\(bucket.keyID)', SECRET '\(bucket.secret)', REGION '\(bucket.region)',
          ENDPOINT '\(bucket.endpoint)', URL_STYLE 'path', USE_SSL false)
        """)
    }
    var target = kind == "duckdb" ? "ducklake:\(file ?? "")" : "ducklake:sqlite:\(file ?? "")"
    var options = ["DATA_PATH '\(dataPath)'", "OVERRIDE_DATA_PATH true"]
    if let server {
      statements.append(
        """
        CREATE SECRET catalog (TYPE postgres, HOST '\(server.host)', PORT \(server.port), DATABASE '\(server.database)',
          USER '\(server.user)', PASSWORD '\(server.password)')
        """)
      target = "ducklake:postgres:"
      options += ["META_SECRET 'catalog'", "METADATA_SCHEMA '\(server.schema)'"]
    }
    return statements + ["ATTACH '\(target)' AS dl (\(options.joined(separator: ", ")))", "USE dl"]
  }

  /// A table of the catalog, as plain DuckDB names it after ``plainStatements``.
  public func metadata(_ table: String) -> String {
    "__ducklake_metadata_dl." + (server.map { "\"\($0.schema)\"." } ?? "") + table
  }

  private static func text(_ source: SecretSource?) -> String {
    if case .value(let text) = source { text } else { "" }
  }
}
