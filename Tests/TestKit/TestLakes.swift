public import Lake
public import LakeSettings

/// Lakes for tests, each in a folder of its own.
public enum TestLakes {
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
    _ lakes: [LakeConfiguration], settings: EngineSettings = EngineSettings(), patience: Duration = .seconds(60),
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
  public static func configuration(_ catalog: String, in folder: TemporaryFolder, name: LakeName = .main) -> LakeConfiguration {
    let home = folder["lakes/\(name)"]
    return LakeConfiguration(
      name: name,
      catalog: catalog == "duckdb" ? .duckdb(path: home + "/catalog.ducklake") : .sqlite(path: home + "/catalog.sqlite"),
      storage: .folder(home + "/data"))
  }
}
