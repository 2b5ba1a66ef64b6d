/// What a database is to the store.
protocol StoreDriver: Sendable {
  /// Runs a closure that only reads, and sees one state of the store.
  func read<Result: Sendable>(
    _ body: @escaping @Sendable (StoreTransaction) throws -> Result
  ) async throws -> Result

  /// Runs a closure in a transaction and returns when it is committed, on disk. A closure may run again when others were in
  /// the way.
  func write<Result: Sendable>(
    _ body: @escaping @Sendable (StoreTransaction) throws -> Result
  ) async throws -> Result

  /// Copies the whole store to a new file, where the database can.
  ///
  /// - Returns: false when it cannot.
  func backUp(to path: String) async throws -> Bool

  /// Ends all connections, when what was begun has ended.
  func close() async
}
