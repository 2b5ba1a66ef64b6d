import Foundation
import Jobs
import Synchronization

/// Keeps one worker process running: when it dies its jobs are taken from it, and another is started.
struct WorkerSupervisor: Sendable {
  let address: String
  let token: String
  let slots: Int
  let queue: JobQueue
  /// How many seconds its jobs may go on when it is told to stop.
  let drain: Int

  /// A worker that lived shorter than this died of something that another will die of, too.
  private static let shortLife = Duration.seconds(5)
  private static let longestPause = Duration.seconds(10)
  /// How long a worker may take to end itself, after its jobs.
  private static let patience = Duration.seconds(10)

  /// Runs until its task is cancelled; the worker is stopped then.
  ///
  /// - Throws: `CancellationError`; ``CommandFailure`` when no process can be started.
  func run() async throws {
    var pause = Duration.milliseconds(50)
    var number = 0
    while true {
      try Task.checkCancellation()
      number += 1
      let name = "up-\(getpid())-\(number)"
      let began = ContinuousClock.now
      let status = try await runOnce(name)
      // In a cancelled task nothing would be stored.
      try await Task { try await queue.lose(worker: name) }.value
      try Task.checkCancellation()
      let lived = began.duration(to: .now)
      Console.note("the worker ended (\(status)); starting another")
      pause = lived < Self.shortLife ? min(pause * 2, Self.longestPause) : .milliseconds(50)
      try await Task.sleep(for: pause)
    }
  }

  /// - Returns: how the process ended.
  private func runOnce(_ name: String) async throws -> String {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
    process.arguments = [
      "worker", "--name", name, "--slots", String(slots), "--drain", String(drain), "--supervised",
    ]
    var environment = ProcessInfo.processInfo.environment
    environment["TARN_URL"] = address
    environment["TARN_TOKEN"] = token
    process.environment = environment
    let life = Pipe()
    process.standardInput = life
    let child = Child(process, life)
    do { try process.run() } catch {
      throw CommandFailure.failed("cannot start a worker: \(error.localizedDescription)")
    }
    await withTaskCancellationHandler {
      await child.waitForEnd()
    } onCancel: {
      child.finish(within: .seconds(drain) + Self.patience)
    }
    return process.terminationReason == .exit
      ? "status \(process.terminationStatus)" : "signal \(process.terminationStatus)"
  }

  /// A process whose end can be waited for.
  private final class Child: Sendable {
    private struct State {
      var hasEnded = false
      var waiting: CheckedContinuation<Void, Never>?
    }

    private let process: Process
    /// Its end tells the worker that this process is gone, however it went; what comes before, that it shall finish.
    private let life: Pipe
    private let state = Mutex(State())

    init(_ process: Process, _ life: Pipe) {
      self.process = process
      self.life = life
      process.terminationHandler = { [weak self] _ in self?.end() }
    }

    func waitForEnd() async {
      await withCheckedContinuation { continuation in
        let hasEnded = state.withLock { state in
          if !state.hasEnded { state.waiting = continuation }
          return state.hasEnded
        }
        if hasEnded { continuation.resume() }
      }
    }

    /// By a word, not by a signal: one that comes before the process listens for it is lost.
    func finish(within time: Duration) {
      try? life.fileHandleForWriting.write(contentsOf: Data("finish\n".utf8))
      Task {
        try? await Task.sleep(for: time)
        let isThere = state.withLock { !$0.hasEnded }
        if isThere { kill(process.processIdentifier, SIGKILL) }
      }
    }

    private func end() {
      let waiting = state.withLock { state in
        state.hasEnded = true
        defer { state.waiting = nil }
        return state.waiting
      }
      waiting?.resume()
    }
  }
}
