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
    let engine = try await Engine(lakes: [configuration(catalog, in: folder)], settings: settings)
    let lake = try await engine.lake()
    do {
      let result = try await body(lake, folder)
      await engine.close()
      return result
    } catch {
      await engine.close()
      throw error
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
