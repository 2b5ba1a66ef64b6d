import Foundation
import Jobs
import Processes

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
    var environment = ProcessInfo.processInfo.environment
    environment["TARN_URL"] = address
    environment["TARN_TOKEN"] = token
    var command = ChildProcess.Command(
      URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().path,
      [
        "worker", "--name", name, "--slots", String(slots), "--drain", String(drain), "--supervised",
      ], environment: environment)
    // Its end tells the worker that this process is gone, however it went; what comes before, that it shall finish.
    let life = Pipe()
    command.input = .pipe(life)
    let process: ChildProcess
    do { process = try ChildProcess(command) } catch {
      throw CommandFailure.failed("cannot start a worker: \(error.reason)")
    }
    let patience = Duration.seconds(drain) + Self.patience
    let end = await withTaskCancellationHandler {
      await process.end()
    } onCancel: {
      // By a word, not by a signal: one that comes before the process listens for it is lost.
      try? life.fileHandleForWriting.write(contentsOf: Data("finish\n".utf8))
      Task {
        try? await Task.sleep(for: patience)
        process.signal(SIGKILL)
      }
    }
    try? life.fileHandleForWriting.close()
    return end.description
  }
}
