import DuckDB
public import LakeSettings
import SQLText

/// The data tables that an engine's scripts may attach.
public struct DataTableAccess: Sendable {
  /// Each name with each role once.
  public let databases: [DataTableDatabase]
  let stop: @Sendable (_ database: DataTableDatabase, _ client: String) async -> Void

  /// - Parameters:
  ///   - databases: each name with each role once.
  ///   - stop: has the database's server stop what runs on connections of that application name. DuckDB's extension waits
  ///     for the server whatever happens, so that nobody else can.
  public init(
    _ databases: [DataTableDatabase],
    stop: @escaping @Sendable (_ database: DataTableDatabase, _ client: String) async -> Void
  ) {
    self.databases = databases
    self.stop = stop
  }
}

/// The places of an engine for sessions that use data tables.
///
/// Each place has every data table attached for itself, with connections that name the place. So what a session has running
/// on a server can be told from what others have, and stopped.
actor DataTableSlots {
  /// How many sessions use data tables at the same time; more wait.
  static let count = 4

  nonisolated let access: DataTableAccess
  /// Tells this engine's connections from those of others.
  private nonisolated let mark = String(UInt64.random(in: 0 ... .max), radix: 36)
  private let places = TurnQueue(holders: count)
  private var free = Array((1...count).reversed())

  init(_ access: DataTableAccess) { self.access = access }

  /// Waits for a place. Must be followed by one ``giveBack(_:)``.
  ///
  /// - Throws: `CancellationError`.
  func take() async throws -> Int {
    try await places.acquire()
    return free.popLast() ?? 1
  }

  func giveBack(_ slot: Int) async {
    free.append(slot)
    await places.release()
  }

  /// What the engine calls a data table in a place.
  nonisolated func catalog(of database: DataTableDatabase, in slot: Int) -> String {
    let role = database.role.map { ":" + $0 } ?? ""
    return "datatable:\(database.name)\(role)#\(slot)"
  }

  /// What the connections of a place call themselves.
  nonisolated func client(of slot: Int) -> String { "tarn-\(mark)-\(slot)" }

  nonisolated func isCatalog(_ name: String) -> Bool {
    let folded = SQLIdentifier.folded(name)
    return access.databases.contains { database in
      (1...Self.count).contains { SQLIdentifier.folded(catalog(of: database, in: $0)) == folded }
    }
  }

  /// Attaches all data tables in all places. The passwords are in secrets for that time only; what the extension keeps of them
  /// nobody can ask for.
  ///
  /// - Throws: ``LakeError`` that names the data table, never its password.
  nonisolated func attach(_ admin: Connection) async throws {
    // Each transaction has connections of its own: nothing of one is left for the next, and none is stale.
    try await admin.command("SET GLOBAL pg_pool_max_connections = 0")
    for (number, database) in access.databases.enumerated() {
      let secret = "tarn_data_table_\(number)"
      do {
        try await admin.command(try EngineStatements.secret(of: database, named: secret))
        for slot in 1...Self.count {
          try await admin.command(
            EngineStatements.attach(
              database, as: catalog(of: database, in: slot), client: client(of: slot), secret: secret))
        }
        try await admin.command("DROP SECRET \(SQLIdentifier.quote(secret))")
      } catch let error as DuckDBError { throw LakeError(opening: database, error) }
    }
    try await admin.command("RESET GLOBAL pg_pool_max_connections")
  }
}

extension EngineStatements {
  /// - Throws: ``LakeError`` when the password's source has none.
  fileprivate static func secret(of database: DataTableDatabase, named name: String) throws -> String {
    let server = database.server
    var fields = [
      "TYPE postgres", "HOST \(SQLLiteral.string(server.host))",
      "DATABASE \(SQLLiteral.string(server.database))",
    ]
    if let port = server.port { fields.append("PORT \(port)") }
    if let user = server.user { fields.append("USER \(SQLLiteral.string(user))") }
    if let password = try server.password?.resolved() {
      fields.append("PASSWORD \(SQLLiteral.string(password))")
    }
    return secret(name, fields)
  }

  /// The text of it can be asked for, so it holds no secret.
  fileprivate static func attach(
    _ database: DataTableDatabase, as catalog: String, client: String, secret: String
  ) -> String {
    var session =
      "-c timezone=UTC -c datestyle=ISO -c bytea_output=hex -c intervalstyle=postgres -c extra_float_digits=1"
    if let role = database.role { session += " -c role=\(role)" }
    var options = database.server.options
    for (name, value) in [
      ("application_name", client), ("connect_timeout", "10"), ("keepalives_idle", "30"),
      ("options", session),
    ] {
      options.append(DatabaseServer.Option(name: name, value: value))
    }
    let target = options.map { option in
      let value = option.value.replacing("\\", with: "\\\\").replacing("'", with: "\\'")
      return "\(option.name)='\(value)'"
    }.joined(separator: " ")
    return
      "ATTACH \(SQLLiteral.string(target)) AS \(SQLIdentifier.quote(catalog)) (TYPE postgres, SECRET \(SQLIdentifier.quote(secret)))"
  }
}

extension LakeError {
  /// Nil for lakes that two engines may use.
  init?(besideDataTables lake: LakeConfiguration) {
    guard case .duckdb = lake.catalog else { return nil }
    self.init(
      .busy, "lake '\(lake.name)' lies in a DuckDB file, and scripts that attach data tables cannot use it",
      hint: "Use a SQLite or PostgreSQL catalog for it, or read the data table in a step of its own.")
  }

  init(opening database: DataTableDatabase, _ error: DuckDBError) {
    self.init(
      .catalog, "data table '\(database.name)' cannot be used: \(Self.serverReason(error.message))",
      hint: "See that its PostgreSQL server runs, and that its resource is right.")
  }
}
