internal import CDuckDB
internal import Synchronization

/// Decides which running work an interrupt may hit.
///
/// DuckDB's interrupt is a flag of the connection: it hits whatever runs when it is set, and it is cleared
/// when a statement starts. So an interrupt that comes too early is lost, and one that comes too late hits a
/// statement of somebody else. The gate holds both off. An interrupt is sent only while the work it is meant
/// for runs (checked and sent under one lock), and it is sent again until that work has noticed. Work that
/// noticed is left in peace, so that it can still roll back.
///
/// Sendable, unchecked: the handle is only passed to the two DuckDB functions that may be called from any
/// thread, and only under the lock, while the connection is open.
final class InterruptGate: @unchecked Sendable {
  /// One piece of work on a connection: a call, or a closure given to `run`.
  final class Ticket: Sendable {
    fileprivate let state = Mutex(State())

    fileprivate struct State {
      var request: Request?
      var isDelivered = false
    }

    var isCancelled: Bool {
      state.withLock { $0.request == .cancellation }
    }
  }

  enum Request {
    case cancellation
    case interrupt
  }

  private struct State {
    var isOpen = true
    var running: Ticket?
  }

  private let handle: duckdb_connection
  private let state = Mutex(State())

  init(_ handle: duckdb_connection) {
    self.handle = handle
  }

  /// Marks the beginning of a piece of work.
  ///
  /// - Throws: `CancellationError` when its task was cancelled while it waited for its turn.
  func begin(_ ticket: Ticket) throws {
    try state.withLock { state in
      guard state.isOpen else { throw DuckDBError.closedConnection }
      if ticket.isCancelled { throw CancellationError() }
      state.running = ticket
    }
  }

  func end() {
    state.withLock { $0.running = nil }
  }

  /// Notes that the connection is going away: no DuckDB function is called on it from other threads after
  /// this.
  func close() {
    state.withLock { $0.isOpen = false }
  }

  /// The task that waits for `ticket` was cancelled.
  func cancel(_ ticket: Ticket) {
    ticket.state.withLock { $0.request = .cancellation }
    if remind(ticket) { InterruptReminder.shared.add(self, ticket) }
  }

  /// Somebody wants whatever runs now to stop.
  func interruptRunning() {
    guard let ticket = state.withLock({ $0.running }) else { return }
    ticket.state.withLock { state in
      if state.request == nil { state.request = .interrupt }
    }
    if remind(ticket) { InterruptReminder.shared.add(self, ticket) }
  }

  /// Sets DuckDB's flag if the work still runs and has not noticed yet; false when there is nothing left to
  /// do.
  func remind(_ ticket: Ticket) -> Bool {
    state.withLock { state in
      guard state.isOpen, state.running === ticket else { return false }
      guard ticket.state.withLock({ $0.request != nil && !$0.isDelivered }) else { return false }
      duckdb_interrupt(handle)
      return true
    }
  }

  /// Stops the running work between two steps, when it was asked to.
  ///
  /// - Throws: `CancellationError` or a ``DuckDBError`` of kind `.interrupt`, once.
  func checkpoint() throws {
    guard let ticket = state.withLock({ $0.running }) else { return }
    let request = ticket.state.withLock { state -> Request? in
      guard let request = state.request, !state.isDelivered else { return nil }
      state.isDelivered = true
      return request
    }
    switch request {
    case nil: return
    case .cancellation: throw CancellationError()
    case .interrupt: throw DuckDBError(kind: .interrupt, message: "Interrupted!")
    }
  }

  /// Whether somebody asked the running work to stop.
  var isAsked: Bool {
    guard let ticket = state.withLock({ $0.running }) else { return false }
    return ticket.state.withLock { $0.request != nil }
  }

  /// What an error of the running work stands for: DuckDB's own interrupt error becomes a `CancellationError`
  /// when the work was cancelled.
  func translate(_ error: DuckDBError) -> any Error {
    guard error.kind == .interrupt, let ticket = state.withLock({ $0.running }) else { return error }
    let request = ticket.state.withLock { state -> Request? in
      state.isDelivered = true
      return state.request
    }
    return request == .cancellation ? CancellationError() : error
  }

  var progress: QueryProgress {
    state.withLock { state in
      guard state.isOpen, state.running != nil else { return .none }
      let progress = duckdb_query_progress(handle)
      return QueryProgress(
        percentage: progress.percentage < 0 ? nil : progress.percentage,
        rowsProcessed: progress.rows_processed,
        totalRows: progress.total_rows_to_process)
    }
  }
}

/// Sends interrupts again until the work they are meant for has ended or noticed.
///
/// Sendable, unchecked: `pending` and `isRunning` are only touched under `condition`'s lock.
private final class InterruptReminder: @unchecked Sendable {
  static let shared = InterruptReminder()

  private let condition = Condition()
  private var pending: [(gate: InterruptGate, ticket: InterruptGate.Ticket)] = []
  private var isRunning = false

  func add(_ gate: InterruptGate, _ ticket: InterruptGate.Ticket) {
    condition.withLock {
      pending.append((gate, ticket))
      if !isRunning {
        // Without a thread the first interrupt still stands; only the repetition is lost.
        isRunning = (try? Thread.start { self.main() }) != nil
      }
      condition.signal()
    }
  }

  private func main() {
    var pause = 1
    while true {
      let batch = condition.withLock {
        while pending.isEmpty {
          pause = 1
          condition.wait()
        }
        condition.wait(milliseconds: pause)
        return pending
      }
      pause = min(pause * 2, 50)
      let done = batch.filter { !$0.gate.remind($0.ticket) }.map { ObjectIdentifier($0.ticket) }
      guard !done.isEmpty else { continue }
      condition.withLock { pending.removeAll { done.contains(ObjectIdentifier($0.ticket)) } }
    }
  }
}
