import Foundation
import Processes
import Synchronization

/// Another process that uses a lake (the program `FaultWorker`), to be killed, disturbed or watched.
public final class FaultWorker: Sendable {
  /// Through what the process uses the lake.
  public enum Means: String, Sendable {
    /// The library `Lake`.
    case tarn
    /// DuckDB and its DuckLake extension alone, as a user without Tarn has them.
    case plain
  }

  private struct State {
    var outcomes: [WriterOutcome] = []
    var answers: [Int: CheckedContinuation<[[String?]], any Error>] = [:]
    var watchers: [(count: Int, continuation: CheckedContinuation<Bool, Never>)] = []
    var endWatchers: [CheckedContinuation<Void, Never>] = []
    var nextID = 0
    var hasEnded = false

    var acknowledged: Int { outcomes.count { $0.isAcknowledged } }
  }

  private let state = Mutex(State())
  private let process: ChildProcess
  private let input: FileHandle

  /// The process's number.
  public let processID: Int32

  /// Starts a process and opens the lake in it.
  ///
  /// - Parameters:
  ///   - lake: the lake; made when it is missing.
  ///   - means: through what it is used.
  ///   - faults: what is done to the process.
  public static func start(
    _ lake: LakeAddress, _ means: Means = .tarn, faults: FaultInjector? = nil
  ) async throws -> FaultWorker {
    let worker = try FaultWorker(lake, means, faults?.environment ?? [:])
    try await worker.perform(.open)
    return worker
  }

  private init(_ lake: LakeAddress, _ means: Means, _ environment: [String: String]) throws {
    // Writing to a process that was killed is an error here, and not the end of the tests.
    signal(SIGPIPE, SIG_IGN)
    let inputPipe = Pipe()
    let output = Pipe()
    let tests = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
    var command = ChildProcess.Command(
      tests.appendingPathComponent("FaultWorker").path,
      [means.rawValue, String(decoding: try JSONEncoder().encode(lake), as: UTF8.self)],
      environment: ProcessInfo.processInfo.environment.merging(environment) { $1 }, folder: "/")
    command.input = .pipe(inputPipe)
    command.output = .pipe(output)
    process = try ChildProcess(command)
    input = inputPipe.fileHandleForWriting
    processID = process.processID
    let handle = output.fileHandleForReading
    Thread.detachNewThread { [self] in
      var rest = Data()
      while true {
        // Unlike read(upToCount:), this returns what is there.
        let data = handle.availableData
        guard !data.isEmpty else { break }
        rest.append(data)
        while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
          read(rest[rest.startIndex..<end])
          rest.removeSubrange(rest.startIndex...end)
        }
      }
      process.waitForEnd()
      end()
    }
  }

  // MARK: Requests

  /// Asks for something and waits for the answer.
  ///
  /// - Returns: the rows, all values as text.
  /// - Throws: ``WorkerFailure`` when it failed there; ``Ended`` when the process ended before it answered.
  @discardableResult
  public func perform(_ command: WorkerRequest.Command) async throws -> [[String?]] {
    try await withCheckedThrowingContinuation { continuation in
      let request: WorkerRequest? = state.withLock { state in
        guard !state.hasEnded else { return nil }
        state.nextID += 1
        state.answers[state.nextID] = continuation
        return WorkerRequest(id: state.nextID, command: command)
      }
      guard let request else { return continuation.resume(throwing: Ended()) }
      // A process that has just ended answers by its end.
      if let line = try? JSONEncoder().encode(request) {
        try? input.write(contentsOf: line + Data("\n".utf8))
      }
    }
  }

  /// The rows of a query, in a transaction of its own.
  public func query(_ sql: String) async throws -> [[String?]] {
    try await perform(.run(session: "queries", [sql]))
  }

  /// The process ended before it answered.
  public struct Ended: Error {}

  // MARK: Writers

  /// What the writers were told so far, in order.
  public var outcomes: [WriterOutcome] { state.withLock { $0.outcomes } }

  /// Waits until so many transactions have been acknowledged.
  ///
  /// - Returns: false when the process ended before.
  @discardableResult
  public func untilAcknowledged(_ count: Int) async -> Bool {
    await withCheckedContinuation { continuation in
      let known: Bool? = state.withLock { state in
        if state.acknowledged >= count { return true }
        if state.hasEnded { return false }
        state.watchers.append((count, continuation))
        return nil
      }
      if let known { continuation.resume(returning: known) }
    }
  }

  // MARK: The end

  /// Whether the process runs.
  public var isRunning: Bool { state.withLock { !$0.hasEnded } }

  /// Kills the process with `kill -9` and waits for its end.
  public func kill() async {
    Foundation.kill(processID, SIGKILL)
    await untilEnded()
  }

  /// Closes the lake and ends the process.
  public func end() async {
    _ = try? await perform(.close)
    try? input.close()
    await untilEnded()
  }

  /// Waits for the end of the process.
  public func untilEnded() async {
    await withCheckedContinuation { continuation in
      let isDone = state.withLock { state in
        if !state.hasEnded { state.endWatchers.append(continuation) }
        return state.hasEnded
      }
      if isDone { continuation.resume() }
    }
  }

  // MARK: Reading

  private func read(_ line: Data) {
    guard let message = try? JSONDecoder().decode(WorkerMessage.self, from: line) else { return }
    switch message {
    case .done(let id, let rows):
      state.withLock { $0.answers.removeValue(forKey: id) }?.resume(returning: rows)
    case .failed(let id, let failure):
      state.withLock { $0.answers.removeValue(forKey: id) }?.resume(throwing: failure)
    case .outcome(let outcome):
      let reached: [(count: Int, continuation: CheckedContinuation<Bool, Never>)] = state.withLock { state in
        state.outcomes.append(outcome)
        guard outcome.isAcknowledged, !state.watchers.isEmpty else { return [] }
        let count = state.acknowledged
        let reached = state.watchers.filter { $0.count <= count }
        state.watchers.removeAll { $0.count <= count }
        return reached
      }
      for watcher in reached { watcher.continuation.resume(returning: true) }
    }
  }

  private func end() {
    let left = state.withLock { state in
      state.hasEnded = true
      let left = state
      state.answers = [:]
      state.watchers = []
      state.endWatchers = []
      return left
    }
    for answer in left.answers.values { answer.resume(throwing: Ended()) }
    for watcher in left.watchers { watcher.continuation.resume(returning: false) }
    for watcher in left.endWatchers { watcher.resume() }
  }
}
