import DuckDB
import Foundation
import LakeSettings
import SQLText

/// The statements that open, attach and lock an engine: text only, so that they are tested without one.
enum EngineStatements {
  /// The extensions that a lake needs.
  static func extensions(for lake: LakeConfiguration) -> [String] {
    var names = ["ducklake"]
    switch lake.catalog {
    case .sqlite: names.append("sqlite_scanner")
    case .postgresql: names.append("postgres_scanner")
    case .duckdb: break
    }
    if case .s3 = lake.storage { names.append("httpfs") }
    return names
  }

  /// Settings that hold for the whole life of the engine. Commits take turns, so that a retry of DuckLake's
  /// own is only ever needed against other programs: often, and soon.
  static func settings(_ settings: EngineSettings, temporaryFolder: String) -> [String] {
    var statements = [
      "SET allow_persistent_secrets = false",
      "SET temp_directory = \(SQLLiteral.string(temporaryFolder))",
      "SET GLOBAL TimeZone = 'UTC'",
      "SET parquet_metadata_cache = true",
      // Raw files change under the same name; anything less and DuckDB answers from the old ones.
      "SET validate_external_file_cache = 'VALIDATE_ALL'",
      "SET GLOBAL ducklake_max_retry_count = 200",
      "SET GLOBAL ducklake_retry_wait_ms = 20",
      "SET GLOBAL ducklake_retry_backoff = 1.0",
    ]
    if let bytes = settings.temporaryDiskLimit {
      statements.append("SET max_temp_directory_size = '\(bytes)B'")
    }
    if let folder = settings.baseFolder {
      statements.append("SET file_search_path = \(SQLLiteral.string(folder))")
    }
    return statements
  }

  /// Shuts the engine in: nothing is reachable but the lakes' own places and the listed files, and nobody
  /// changes that again.
  static func lock(
    _ settings: EngineSettings, lakes: [LakeConfiguration], storages: NamedStorages = NamedStorages([:])
  ) -> [String] {
    var folders = storages.usable.map(\.storage.dataPath)
    var files: [String] = []
    for lake in lakes {
      folders.append(lake.storage.dataPath)
      // Branches may be made while the engine runs.
      if let branches = lake.storage.branches { folders.append(branches.dataPath) }
      if case .duckdb = lake.catalog, let branches = lake.catalog.branchesFolder { folders.append(branches) }
      if case .duckdb(let path) = lake.catalog { files += [path, path + ".wal", path + ".wal.checkpoint"] }
    }
    for entry in settings.reachableFiles {
      // A relative entry would let the process's own folder in.
      let isAbsolute = entry.hasPrefix("/") || entry.contains("://")
      guard isAbsolute || settings.baseFolder != nil else { continue }
      let path = isAbsolute ? entry : (settings.baseFolder ?? "") + "/" + entry
      folders.append(path)
      files.append(path)
    }
    func list(_ paths: [String]) -> String {
      "[" + paths.map(SQLLiteral.string).joined(separator: ", ") + "]"
    }
    return [
      // DuckDB opens its secrets when they are first asked for, which fails half way once the engine is locked, and from
      // then on: a second lake could not be attached.
      "FROM duckdb_secrets()",
      "SET allowed_directories = \(list(folders))",
      "SET allowed_paths = \(list(files))",
      "SET enable_external_access = false",
      "SET lock_configuration = true",
    ]
  }

  /// Attaches a lake under its engine-wide name. Credentials never stand in it: they are in secrets.
  ///
  /// - Parameter creates: whether a catalog is made where there is none.
  static func attach(_ lake: LakeConfiguration, creates: Bool) -> String {
    let target: String
    var options = [
      "DATA_PATH \(SQLLiteral.string(lake.storage.dataPath))",
      "OVERRIDE_DATA_PATH true",
      "CREATE_IF_NOT_EXISTS \(creates)",
    ]
    switch lake.catalog {
    case .sqlite(let path):
      target = "ducklake:sqlite:" + path
      options.append("META_JOURNAL_MODE 'WAL'")
    case .duckdb(let path):
      target = "ducklake:" + path
    case .postgresql(let catalog):
      target = "ducklake:postgres:application_name=" + ServerClientName.own
      options.append("META_SECRET \(SQLLiteral.string(catalogSecretName(lake)))")
      if let schema = catalog.schema { options.append("METADATA_SCHEMA \(SQLLiteral.string(schema))") }
    }
    let name = SQLIdentifier.quote(lake.name.catalogAlias)
    return "ATTACH \(SQLLiteral.string(target)) AS \(name) (\(options.joined(separator: ", ")))"
  }

  /// Attaches a foreign lake for looking only.
  static func inspect(_ lake: LakeConfiguration, as alias: String = "dl") -> String {
    let target =
      switch lake.catalog {
      case .sqlite(let path): "ducklake:sqlite:" + path
      case .duckdb(let path): "ducklake:" + path
      case .postgresql: "ducklake:postgres:"
      }
    var options = ["READ_ONLY"]
    if case .postgresql(let catalog) = lake.catalog {
      options.append("META_SECRET \(SQLLiteral.string(catalogSecretName(lake)))")
      if let schema = catalog.schema { options.append("METADATA_SCHEMA \(SQLLiteral.string(schema))") }
    }
    return
      "ATTACH \(SQLLiteral.string(target)) AS \(SQLIdentifier.quote(alias)) (\(options.joined(separator: ", ")))"
  }

