internal import Synchronization

/// The thread of one connection, as an executor: work runs in the order in which it came, one piece at a
/// time.
///
/// Sendable, unchecked: `work` and `isStopping` are only read and written under `condition`'s lock.
final class ConnectionThread: SerialExecutor, @unchecked Sendable {
  private enum Work {
    case job(UnownedJob)
    case closure(@Sendable () -> Void)
  }

  private let condition = Condition()
  private var work: [Work] = []
  private var isStopping = false
  private let identifier = Atomic<UInt>(0)

  /// Makes the executor and starts its thread.
  static func start() throws(DuckDBError) -> ConnectionThread {
    let executor = ConnectionThread()
    try Thread.start { executor.main() }
    return executor
  }

  func enqueue(_ job: consuming ExecutorJob) {
    add(.job(UnownedJob(job)))
  }

  /// Runs a closure after the work that is already queued.
  func enqueue(_ closure: @escaping @Sendable () -> Void) {
    add(.closure(closure))
  }

  /// Ends the thread once the queue is empty. Nothing may be enqueued afterwards.
  func stop() {
    condition.withLock {
      isStopping = true
      condition.signal()
    }
  }

  func asUnownedSerialExecutor() -> UnownedSerialExecutor {
    UnownedSerialExecutor(ordinary: self)
  }

  func isIsolatingCurrentContext() -> Bool? {
    Thread.currentIdentifier == identifier.load(ordering: .acquiring)
  }

  private func add(_ item: Work) {
    condition.withLock {
      work.append(item)
      condition.signal()
    }
  }

  private func main() {
    identifier.store(Thread.currentIdentifier, ordering: .releasing)
    while let batch = nextBatch() {
      for item in batch {
        switch item {
        case .job(let job): job.runSynchronously(on: asUnownedSerialExecutor())
        case .closure(let closure): closure()
        }
      }
    }
  }

  private func nextBatch() -> [Work]? {
    condition.withLock {
      while work.isEmpty {
        if isStopping { return nil }
        condition.wait()
      }
      defer { work.removeAll(keepingCapacity: true) }
      return work
    }
  }
}
