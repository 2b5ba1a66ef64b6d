import Foundation
import Jobs
import Synchronization

/// Keeps one worker process running: when it dies its jobs are taken from it, and another is started.
struct WorkerSupervisor: Sendable {
  let address: String
  let token: String
  let slots: Int
  let queue: JobQueue

  /// A worker that lived shorter than this died of something that another will die of, too.
  private static let shortLife = Duration.seconds(5)
  private static let longestPause = Duration.seconds(10)
  /// How long a worker may take to end what it is told to end.
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
      try await queue.lose(worker: name)
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
    process.arguments = ["worker", "--name", name, "--slots", String(slots), "--supervised"]
    var environment = ProcessInfo.processInfo.environment
    environment["TARN_URL"] = address
    environment["TARN_TOKEN"] = token
    process.environment = environment
    // Its end tells the worker that this process is gone, however it went.
    let life = Pipe()
    process.standardInput = life
    let child = Child(process)
    do { try process.run() } catch {
      throw CommandFailure.failed("cannot start a worker: \(error.localizedDescription)")
    }
    await withTaskCancellationHandler {
      await child.waitForEnd()
    } onCancel: {
      child.stop(within: Self.patience)
    }
    withExtendedLifetime(life) {}
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
    private let state = Mutex(State())

    init(_ process: Process) {
      self.process = process
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

    func stop(within time: Duration) {
      process.terminate()
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
