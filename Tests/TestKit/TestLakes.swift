public import Lake
public import LakeSettings

/// Lakes for tests, each in a folder of its own.
public enum TestLakes {
  /// A kind of catalog and of storage that the same tests run on.
  public enum Kind: String, Sendable, CaseIterable, CustomStringConvertible {
    case sqlite, duckdb, postgresql
    case sqliteOnS3 = "sqlite on S3"
    case postgresqlOnS3 = "postgresql on S3"

    /// The kinds whose servers are installed here; make test installs them all.
    public static let installed = allCases.filter { kind in
      (!kind.rawValue.hasPrefix("postgresql") || TestPostgreSQL.isInstalled)
        && (!kind.rawValue.hasSuffix("S3") || TestS3.isInstalled)
    }

    public var description: String { rawValue }
  }

  /// The configuration of a lake of some kind; local parts of it are in a test's folder.
  public static func configuration(
    _ kind: Kind, in folder: TemporaryFolder, name: LakeName = .main
  ) async throws -> LakeConfiguration {
    var lake = configuration(kind == .duckdb ? "duckdb" : "sqlite", in: folder, name: name)
    if kind == .postgresql || kind == .postgresqlOnS3 {
      lake.catalog = .postgresql(try await TestPostgreSQL.catalog())
    }
    if kind == .sqliteOnS3 || kind == .postgresqlOnS3 { lake.storage = .s3(try await TestS3.storage()) }
    return lake
  }

  /// Runs `body` with a new lake of some kind.
  public static func withLake<Result>(
    _ kind: Kind, settings: EngineSettings = EngineSettings(),
    _ body: (Lake, TemporaryFolder) async throws -> Result
  ) async throws -> Result {
    let folder = try TemporaryFolder("lake")
    let lake = try await configuration(kind, in: folder)
    return try await withEngine([lake], settings: settings) { engine in
      try await body(try await engine.lake(), folder)
    }
  }

  /// Runs `body` with a new lake on a catalog that needs no server.
  public static func withLake<Result>(
    catalog: String = "sqlite", settings: EngineSettings = EngineSettings(),
    _ body: (Lake, TemporaryFolder) async throws -> Result
  ) async throws -> Result {
    let folder = try TemporaryFolder("lake")
    return try await withEngine([configuration(catalog, in: folder)], settings: settings) { engine in
      try await body(try await engine.lake(), folder)
    }
  }

  /// Runs `body` with an engine for these lakes, which is closed afterwards. A few tests at a time have one.
  public static func withEngine<Result>(
    _ lakes: [LakeConfiguration], settings: EngineSettings = EngineSettings(),
    patience: Duration = .seconds(60),
    _ body: (Engine) async throws -> Result
  ) async throws -> Result {
    try await EnginePlaces.shared.run {
      let engine = try await Engine(lakes: lakes, settings: settings, patience: patience)
      do {
        let result = try await body(engine)
        await engine.close()
        return result
      } catch {
        await engine.close()
        throw error
      }
    }
  }

  /// The configuration of a lake in a test's folder.
  ///
  /// - Parameter catalog: `sqlite` or `duckdb`.
  public static func configuration(_ catalog: String, in folder: TemporaryFolder, name: LakeName = .main)
    -> LakeConfiguration
  {
    let home = folder["lakes/\(name)"]
    return LakeConfiguration(
      name: name,
      catalog: catalog == "duckdb"
        ? .duckdb(path: home + "/catalog.ducklake") : .sqlite(path: home + "/catalog.sqlite"),
      storage: .folder(home + "/data"))
  }
}
