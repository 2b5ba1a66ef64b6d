/// All that is needed to open one lake: where its catalog is, where its files are.
public struct LakeConfiguration: Sendable, Hashable, Codable {
  /// The lake's name in this workspace.
  public var name: LakeName
  /// The SQL database that holds the lake's tables, snapshots and file lists.
  public var catalog: Catalog
  /// Where the Parquet files are.
  public var storage: Storage
  /// Creates the catalog when there is none. Otherwise a missing catalog is an error.
  public var createIfMissing: Bool
  /// What maintenance does by itself, and when.
  public var maintenance: MaintenancePolicy

  public init(
    name: LakeName = .main, catalog: Catalog, storage: Storage, createIfMissing: Bool = true,
    maintenance: MaintenancePolicy = MaintenancePolicy()
  ) {
    self.name = name
    self.catalog = catalog
    self.storage = storage
    self.createIfMissing = createIfMissing
    self.maintenance = maintenance
  }

  /// A lake on a SQLite catalog and local files, both inside one folder.
  ///
  /// - Parameters:
  ///   - name: the lake's name.
  ///   - folder: absolute path of the folder; made when the lake is opened.
  public static func embedded(_ name: LakeName = .main, in folder: String) -> LakeConfiguration {
    LakeConfiguration(
      name: name, catalog: .sqlite(path: folder + "/catalog.sqlite"), storage: .folder(folder + "/data"))
  }
}

/// The database that holds a lake's catalog.
public enum Catalog: Sendable, Hashable, Codable {
  /// A SQLite file in WAL mode; absolute path.
  case sqlite(path: String)
  /// A DuckDB file; absolute path.
  case duckdb(path: String)
  /// A PostgreSQL database, and the schema in it.
  case postgresql(PostgreSQLCatalog)

  /// `sqlite`, `duckdb` or `postgresql`.
  public var kind: String {
    switch self {
    case .sqlite: "sqlite"
    case .duckdb: "duckdb"
    case .postgresql: "postgresql"
    }
  }

  /// The catalog's file, for catalogs that one process at a time may use.
  public var filePath: String? {
    switch self {
    case .sqlite(let path), .duckdb(let path): path
    case .postgresql: nil
    }
  }
}

/// Where a PostgreSQL catalog is.
public struct PostgreSQLCatalog: Sendable, Hashable, Codable {
  public var host: String
  public var port: Int
  public var database: String
  public var user: String
  public var password: SecretSource?
  /// The schema that holds the catalog's tables; `public` when nil.
  public var schema: String?

  public init(
    host: String, port: Int = 5432, database: String, user: String, password: SecretSource? = nil,
    schema: String? = nil
  ) {
    self.host = host
    self.port = port
    self.database = database
    self.user = user
    self.password = password
    self.schema = schema
  }
}

/// Where a lake's Parquet files are.
public enum Storage: Sendable, Hashable, Codable {
  /// A local folder; absolute path.
  case folder(String)
  /// A bucket of an S3 service, or a prefix in it.
  case s3(S3Storage)

  /// The name of the storage that is used when scripts name none.
  public static let defaultName = "default"

  /// The place as DuckDB names it, ending in `/`.
  public var dataPath: String {
    switch self {
    case .folder(let path): path.hasSuffix("/") ? path : path + "/"
    case .s3(let s3): s3.url
    }
  }
}

/// A bucket, or a prefix in one, and how to reach it.
public struct S3Storage: Sendable, Hashable, Codable {
  /// Whose bucket it is.
  public enum Service: String, Sendable, Hashable, Codable {
    /// Amazon's, or one that speaks as it does.
    case s3
    /// Google's, by the keys that it gives out for programs made for Amazon's (HMAC).
    case gcs = "gs"

    /// The service of an address such as `gs://bucket/prefix`; nil for other addresses.
    public init?(address: String) {
      switch address.split(separator: ":", maxSplits: 1).first?.lowercased() {
      case "s3": self = .s3
      case "gs", "gcs": self = .gcs
      default: return nil
      }
    }
  }

  public var service = Service.s3
  public var bucket: String
  /// Folder inside the bucket, without slashes at either end; empty for the whole bucket.
  public var prefix: String
  /// Host and port of the service; nil for Amazon's own.
  public var endpoint: String?
  public var region: String?
  /// Puts the bucket into the path instead of the host name, as most services other than Amazon's want it.
  public var pathStyle: Bool
  public var useTLS: Bool
  public var keyID: SecretSource?
  public var secret: SecretSource?

  public init(
    bucket: String, prefix: String = "", endpoint: String? = nil, region: String? = nil,
    pathStyle: Bool = false, useTLS: Bool = true, keyID: SecretSource? = nil, secret: SecretSource? = nil
  ) {
    self.bucket = bucket
    self.prefix = prefix
    self.endpoint = endpoint
    self.region = region
    self.pathStyle = pathStyle
    self.useTLS = useTLS
    self.keyID = keyID
    self.secret = secret
  }

  /// `s3://bucket/prefix/`.
  public var url: String { "\(service.rawValue)://\(bucket)/" + (prefix.isEmpty ? "" : prefix + "/") }
}
