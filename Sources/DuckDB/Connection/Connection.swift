internal import CDuckDB

/// A connection to a database, with a thread of its own: everything that blocks happens there, never on the
/// threads that Swift's tasks share.
///
/// A connection runs one piece of work at a time, in the order of the calls. Cancelling a task that waits for
/// a statement interrupts that statement, and only that one, and the call throws `CancellationError`.
///
/// Methods come twice: to be awaited from anywhere, and without `await` for use inside ``run(_:)``, where
/// several calls follow each other with nothing of other tasks in between:
///
/// ```swift
/// try await connection.run { connection in
///   try connection.execute("BEGIN")
///   try connection.execute("INSERT INTO log VALUES (now())")
///   try connection.execute("COMMIT")
/// }
/// ```
public actor Connection {
  nonisolated let thread: ConnectionThread
  nonisolated let gate: InterruptGate
  private let handle: ConnectionHandle
  private weak var activeStream: StreamState?
  private var dependents: [ObjectIdentifier: WeakDependent] = [:]

  private struct WeakDependent {
    weak let object: (any ConnectionDependent)?
  }

  private init(_ handle: ConnectionHandle, thread: ConnectionThread, gate: InterruptGate) {
    self.handle = handle
    self.thread = thread
    self.gate = gate
  }

  deinit {
    gate.close()
    let handle = handle
    thread.enqueue { handle.close() }
    thread.stop()
  }

  static func open(_ instance: Instance, reportsProgress: Bool) async throws -> Connection {
    let thread = try ConnectionThread.start()
    do {
      return try await withCheckedThrowingContinuation { continuation in
        thread.enqueue {
          continuation.resume(
            with: Result {
              let handle = try ConnectionHandle(instance)
              if reportsProgress { handle.reportProgress(true) }
              return Connection(handle, thread: thread, gate: try InterruptGate(handle.live()))
            })
        }
      }
    } catch {
      thread.stop()
      throw error
    }
  }

  /// The thread of this connection.
  public nonisolated var unownedExecutor: UnownedSerialExecutor {
    thread.asUnownedSerialExecutor()
  }

  /// Stops the statement that runs now, if any: it throws a ``DuckDBError`` of kind `.interrupt`. Does
  /// nothing to statements that wait.
  public nonisolated func interrupt() {
    gate.interruptRunning()
  }

  /// How far the statement that runs now has come; see ``Database/connect(reportsProgress:)``.
  public nonisolated var progress: QueryProgress {
    gate.progress
  }

  /// Begins or ends to keep ``progress`` up to date, from the next statement on.
  public func reportProgress(_ isOn: Bool) throws {
    _ = try begin("")
    handle.reportProgress(isOn)
  }

  /// Closes the connection once the work before this call is done; a transaction that is open is rolled back.
  /// Later calls throw.
  public func close() {
    gate.close()
    finishActiveStream()
    for dependent in dependents.values { dependent.object?.destroy() }
    dependents = [:]
    handle.close()
  }

  // MARK: - For the other parts of the module

  /// Makes way for a new statement: DuckDB ends a stream that is still open by itself, but says so in
  /// riddles.
  func begin(_ sql: String) throws -> duckdb_connection {
    let connection = try handle.live()
    guard !sql.utf8.contains(0) else {
      throw DuckDBError(kind: .invalidInput, message: "The SQL text has a NUL byte.")
    }
    finishActiveStream()
    try gate.checkpoint()
    return connection
  }

  /// Checks that an object of another connection is not used on this one.
  func checkOwner(_ other: Connection) throws {
    guard other === self else {
      throw DuckDBError(kind: .invalidInput, message: "The object belongs to another connection.")
    }
  }

  /// Notes what has to go before the connection does: DuckDB keeps a connection open for it.
  func remember(_ object: any ConnectionDependent) {
    if dependents.count > 64 { dependents = dependents.filter { $0.value.object != nil } }
    dependents[ObjectIdentifier(object)] = WeakDependent(object: object)
  }

  func activate(_ stream: StreamState) {
    activeStream = stream
  }

  private func finishActiveStream() {
    guard let stream = activeStream else { return }
    finish(stream)
    stream.ending = .superseded
  }

  /// Ends a stream, and with it the statement behind it.
  func finish(_ stream: StreamState) {
    guard var reader = stream.reader else { return }
    stream.reader = nil
    stream.ending = .finished
    if activeStream === stream { activeStream = nil }
    reader.destroy()
    handle.endActiveQuery()
  }

  /// Ends the statement behind a stream that was dropped, unless another has begun since.
  func release(_ leftover: StreamLeftover) {
    var reader = leftover.reader
    reader.destroy()
    if activeStream == nil { handle.endActiveQuery() }
  }
}

/// Something of DuckDB's that belongs to a connection.
protocol ConnectionDependent: AnyObject {
  /// Frees it. Called on the connection's thread.
  func destroy()
}

extension StatementHandle: ConnectionDependent {}
extension AppenderState: ConnectionDependent {}

/// An open `duckdb_connection`.
///
/// Sendable, unchecked: only touched on the connection's thread.
final class ConnectionHandle: @unchecked Sendable {
  private var handle: duckdb_connection?
  private let instance: Instance

  init(_ instance: Instance) throws {
    self.instance = instance
    handle = try instance.connect()
  }

  /// - Throws: ``DuckDBError`` of kind `.connection` after `close()`.
  func live() throws -> duckdb_connection {
    guard let handle else { throw DuckDBError.closedConnection }
    return handle
  }

  func close() {
    guard handle != nil else { return }
    duckdb_disconnect(&handle)
    instance.relinquish()
  }

  /// DuckDB keeps a statement whose stream was dropped, and its transaction, until the next one begins.
  /// Preparing nothing is the one call that ends it and does nothing else.
  func endActiveQuery() {
    guard let handle else { return }
    var statement: duckdb_prepared_statement?
    duckdb_prepare(handle, "", &statement)
    duckdb_destroy_prepare(&statement)
  }

  func reportProgress(_ isOn: Bool) {
    // Pragmas, since a locked configuration refuses SET. Without the first, DuckDB draws on the terminal.
    for pragma in ["disable_print_progress_bar", isOn ? "enable_progress_bar" : "disable_progress_bar"] {
      guard duckdb_query(handle, "PRAGMA \(pragma)", nil) == DuckDBSuccess else { return }
    }
  }
}
