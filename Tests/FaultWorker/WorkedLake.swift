import DuckDB
import Lake
import SQLText
import Synchronization
import TestKit

/// A lake, through Tarn or through DuckDB alone.
protocol WorkedLake: Sendable {
  func open() async throws
  func transaction(_ statements: [String]) async throws
  func run(_ statements: [String], session: String) async throws -> [[String?]]
  func trusted(_ statement: String) async throws
  func close() async
}

func failure(of error: any Error) -> WorkerFailure {
  if let error = error as? LakeError {
    return WorkerFailure(code: "\(error.code)", message: error.description)
  }
  if let error = error as? DuckDBError { return WorkerFailure(code: "", message: error.message) }
  return WorkerFailure(code: "", message: "\(error)")
}

/// A lake through the library `Lake`.
actor TarnLake: WorkedLake {
  private let address: LakeAddress
  private var engine: Engine?
  private var sessions: [String: EngineSession] = [:]

  init(_ address: LakeAddress) { self.address = address }

  func open() async throws {
    let engine = try await Engine(lakes: [address.configuration])
    _ = try await engine.lake()
    self.engine = engine
  }

  nonisolated func transaction(_ statements: [String]) async throws {
    try await lake().transaction { transaction in
      for statement in statements { try await transaction.execute("\(raw: statement)") }
    }
  }

  nonisolated func run(_ statements: [String], session: String) async throws -> [[String?]] {
    let session = try await self.session(session)
    var rows: [[String?]] = []
    for text in statements {
      for statement in try SQLStatements.split(text) { rows = try await session.run(statement).texts }
    }
    return rows
  }

  nonisolated func trusted(_ statement: String) async throws { try await lake().runTrusted(statement) }

  func close() async {
    for session in sessions.values { await session.close() }
    await engine?.close()
    engine = nil
  }

  private func lake() async throws -> Lake {
    guard let engine else { throw TestFailure("the lake is not open") }
    return try await engine.lake()
  }

  private func session(_ name: String) async throws -> EngineSession {
    if let session = sessions[name] { return session }
    guard let engine else { throw TestFailure("the lake is not open") }
    let session = try await engine.session()
    sessions[name] = session
    return session
  }
}

/// A lake through DuckDB and DuckLake alone.
actor PlainLake: WorkedLake {
  private let address: LakeAddress
  private var database: Database?
  private var sessions: [String: Connection] = [:]
  private var idle: [Connection] = []

  init(_ address: LakeAddress) { self.address = address }

  func open() async throws {
    let database = try await Database.open(.memory, configuration: ["allow_unsigned_extensions": "true"])
    let connection = try await database.connect()
    for statement in address.plainStatements { try await connection.run(statement) }
    idle = [connection]
    self.database = database
  }

  nonisolated func transaction(_ statements: [String]) async throws {
    let connection = try await take()
    do {
      try await connection.run("BEGIN TRANSACTION")
      for statement in statements { try await connection.run(statement) }
      try await connection.run("COMMIT")
      await give(connection)
    } catch {
      _ = try? await connection.run("ROLLBACK")
      await give(connection)
      throw error
    }
  }

  nonisolated func run(_ statements: [String], session: String) async throws -> [[String?]] {
    let connection = try await self.session(session)
    var rows: [[String?]] = []
    for statement in statements { rows = try await connection.run(statement).texts }
    return rows
  }

  func trusted(_ statement: String) async throws { _ = try await run([statement], session: "trusted") }

  func close() async {
    for connection in Array(sessions.values) + idle { await connection.close() }
    sessions = [:]
    idle = []
    await database?.close()
    database = nil
  }

  private func session(_ name: String) async throws -> Connection {
    if let connection = sessions[name] { return connection }
    let connection = try await take()
    sessions[name] = connection
    return connection
  }

  private func take() async throws -> Connection {
    if let connection = idle.popLast() { return connection }
    guard let database else { throw TestFailure("the lake is not open") }
    let connection = try await database.connect()
    try await connection.run("USE dl")
    return connection
  }

  private func give(_ connection: Connection) { idle.append(connection) }
}

extension Connection {
  @discardableResult
  func run(_ text: String) async throws -> QueryResult { try await query(text, parameters: .none) }
}

extension QueryResult {
  /// All values as text.
  var texts: [[String?]] {
    guard returns == .rows else { return [] }
    return rows.map { row in
      row.values.map { $0.isNull ? nil : ($0.stringValue ?? $0.intValue.map(String.init) ?? "\($0)") }
    }
  }
}
