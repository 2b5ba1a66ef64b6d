import Foundation
import LakeSettings
import TestKit
import Testing

@testable import Workspaces

/// A project of dlt as a workspace: its lake is where dlt has it.
@Suite struct DLTProjectTests {
  private func lake(
    _ secrets: String? = nil, config: String? = nil, environment: [String: String] = [:]
  ) throws -> (lake: LakeConfiguration, folder: String) {
    let folder = try TemporaryFolder("dlt")
    if let secrets { try folder.write(secrets, to: ".dlt/secrets.toml") }
    if let config { try folder.write(config, to: ".dlt/config.toml") }
    return (try DLTProject.lake(in: folder.path, environment: environment), folder.path)
  }

  @Test func nothingSaidIsAFileAndAFolder() throws {
    let (lake, folder) = try lake()
    #expect(lake.name == .main)
    #expect(lake.catalog == .sqlite(path: folder + "/ducklake.sqlite"))
    #expect(lake.storage == .folder(folder + "/ducklake.files"))
  }

  @Test func theNameNamesFiles() throws {
    let (lake, folder) = try lake(
      "[destination.ducklake.credentials]\nducklake_name = 'shop'\n[destination.ducklake.credentials.catalog]\ndrivername = 'duckdb'\n"
    )
    #expect(lake.catalog == .duckdb(path: folder + "/shop.duckdb"))
    #expect(lake.storage == .folder(folder + "/shop.files"))
  }

  @Test(arguments: [
    ("sqlite:///lakes/a.db", "lakes/a.db"), ("sqlite:////srv/a.db", "/srv/a.db"),
  ])
  func filesOfCatalogs(address: String, path: String) throws {
    let (lake, folder) = try lake("destination.ducklake.credentials.catalog = \"\(address)\"")
    #expect(lake.catalog == .sqlite(path: path.hasPrefix("/") ? path : "\(folder)/\(path)"))
  }

  @Test func aServerAndABucket() throws {
    let (lake, _) = try lake(
      """
      [destination.ducklake.credentials]
      ducklake_name = "prod"
      catalog = "postgresql://loader:pass%40word@db.example.com:5433/meta"
      storage = "s3://bucket/lakes/prod/"
      """)
    #expect(
      lake.catalog
        == .postgresql(
          PostgreSQLCatalog(
            host: "db.example.com", port: 5433, database: "meta", user: "loader",
            password: .value("pass@word"),
            schema: "prod")))
    #expect(lake.storage.dataPath == "s3://bucket/lakes/prod/")
    #expect(!"\(lake)".contains("pass@word"))
  }

  @Test func partsOfABucket() throws {
    let (lake, _) = try lake(
      """
      [destination.ducklake.credentials.storage]
      bucket_url = "s3://bucket/x"
      credentials = {aws_access_key_id = "k", aws_secret_access_key = "s", endpoint_url = "http://localhost:9000", region_name = "eu-1"}
      """)
    #expect(
      lake.storage
        == .s3(
          S3Storage(
            bucket: "bucket", prefix: "x", endpoint: "localhost:9000", region: "eu-1", pathStyle: true,
            useTLS: false,
            keyID: .value("k"), secret: .value("s"))))
  }

  @Test func theEnvironmentGoesFirstThenSecrets() throws {
    let (lake, folder) = try lake(
      "[destination.ducklake.credentials]\nducklake_name = 'secret'\nmetadata_schema = 'm'",
      config: "[destination.ducklake.credentials]\nducklake_name = 'plain'\n[credentials]\nstorage = 'store'",
      environment: ["DESTINATION__DUCKLAKE__CREDENTIALS__CATALOG__PASSWORD": "word"])
    #expect(lake.catalog == .sqlite(path: folder + "/secret.sqlite"))
    #expect(lake.storage == .folder(folder + "/store"))
    let (named, other) = try self.lake(
      environment: [
        "DESTINATION__DUCKLAKE__CREDENTIALS__DUCKLAKE_NAME": "env",
        "CREDENTIALS__CATALOG": "duckdb:///c.duckdb", "DLT_LOCAL_DIR": "local",
      ])
    #expect(named.catalog == .duckdb(path: other + "/local/c.duckdb"))
    #expect(named.storage == .folder(other + "/local/env.files"))
  }

  @Test(arguments: [
    ("[destination", "secrets.toml:1: this is no readable TOML"),
    (
      "\n[destination.ducklake.credentials]\ncatalog = 'mysql://u:sesame@h/d'",
      "secrets.toml:3: destination.ducklake.credentials.catalog is of a kind that Tarn does not open ('mysql')"
    ),
    (
      "[destination.ducklake.credentials]\nstorage = 'az://sesame@c/x'",
      "storage is of a kind that Tarn does not open ('az')"
    ),
    ("[destination.ducklake.credentials]\ncatalog = 'sesame'", "catalog is no address of a database"),
    ("[destination.ducklake.credentials]\nducklake_name = 1.5", "ducklake_name must be a text"),
  ])
  func errorsTellFileAndLineAndNoSecret(text: String, expected: String) throws {
    let error = #expect(throws: WorkspaceError.self) { try lake(text) }
    #expect(error?.description.contains(expected) == true, "\(String(describing: error))")
    #expect(error?.description.contains("sesame") == false)
  }

  @Test func aFolderIsFoundFromBelow() throws {
    let folder = try TemporaryFolder("dlt")
    try folder.write("[destination.ducklake.credentials]\nducklake_name = 'shop'", to: ".dlt/secrets.toml")
    try folder.write("", to: "below/file")
    let workspace = try Workspace.find(from: folder["below"])
    #expect(workspace.folder == folder.path)
    #expect(workspace.lakes.map(\.catalog) == [.sqlite(path: folder["shop.sqlite"])])
    // A file of Tarn's own goes first.
    try folder.write("lakes:\n  main:\n    catalog: duckdb\n", to: "tarn.yaml")
    #expect(try Workspace.find(from: folder["below"]).lakes.map(\.catalog.kind) == ["duckdb"])
    // Settings of other destinations are none of ours.
    let other = try TemporaryFolder("dlt")
    try other.write("[destination.bigquery]\nlocation = 'EU'", to: ".dlt/config.toml")
    #expect(!DLTProject.isIn(other.path, environment: [:]))
  }
}
