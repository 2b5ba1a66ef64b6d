internal import Foundation
internal import SQLText
internal import SQLite
internal import Threads

/// A store in a SQLite file, in WAL mode: one thread writes, some read.
///
/// Transactions that wait together are committed together, since most of a small transaction's time is the disk's; each is
/// rolled back alone when it fails.
final class SQLiteStore: StoreDriver {
  private let path: String
  private let writes: BlockingQueue<StoreWork>
  private let reads: BlockingQueue<StoreWork>
  private let threads: [WorkThread]

  private static let readers = 2
  /// How many transactions are committed together at most.
  private static let largestGroup = 256

  private init(
    path: String, writes: BlockingQueue<StoreWork>, reads: BlockingQueue<StoreWork>, threads: [WorkThread]
  ) {
    self.path = path
    self.writes = writes
    self.reads = reads
    self.threads = threads
  }

  /// - Parameter tell: gets what committed transactions have to say.
  /// - Throws: ``StoreError`` when the file cannot be opened or made.
  static func open(
    path: String, tell: @escaping @Sendable ([StoreNotice]) -> Void
  ) async throws -> SQLiteStore {
    let folder = (path as NSString).deletingLastPathComponent
    do {
      try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    } catch {
      throw StoreError(
        .unavailable, "the store's folder '\(folder)' cannot be made: \(error.localizedDescription)")
    }
    // Hashes of tokens and sealed secrets lie in it: for its owner alone. SQLite gives the files beside it the same rights.
    if !FileManager.default.fileExists(atPath: path) {
      _ = FileManager.default.createFile(atPath: path, contents: nil, attributes: [.posixPermissions: 0o600])
    }
    let writes = BlockingQueue<StoreWork>()
    let reads = BlockingQueue<StoreWork>()
    do {
      let writer = try await WorkThread.start {
        try connect(path, .create)
      } _: { connection in
        while case let group = writes.next(upTo: largestGroup), !group.isEmpty {
          commit(group, on: connection, tell)
        }
      }
      chmod(path, 0o600)
      var threads = [writer]
      for _ in 0..<readers {
        threads.append(
          try await WorkThread.start {
            try connect(path, .readWrite)
          } _: { connection in
            while let work = reads.next(upTo: 1).first { readNow(work, on: connection) }
          })
      }
      return SQLiteStore(path: path, writes: writes, reads: reads, threads: threads)
    } catch let error as SQLiteError {
      throw StoreError(.unavailable, "the store cannot be opened: \(error.message)")
    }
  }

  private static func connect(_ path: String, _ access: SQLiteConnection.Access) throws -> SQLiteConnection {
    let connection = try SQLiteConnection(path: path, access: access)
    try connection.run(
      script: """
        PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;
        PRAGMA temp_store = MEMORY; PRAGMA journal_size_limit = 67108864
        """)
    return connection
  }

  func read<Result: Sendable>(
    _ body: @escaping @Sendable (StoreTransaction) throws -> Result
  ) async throws -> Result { try await StoreWork.perform(body) { reads.add($0) } }

  func write<Result: Sendable>(
    _ body: @escaping @Sendable (StoreTransaction) throws -> Result
  ) async throws -> Result { try await StoreWork.perform(body) { writes.add($0) } }

  func backUp(to path: String) async throws -> Bool {
    try await WorkThread.run { [source = self.path] in
      do {
        try SQLiteConnection(path: source, access: .readWrite).backUp(to: path)
      } catch let error as SQLiteError { throw StoreError(error) }
      chmod(path, 0o600)
      return true
    }
  }

  static func isSound(_ path: String) async -> Bool {
    guard FileManager.default.fileExists(atPath: path) else { return false }
    let told = try? await WorkThread.run {
      let connection = try SQLiteConnection(path: path, access: .readWrite)
      // A file of a few bytes is an empty database to SQLite, and sound.
      guard try !connection.query("SELECT part FROM tarn_migration LIMIT 1").rows.isEmpty else {
        return false
      }
      return try connection.query("PRAGMA quick_check").rows == [[.text("ok")]]
    }
    return told ?? false
  }

  func close() async {
    writes.close()
    reads.close()
    for thread in threads { await thread.wait() }
  }

  // MARK: On the threads

  private static func commit(
    _ group: [StoreWork], on connection: SQLiteConnection, _ tell: @Sendable ([StoreNotice]) -> Void
  ) {
    let transaction = StoreTransaction(.sqlite(connection))
    var errors: [(any Error)?] = []
    do {
      try connection.run(script: "BEGIN IMMEDIATE")
      for work in group { errors.append(try attempt(work, in: transaction, on: connection)) }
      try connection.run(script: "COMMIT")
    } catch {
      if connection.isInTransaction { try? connection.run(script: "ROLLBACK") }
      let error = (error as? SQLiteError).map { StoreError($0) } ?? error
      for work in group { work.end(error) }
      return
    }
    tell(transaction.notices)
    for (work, error) in zip(group, errors) { work.end(error) }
  }

  /// - Returns: the closure's own error; it has had no effect then.
  /// - Throws: when the group as a whole cannot go on.
  private static func attempt(
    _ work: StoreWork, in transaction: StoreTransaction, on connection: SQLiteConnection
  ) throws -> (any Error)? {
    let notices = transaction.notices.count
    try connection.run(script: "SAVEPOINT one")
    do {
      try work.run(transaction)
      try connection.run(script: "RELEASE one")
      return nil
    } catch {
      try connection.run(script: "ROLLBACK TO one; RELEASE one")
      transaction.keepNotices(notices)
      return error
    }
  }

  private static func readNow(_ work: StoreWork, on connection: SQLiteConnection) {
    do {
      try connection.run(script: "BEGIN; PRAGMA query_only = ON")
      defer { try? connection.run(script: "ROLLBACK; PRAGMA query_only = OFF") }
      try work.run(StoreTransaction(.sqlite(connection)))
    } catch {
      return work.end((error as? SQLiteError).map { StoreError($0) } ?? error)
    }
    work.end(nil)
  }
}
