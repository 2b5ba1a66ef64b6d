public import Store
internal import Threads

/// The queue of jobs: who submits is told how they end, who works is handed them at once.
///
/// A job is handed to a worker that waits, in the transaction that stores it. What a worker has been given it holds by a
/// lease, which its polls renew: a worker that is silent for ``JobRows/lease`` has lost its jobs, and what it says of
/// them later is refused.
public actor JobQueue {
  let store: Store
  private let clock = ContinuousClock()
  private var pollers: [Poller] = []
  /// Who waits for a job's end.
  private var waiters: [JobID: [Int: Waiter]] = [:]
  private var nextNumber = 0
  /// Counts what pollers might want to look at.
  private var news = 0

  private struct Poller {
    let number: Int
    let worker: String
    let tags: Set<String>
    let slots: Int
    let continuation: CheckedContinuation<Wake, Never>
  }

  private enum Waiter {
    case looking
    case waiting(CheckedContinuation<Void, Never>)
    /// There is something to look at.
    case called
  }

  private enum Wake {
    case assigned(Job)
    case look
    case timeIsUp
  }

  static let channel = "job"

  /// How long a job is kept after its end.
  private let retention: Duration

  /// - Parameter retention: how long a job, its result and its log are kept after its end.
  public init(store: Store, retention: Duration = .seconds(30 * 86_400)) {
    self.store = store
    self.retention = retention
  }

  // MARK: Submitting

  /// Stores a job and hands it to a worker that waits, if there is one.
  ///
  /// - Parameter id: what it is to be known by; no other job has it.
  /// - Returns: the job; it is on disk.
  /// - Throws: `StoreError`.
  @discardableResult
  public func submit(_ new: NewJob, id: JobID = JobID()) async throws -> Job {
    guard new.scheduledFor == nil,
      let index = pollers.firstIndex(where: { $0.slots > 0 && $0.tags.contains(new.tag) })
    else {
      let job = try await store.write { transaction in
        transaction.notify(Self.channel, "queued")
        return try JobRows.insert(new, id: id, for: nil, at: .now, in: transaction)
      }
      return job
    }
    let poller = pollers.remove(at: index)
    do {
      let job = try await store.write {
        try JobRows.insert(new, id: id, for: poller.worker, at: .now, in: $0)
      }
      poller.continuation.resume(returning: .assigned(job))
      return job
    } catch {
      poller.continuation.resume(returning: .look)
      throw error
    }
  }

  /// Waits until a job has ended, whether or not there is a worker that takes it.
  ///
  /// - Returns: the job; as it is when the time is up.
  /// - Throws: ``JobError`` when there is none; `StoreError`; `CancellationError`.
  public func ended(_ id: JobID, within time: Duration) async throws -> Job {
    try await follow(id, within: time) {
      try await self.job(id)
    } until: {
      $0.state.isFinal
    }
  }

  /// Looks at a job each time that there is news of it: it has begun, ended, printed or come further.
  ///
  /// - Parameters:
  ///   - time: how long to go on.
  ///   - look: looks.
  ///   - isEnough: whether what was seen is what the caller waits for.
  /// - Returns: what was seen last.
  /// - Throws: what `look` throws; `CancellationError`.
  public func follow<Seen: Sendable>(
    _ id: JobID, within time: Duration, _ look: @Sendable () async throws -> Seen,
    until isEnough: @Sendable (Seen) -> Bool
  ) async throws -> Seen {
    let deadline = clock.now + time
    nextNumber += 1
    let number = nextNumber
    defer {
      waiters[id]?[number] = nil
      if waiters[id]?.isEmpty == true { waiters[id] = nil }
    }
    while true {
      // Before the look, so that nothing is missed in between.
      waiters[id, default: [:]][number] = .looking
      let seen = try await look()
      if isEnough(seen) || clock.now >= deadline { return seen }
      try Task.checkCancellation()
      await wait(for: id, number, until: deadline)
    }
  }

  /// - Throws: ``JobError`` when there is none; `StoreError`.
  public func job(_ id: JobID) async throws -> Job {
    guard let job = try await store.read({ try JobRows.find(id, in: $0) }) else {
      throw JobError(.notFound, "there is no job \(id)")
    }
    return job
  }

  /// Ends a job that waits, and has one that runs ended by its worker.
  ///
  /// - Throws: ``JobError`` when there is none; `StoreError`.
  @discardableResult
  public func cancel(_ id: JobID, by user: String, reason: String? = nil) async throws -> Job {
    let job = try await store.write { transaction in
      let job = try JobRows.cancel(id, by: user, reason: reason, at: .now, in: transaction)
      if let job { transaction.notify(Self.channel, job.state.isFinal ? "ended \(id)" : "cancelled") }
      return job
    }
    guard let job else { throw JobError(.notFound, "there is no job \(id)") }
    return job
  }

  // MARK: Working

  /// Gives a worker what it is to begin and to end, as soon as there is something.
  ///
  /// - Parameter time: how long to wait for it.
  /// - Throws: `StoreError`; `CancellationError`.
  public func poll(_ poll: WorkerPoll, within time: Duration) async throws -> PollAnswer {
    let deadline = clock.now + time
    giveUpPolls(of: poll.worker)
    while true {
      let known = news
      let answer = try await store.write { try Self.look(poll, in: $0) }
      if !answer.isEmpty || clock.now >= deadline { return answer }
      try Task.checkCancellation()
      guard known == news else { continue }
      switch await wait(poll, until: deadline) {
      case .assigned(let job):
        var answer = PollAnswer()
        answer.jobs = [job]
        return answer
      case .look: continue
      case .timeIsUp: return PollAnswer()
      }
    }
  }

  private static func look(_ poll: WorkerPoll, in transaction: StoreTransaction) throws -> PollAnswer {
    var answer = PollAnswer()
    let now = Moment.now
    try WorkerRows.note(poll, at: now, in: transaction)
    try JobRows.renew(poll.worker, at: now, in: transaction)
    let stored = try JobRows.running(on: poll.worker, in: transaction)
    let errands = Set(poll.running)
    for job in stored {
      let errand = JobErrand(id: job.id, attempt: job.attempt)
      if !errands.contains(errand) {
        answer.jobs.append(job)
      } else if job.cancelledBy != nil {
        answer.cancelled.append(errand)
      }
    }
    let known = Set(stored.map { JobErrand(id: $0.id, attempt: $0.attempt) })
    answer.lost = poll.running.filter { !known.contains($0) }
    answer.jobs += try JobRows.take(
      poll.slots - answer.jobs.count, for: poll.worker, tags: poll.tags, at: now, in: transaction)
    return answer
  }

  /// Stores how a job ended.
  ///
  /// - Throws: ``JobError`` when the job was taken away from the worker, or has ended; `StoreError`.
  public func end(_ errand: JobErrand, of worker: String, as outcome: JobOutcome) async throws {
    let isTheirs = try await store.write { transaction in
      transaction.notify(Self.channel, "ended \(errand.id)")
      return try JobRows.end(errand, of: worker, as: outcome, at: .now, in: transaction)
    }
    guard isTheirs else {
      throw JobError(
        .notYours, "job \(errand.id) is no longer this worker's: its lease ran out, or it has ended")
    }
  }

  /// Takes the jobs of a worker that is known to be gone.
  ///
  /// - Throws: `StoreError`.
  public func lose(worker: String) async throws { try await takeOver(from: worker) }

  // MARK: Running

  /// Hears what other servers do, and takes over the jobs of workers that are lost. Runs until its task is cancelled.
  ///
  /// - Throws: `StoreError`.
  public func run() async throws {
    let notices = store.notices(on: Self.channel)
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { for await notice in notices { await self.hear(notice) } }
      group.addTask {
        while true {
          try await Task.sleep(for: .seconds(1))
          try await self.takeOver(from: nil)
          // What was scheduled for later may be due; a notice may have been lost.
          await self.wakeAll()
        }
      }
      group.addTask {
        while true {
          try await Task.sleep(for: .seconds(10))
          // Others may be writing of the same jobs; it is told the next time.
          try? await self.tellJobsThatNobodyTakes()
        }
      }
      group.addTask {
        while true {
          try await self.forget(endedBefore: .now - self.retention)
          try await self.store.write {
            try WorkerRows.forget(unseenSince: .now - .seconds(86_400), in: $0)
          }
          try await Task.sleep(for: .seconds(600))
        }
      }
      try await group.next()
      group.cancelAll()
    }
  }

  private func takeOver(from worker: String?) async throws {
    try await store.write { transaction in
      if let worker { try WorkerRows.remove(worker, in: transaction) }
      let (queued, ended) = try JobRows.takeOver(from: worker, at: .now, in: transaction)
      if !queued.isEmpty { transaction.notify(Self.channel, "queued") }
      for job in ended { transaction.notify(Self.channel, "ended \(job.id)") }
    }
  }

  private func hear(_ notice: String) {
    for word in ["ended ", "news "] where notice.hasPrefix(word) {
      guard let id = JobID(notice.dropFirst(word.count)) else { break }
      for number in (waiters[id] ?? [:]).keys { call(number, for: id) }
      return
    }
    wakeAll()
  }

  // MARK: Waiting

  /// A worker that asks anew does not hear the answer to what it asked before.
  private func giveUpPolls(of worker: String) {
    let old = pollers.filter { $0.worker == worker }
    guard !old.isEmpty else { return }
    pollers.removeAll { $0.worker == worker }
    for poller in old { poller.continuation.resume(returning: .timeIsUp) }
  }

  /// How many polls wait.
  var pollsUnderWay: Int { pollers.count }

  private func wakeAll() {
    news += 1
    let waiting = pollers
    pollers = []
    for poller in waiting { poller.continuation.resume(returning: .look) }
  }

  private func wait(_ poll: WorkerPoll, until deadline: ContinuousClock.Instant) async -> Wake {
    nextNumber += 1
    let number = nextNumber
    let timer = Task {
      try? await Pause.wait(until: deadline)
      endPoll(number)
    }
    defer { timer.cancel() }
    return await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        pollers.append(
          Poller(
            number: number, worker: poll.worker, tags: Set(poll.tags), slots: poll.slots,
            continuation: continuation))
      }
    } onCancel: {
      timer.cancel()
    }
  }

  private func wait(for id: JobID, _ number: Int, until deadline: ContinuousClock.Instant) async {
    if case .called = waiters[id]?[number] { return }
    let timer = Task {
      try? await Pause.wait(until: deadline)
      call(number, for: id)
    }
    defer { timer.cancel() }
    await withTaskCancellationHandler {
      await withCheckedContinuation { waiters[id, default: [:]][number] = .waiting($0) }
    } onCancel: {
      timer.cancel()
    }
  }

  private func call(_ number: Int, for id: JobID) {
    guard let waiter = waiters[id]?[number] else { return }
    waiters[id]?[number] = .called
    if case .waiting(let continuation) = waiter { continuation.resume() }
  }

  private func endPoll(_ number: Int) {
    guard let index = pollers.firstIndex(where: { $0.number == number }) else { return }
    pollers.remove(at: index).continuation.resume(returning: .timeIsUp)
  }
}
