import DuckDB
import SQLText

/// Small appends that wait together are written together: one transaction, one snapshot, one acknowledgement each.
///
/// One task at a time writes. It waits for the lake's turn, takes all that has come meanwhile, writes it and commits. When
/// one append of a group cannot be written, halves of the group are tried, so that it fails alone.
actor AppendQueue {
  /// How much is written together at most: enough to make a commit cheap, little enough to keep the turn short.
  static let rowLimit = 20_000
  static let byteLimit = 8 << 20
  /// How long those who were just answered are waited for at most.
  static let gatheringTime = Duration.milliseconds(10)

  private struct Pending {
    let id: UInt64
    let batch: AppendBatch
    let continuation: CheckedContinuation<AppendReceipt, any Error>
  }

  private let lake: Lake
  private var session: EngineSession?
  private var waiting: [Pending] = []
  private var nextID: UInt64 = 0
  private var isWriting = false
  private var lastGroupCount = 0
  private var watchers: [(count: Int, continuation: CheckedContinuation<Void, Never>)] = []

  init(lake: Lake) { self.lake = lake }

  /// Waits until a batch is committed.
  ///
  /// - Throws: ``LakeError``; `CancellationError` when the task was cancelled before its batch was begun.
  func append(_ batch: AppendBatch) async throws -> AppendReceipt {
    try Task.checkCancellation()
    let id = nextID
    nextID += 1
    return try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { continuation in
        waiting.append(Pending(id: id, batch: batch, continuation: continuation))
        for watcher in watchers where watcher.count <= waiting.count { watcher.continuation.resume() }
        watchers.removeAll { $0.count <= waiting.count }
        guard !isWriting else { return }
        isWriting = true
        Task { await writeAll() }
      }
    } onCancel: {
      Task { await cancel(id) }
    }
  }

  /// Waits until so many batches wait to be written.
  func untilWaiting(_ count: Int) async {
    guard waiting.count < count else { return }
    await withCheckedContinuation { watchers.append((count, $0)) }
  }

  func close() async {
    await session?.close()
    session = nil
  }

  private func cancel(_ id: UInt64) {
    guard let index = waiting.firstIndex(where: { $0.id == id }) else { return }
    waiting.remove(at: index).continuation.resume(throwing: CancellationError())
  }

  private func writeAll() async {
    while !waiting.isEmpty {
      await write { await self.takeGroup() }
      await gather()
    }
    isWriting = false
  }

  /// Those who have just been answered come back at once: a moment's wait makes one commit of theirs and of those who wait
  /// already, where they would otherwise take turns in halves.
  private func gather() async {
    guard lastGroupCount > 1 else { return }
    let expected = lastGroupCount + waiting.count
    let clock = ContinuousClock()
    let end = clock.now + Self.gatheringTime
    while waiting.count * 10 < expected * 9, clock.now < end { try? await Task.sleep(for: .milliseconds(1)) }
  }

  private func takeGroup() -> [Pending] {
    var rows = 0
    var bytes = 0
    let group = waiting.prefix { pending in
      rows += pending.batch.rowCount
      bytes += pending.batch.byteCount
      return rows <= Self.rowLimit && bytes <= Self.byteLimit
    }
    // One that is too large for any group makes its own.
    let count = max(group.count, min(waiting.count, 1))
    let taken = Array(waiting.prefix(count))
    waiting.removeFirst(count)
    return taken
  }

  /// Writes a group and answers each of it.
  ///
  /// - Parameter take: what is in the group; asked once the turn is there.
  private func write(attempt: Int = 1, _ take: @escaping @Sendable () async -> [Pending]) async {
    let group = Taken()
    do {
      let session = try await opened()
      let (receipts, applied) = try await session.append(to: lake) {
        await group.set(take())
        return await group.pending.map(\.batch)
      }
      let pending = await group.pending
      lastGroupCount = pending.count
      if let snapshot = receipts.first(where: { !$0.isRepeat })?.snapshot {
        await lake.keys.note(applied, snapshot: snapshot)
      }
      for (pending, receipt) in zip(pending, receipts) { pending.continuation.resume(returning: receipt) }
    } catch let error as LakeError where error.code == .conflict && attempt < EngineSession.attempts {
      // Only a program that takes no turns can have come first. Nothing has been written.
      try? await Task.sleep(for: .milliseconds(20 * attempt))
      let pending = await group.pending
      await write(attempt: attempt + 1) { pending }
    } catch {
      await fail(group.pending, error)
    }
  }

  private func fail(_ pending: [Pending], _ error: any Error) async {
    // Before the turn was there, nobody's batch was looked at: all that wait are told the same.
    guard !pending.isEmpty else {
      let all = waiting
      waiting = []
      for one in all { one.continuation.resume(throwing: error) }
      return
    }
    let isAlone = pending.count == 1
    let isOwnFault = (error as? LakeError).map { [.query, .refused, .notFound].contains($0.code) } ?? false
    guard !isAlone, isOwnFault else {
      for one in pending { one.continuation.resume(throwing: error) }
      return
    }
    let half = pending.count / 2
    let first = Array(pending.prefix(half))
    let second = Array(pending.dropFirst(half))
    await write { first }
    await write { second }
  }

  private func opened() async throws -> EngineSession {
    if let session { return session }
    let opened = try await lake.engine.session(current: lake.name)
    session = opened
    return opened
  }

  /// What a group took, for those who answer it.
  private actor Taken {
    private(set) var pending: [Pending] = []
    func set(_ pending: [Pending]) { self.pending = pending }
  }
}
