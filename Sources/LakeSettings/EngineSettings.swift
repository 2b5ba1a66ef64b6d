/// What the queries of a workspace may use, and which files outside lakes they may reach.
public struct EngineSettings: Sendable, Hashable, Codable {
  /// Memory that DuckDB may use, in bytes; nil for DuckDB's own default (80 % of the machine's).
  public var memoryLimit: UInt64?
  /// Disk that DuckDB may use for temporary files, in bytes; nil for DuckDB's own default.
  public var temporaryDiskLimit: UInt64?
  /// Threads of one query; nil for one each core.
  public var threads: Int?
  /// A query past this is stopped; nil for no limit.
  public var queryTimeout: Duration?
  /// The folder that relative paths in SQL start from; absolute. Nil: only absolute paths work.
  public var baseFolder: String?
  /// Files and folders outside lakes that SQL may read and write: absolute paths, paths relative to
  /// ``baseFolder``, or bucket prefixes (`s3://…`).
  public var reachableFiles: [String]
  /// Folder for temporary files; absolute. Nil: beside the system's temporary files.
  public var temporaryFolder: String?
  /// Databases outside lakes that SQL may read from.
  public var databases: [SourceDatabase]
  /// Buckets outside lakes whose credentials the engine knows; what is reachable stands in ``reachableFiles``.
  public var buckets: [S3Storage]

  /// Containers of Azure's storage outside lakes that the engine knows how to reach.
  public var containers: [AzureStorage] = []
  /// Storages whose files SQL reads and writes by name: `s3:///key`, `s3://NAME/key`.
  public var storages: [String: Storage] = [:]
  /// Extensions of DuckDB that SQL needs besides those of the lakes: `avro`, `excel`. They are loaded before the engine is
  /// locked.
  public var extensions: [String] = []

  public init(
    memoryLimit: UInt64? = nil, temporaryDiskLimit: UInt64? = nil, threads: Int? = nil,
    queryTimeout: Duration? = nil, baseFolder: String? = nil, reachableFiles: [String] = [],
    temporaryFolder: String? = nil, databases: [SourceDatabase] = [], buckets: [S3Storage] = []
  ) {
    self.memoryLimit = memoryLimit
    self.temporaryDiskLimit = temporaryDiskLimit
    self.threads = threads
    self.queryTimeout = queryTimeout
    self.baseFolder = baseFolder
    self.reachableFiles = reachableFiles
    self.temporaryFolder = temporaryFolder
    self.databases = databases
    self.buckets = buckets
  }
}
