import Dispatch
import Foundation
import Loader
import Processes

/// A process of a script, in a group of its own, so that all that it starts ends with it.
///
/// What it prints goes to standard error: standard output is for results. Its input is a pipe that closes when this
/// process ends, however that happens.
struct ScriptProcess: Sendable {
  private let command: [String]
  private let environment: [String: String]

  /// - Parameter command: the program's path and its arguments.
  init(_ command: [String], environment: [String: String]) {
    self.command = command
    self.environment = environment
  }

  /// How long a process has between being asked to end and being made to.
  private static let patience = DispatchTimeInterval.seconds(2)

  /// Runs the process to its end. When the task is cancelled, the group is ended first.
  ///
  /// - Throws: `LoadError` when it cannot be started; `CancellationError`.
  func run() async throws -> ChildProcess.End {
    try Task.checkCancellation()
    let lifeline = Pipe()
    var command = ChildProcess.Command(
      command[0], Array(command.dropFirst()), environment: environment)
    command.input = .pipe(lifeline)
    command.output = .file(.standardError)
    command.endsGroup = true
    let process: ChildProcess
    do { process = try ChildProcess(command) } catch {
      throw LoadError(.source, "the script cannot be started: \(error.reason)")
    }
    let end = await withTaskCancellationHandler {
      await process.end()
    } onCancel: {
      process.signal(SIGTERM, group: true)
      DispatchQueue.global().asyncAfter(deadline: .now() + Self.patience) {
        process.signal(SIGKILL, group: true)
      }
    }
    try? lifeline.fileHandleForWriting.close()
    try Task.checkCancellation()
    return end
  }
}
