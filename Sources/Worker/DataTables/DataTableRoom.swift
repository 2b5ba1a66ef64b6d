internal import DataTables
internal import JSON
internal import LakeSettings
internal import Scripts
internal import Signatures

/// The data tables that this worker has connections to.
actor DataTableRoom {
  private struct Known {
    let settings: DataTableSettings
    let since: ContinuousClock.Instant
  }

  private let client: ServerClient
  private let folder: String
  private var known: [String: Known] = [:]
  private var pools: [DataTableSettings: DataTablePool] = [:]

  /// How long what the server has said of a data table is taken for true.
  private static let goodFor = Duration.seconds(10)
  /// Which others there were is forgotten when there are more.
  private static let mostPools = 64

  /// - Parameter folder: for passing files.
  init(client: ServerClient, folder: String) {
    self.client = client
    self.folder = folder
  }

  /// The connections to what a script's argument `database` names: `datatable://NAME`, or the value of a resource.
  ///
  /// - Parameter database: nil for the data table `main`.
  /// - Throws: `DataTableError`; ``WorkerError``; `CancellationError`.
  func pool(for database: JSONValue?, of workspace: String) async throws -> DataTablePool {
    let settings: DataTableSettings
    switch database {
    case .object: settings = try DataTableSettings(resource: database ?? .null)
    case nil, .null: settings = try await self.settings(of: "main", workspace)
    case .string(let text): settings = try await self.settings(of: try Self.name(in: text), workspace)
    default:
      throw DataTableError(.badSettings, "the argument 'database' must be datatable://NAME or a resource")
    }
    if let pool = pools[settings] { return pool }
    if pools.count >= Self.mostPools {
      for pool in pools.values { await pool.close() }
      pools = [:]
    }
    let pool = DataTablePool(settings, folder: folder)
    pools[settings] = pool
    return pool
  }

  /// The databases behind data tables that a script in DuckDB's SQL attaches.
  ///
  /// - Throws: `DataTableError`; ``WorkerError``; `CancellationError`.
  func databases(
    of references: Set<DataTableReference>, _ workspace: String
  ) async throws -> [DataTableDatabase] {
    var found: Set<DataTableDatabase> = []
    for reference in references {
      let settings = try await settings(of: reference.name, workspace)
      var options = [DatabaseServer.Option(name: "sslmode", value: settings.sslMode)]
      if let certificate = try settings.certificateFile(in: folder) {
        options.append(DatabaseServer.Option(name: "sslrootcert", value: certificate))
      }
      let server = DatabaseServer(
        host: settings.host, port: settings.port, database: settings.database, user: settings.user,
        password: settings.password.isEmpty ? nil : .value(settings.password), options: options)
      found.insert(DataTableDatabase(name: reference.name, role: reference.role, server: server))
    }
    return found.sorted { ($0.name, $0.role ?? "") < ($1.name, $1.role ?? "") }
  }

  /// Has a database's server stop what runs on connections of that application name. That it cannot be asked changes nothing for
  /// those who wait.
  nonisolated func stop(_ database: DataTableDatabase, client: String) async {
    var parameters: [String: String] = [:]
    for option in database.server.options { parameters[option.name] = option.value }
    parameters["host"] = database.server.host
    parameters["port"] = database.server.port.map(String.init)
    parameters["dbname"] = database.server.database
    parameters["user"] = database.server.user
    if case .value(let password) = database.server.password { parameters["password"] = password }
    try? await DataTableServer.stop(client: client, parameters)
  }

  func close() async { for pool in pools.values { await pool.close() } }

  private static func name(in text: String) throws(DataTableError) -> String {
    guard text.hasPrefix("datatable") else {
      throw DataTableError(
        .badSettings, "'\(text.prefix(80))' is no database: give datatable://NAME, or $res:PATH of a resource"
      )
    }
    let name = text.dropFirst("datatable".count)
    if name.isEmpty || name == "://" { return "main" }
    guard name.hasPrefix("://") else {
      throw DataTableError(.badSettings, "'\(text.prefix(80))' is no data table: write datatable://NAME")
    }
    return String(name.dropFirst(3))
  }

  private func settings(of name: String, _ workspace: String) async throws -> DataTableSettings {
    let key = workspace + "/" + name
    if let known = known[key], known.since.duration(to: .now) < Self.goodFor { return known.settings }
    let settings = try DataTableSettings(resource: try await client.dataTable(name, of: workspace))
    known[key] = Known(settings: settings, since: .now)
    return settings
  }
}

/// A script in PostgreSQL's SQL.
struct PostgreSQLJob: Sendable {
  let content: String
  let path: String
  /// A JSON object.
  let arguments: String
  let workspace: String

  /// - Throws: `ScriptError`, `ScriptArgumentError`, `DataTableError`, ``WorkerError``; `CancellationError`.
  func run(in room: DataTableRoom) async throws -> String {
    let script = try PostgreSQLScript.parse(content, path: path)
    var arguments = (try? JSONValue(parsing: arguments))?.object ?? JSONObject()
    let database = arguments["database"]
    arguments["database"] = nil
    let pool = try await room.pool(for: database, of: workspace)
    return try await pool.run(
      script, arguments: ScriptValue.values(of: arguments), limit: DuckDBScript.largestResult)
  }
}