  /// The statements that put a lake's credentials into the engine's secrets.
  ///
  /// - Throws: ``LakeError`` when a secret's source has none.
  static func secrets(for lake: LakeConfiguration) throws -> [String] {
    var statements: [String] = []
    if case .postgresql(let catalog) = lake.catalog {
      var fields = [
        "TYPE postgres", "HOST \(SQLLiteral.string(catalog.host))", "PORT \(catalog.port)",
        "DATABASE \(SQLLiteral.string(catalog.database))", "USER \(SQLLiteral.string(catalog.user))",
      ]
      if let password = try catalog.password?.resolved() {
        fields.append("PASSWORD \(SQLLiteral.string(password))")
      }
      statements.append(secret(catalogSecretName(lake), fields))
    }
    if case .s3(let storage) = lake.storage {
      let places = [storage.url] + [lake.storage.branches?.dataPath].compactMap { $0 }
      statements.append(try secret("tarn_storage_" + lake.name.text, storage, places))
    }
    return statements
  }

  /// The extensions that reading outside lakes needs.
  static func extensions(for settings: EngineSettings) -> [String] {
    settings.databases.compactMap(scanner)
      + (settings.reachableFiles.contains { $0.contains("://") } ? ["httpfs"] : [])
      + (settings.containers.isEmpty ? [] : ["azure"]) + settings.extensions
      + (settings.storages.values.contains { if case .s3 = $0 { true } else { false } } ? ["httpfs"] : [])
  }

  /// The credentials of storages that statements name.
  ///
  /// - Throws: ``LakeError`` when a secret's source has none.
  static func secrets(for storages: NamedStorages) throws -> [String] {
    try storages.usable.compactMap { name, storage in
      guard case .s3(let bucket) = storage else { return nil }
      return try secret("tarn_named_" + name, bucket, [bucket.url])
    }
  }

  /// The credentials of buckets outside lakes.
  ///
  /// - Throws: ``LakeError`` when a secret's source has none.
  static func secrets(for settings: EngineSettings) throws -> [String] {
    try settings.buckets.enumerated().map { number, bucket in
      try secret("tarn_bucket_\(number)", bucket, [bucket.url])
    }
      + settings.containers.enumerated().map { number, container in
        var fields = ["TYPE azure", "SCOPE \(SQLLiteral.string(container.url))"]
        if let connection = try container.connection?.resolved() {
          fields.append("CONNECTION_STRING \(SQLLiteral.string(connection))")
        } else if let account = container.account {
          fields += ["PROVIDER config", "ACCOUNT_NAME \(SQLLiteral.string(account))"]
        }
        return secret("tarn_container_\(number)", fields)
      }
  }

  private static func secret(_ name: String, _ storage: S3Storage, _ places: [String]) throws -> String {
    // Google's buckets have two spellings.
    let places =
      storage.service == .gcs
      ? places + places.map { "gcs" + $0.dropFirst(storage.service.rawValue.count) } : places
    let scope = "[" + places.map(SQLLiteral.string).joined(separator: ", ") + "]"
    var fields = [
      "TYPE \(storage.service == .gcs ? "gcs" : "s3")", "SCOPE \(scope)", "USE_SSL \(storage.useTLS)",
    ]
    if storage.pathStyle { fields.append("URL_STYLE 'path'") }
    if let endpoint = storage.endpoint { fields.append("ENDPOINT \(SQLLiteral.string(endpoint))") }
    if let region = storage.region { fields.append("REGION \(SQLLiteral.string(region))") }
    if let keyID = try storage.keyID?.resolved() { fields.append("KEY_ID \(SQLLiteral.string(keyID))") }
    if let key = try storage.secret?.resolved() { fields.append("SECRET \(SQLLiteral.string(key))") }
    return secret(name, fields)
  }

  static func secret(_ name: String, _ fields: [String]) -> String {
    "CREATE OR REPLACE SECRET \(SQLIdentifier.quote(name)) (\(fields.joined(separator: ", ")))"
  }

  private static func catalogSecretName(_ lake: LakeConfiguration) -> String {
    "tarn_catalog_" + lake.name.text
  }
}

extension SecretSource {
  /// Fetches the secret.
  ///
  /// - Throws: ``LakeError`` that names the source, never the secret.
  func resolved() throws -> String {
    switch self {
    case .value(let text): return text
    case .environment(let name):
      guard let text = ProcessInfo.processInfo.environment[name], !text.isEmpty else {
        throw LakeError(
          .settings, "environment variable \(name) is not set", hint: "It holds a lake's credential.")
      }
      return text
    case .file(let path):
      guard let text = try? String(contentsOfFile: path, encoding: .utf8),
        let line = text.split(separator: "\n", omittingEmptySubsequences: false).first, !line.isEmpty
      else {
        throw LakeError(
          .settings, "cannot read a credential from \(path)", hint: "Its first line is the secret.")
      }
      return line.trimmingCharacters(in: .whitespaces)
    }
  }
}
