import Lake

/// Does the same for all loads of a package, for several of them at a time: each is worked on by a session of its own.
struct SideBySide: Sendable {
  /// The sessions, at least one. Each works on one load at a time.
  let sessions: [EngineSession]

  /// More loads than this are not worked on at once: each reads with all of the engine's threads.
  static let limit = 4

  /// - Parameters:
  ///   - items: one for each load.
  ///   - body: gets an item and the session that it may use. Called for several items at a time.
  /// - Returns: what `body` returned, in the order of the items.
  /// - Throws: the first error that `body` throws; what is under way is cancelled then, and has ended.
  func map<Item: Sendable, Result: Sendable>(
    _ items: [Item], _ body: @escaping @Sendable (Item, EngineSession) async throws -> Result
  ) async throws -> [Result] {
    try await withThrowingTaskGroup(of: (Int, Int, Result).self) { group in
      var results: [Int: Result] = [:]
      var rest = items.indices[...]
      func begin(on worker: Int) {
        guard let index = rest.popFirst() else { return }
        let (item, session) = (items[index], sessions[worker])
        group.addTask { (index, worker, try await body(item, session)) }
      }
      for worker in sessions.indices { begin(on: worker) }
      while let (index, worker, result) = try await group.next() {
        results[index] = result
        begin(on: worker)
      }
      return items.indices.compactMap { results[$0] }
    }
  }
}
