internal import PostgreSQL
internal import SQLText
import Synchronization
internal import Threads

/// A store in a PostgreSQL database, which several servers may use: some threads with a connection each, one more that
/// listens.
final class PostgreSQLStore: StoreDriver {
  private let work = BlockingQueue<Errand>()
  private let listening = BlockingQueue<Never>()
  private let connector: Connector
  private let listener: WorkThread
  /// They come as they are needed.
  private let threads = Mutex<[WorkThread]>([])

  private struct Errand: Sendable {
    let work: StoreWork
    let isReadOnly: Bool
  }

  private static let mostConnections = 8
  /// How often a transaction is tried that others get in the way of.
  private static let attempts = 6
  /// PostgreSQL's channel for what is told across processes.
  private static let channel = "tarn"
  /// How long the listening thread waits before it looks whether the store was closed, in milliseconds.
  private static let listeningPause: Int32 = 500

  /// - Parameter tell: gets what committed transactions of all processes have to say.
  /// - Throws: ``StoreError`` when the server cannot be reached.
  init(url: String, tell: @escaping @Sendable ([StoreNotice]) -> Void) async throws {
    let connector = Connector(url: url)
    self.connector = connector
    do {
      listener = try await WorkThread.start {
        try connector.listen(to: Self.channel)
      } _: { [listening] connection in
        Self.listen(connection, connector, until: listening, tell)
      }
    } catch let error as PostgreSQLError {
      throw StoreError(.unavailable, "the store's database cannot be reached: \(error.message)")
    }
  }

  func read<Result: Sendable>(
    _ body: @escaping @Sendable (StoreTransaction) throws -> Result
  ) async throws -> Result {
    try await StoreWork.perform(body) { submit(Errand(work: $0, isReadOnly: true)) }
  }

  func write<Result: Sendable>(
    _ body: @escaping @Sendable (StoreTransaction) throws -> Result
  ) async throws -> Result {
    try await StoreWork.perform(body) { submit(Errand(work: $0, isReadOnly: false)) }
  }

  func backUp(to path: String) async throws -> Bool { false }

  func close() async {
    work.close()
    listening.close()
    for thread in threads.withLock({ $0 }) + [listener] { await thread.wait() }
  }

  private func submit(_ errand: Errand) -> Bool {
    guard work.add(errand) else { return false }
    threads.withLock { threads in
      guard work.needsThread, threads.count < Self.mostConnections else { return }
      threads.append(
        WorkThread { [work, connector] in
          var connection: PostgreSQLConnection?
          while let errand = work.next(upTo: 1).first { Self.perform(errand, on: &connection, connector) }
        })
    }
    return true
  }

  // MARK: On the threads

  private struct Connector: Sendable {
    let url: String

    func connect() throws(PostgreSQLError) -> PostgreSQLConnection {
      try PostgreSQLConnection(["dbname": url])
    }

    func listen(to channel: String) throws(PostgreSQLError) -> PostgreSQLConnection {
      let connection = try connect()
      try connection.run(script: "LISTEN \(channel)")
      return connection
    }
  }

  private static func perform(
    _ errand: Errand, on connection: inout PostgreSQLConnection?, _ connector: Connector
  ) {
    var attempt = 1
    while true {
      do {
        let open = try connection ?? connector.connect()
        connection = open
        try transact(errand, on: open)
        return errand.work.end(nil)
      } catch {
        let isLost = connection?.isOpen != true
        if isLost { connection = nil }
        let known = (error as? PostgreSQLError).map { StoreError($0) } ?? error
        // A lost connection leaves open whether a COMMIT has happened: to be tried again by those who know.
        guard !isLost, (known as? StoreError)?.code == .transient, attempt < attempts else {
          return errand.work.end(known)
        }
        attempt += 1
      }
    }
  }

  private static func transact(_ errand: Errand, on connection: PostgreSQLConnection) throws {
    let transaction = StoreTransaction(.postgresql(connection))
    try connection.run(
      script: errand.isReadOnly ? "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY" : "BEGIN")
    do {
      try errand.work.run(transaction)
      for notice in transaction.notices {
        try connection.execute("SELECT pg_notify(\(channel), \(notice.channel + " " + notice.payload))")
      }
      try connection.run(script: "COMMIT")
    } catch {
      if connection.isInTransaction { try? connection.run(script: "ROLLBACK") }
      throw error
    }
  }

  /// Passes on what comes, and connects again when the connection is lost. Whoever listens must look for himself now
  /// and then: what was told in between is lost.
  private static func listen(
    _ first: PostgreSQLConnection, _ connector: Connector, until listening: BlockingQueue<Never>,
    _ tell: @Sendable ([StoreNotice]) -> Void
  ) {
    var connection: PostgreSQLConnection? = first
    while !listening.isClosed {
      do {
        let open = try connection ?? connector.listen(to: channel)
        connection = open
        let found = try open.notifications(within: listeningPause)
        if !found.isEmpty { tell(found.map { notice(of: $0.payload) }) }
      } catch {
        connection = nil
        listening.waitForClose(milliseconds: Int(listeningPause))
      }
    }
  }

  private static func notice(of payload: String) -> StoreNotice {
    let parts = payload.split(separator: " ", maxSplits: 1, omittingEmptySubsequences: false)
    return StoreNotice(channel: String(parts[0]), payload: parts.count > 1 ? String(parts[1]) : "")
  }
}
