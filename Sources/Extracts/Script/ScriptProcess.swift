internal import CSpawn
import Dispatch
import Foundation
import Loader
import Synchronization

/// A process of a script, in a group of its own, so that all that it starts ends with it.
///
/// What it prints goes to standard error: standard output is for results. Its input is a pipe that closes when this
/// process ends, however that happens.
struct ScriptProcess: Sendable {
  /// How a process ended.
  enum End: Sendable, Hashable {
    case exit(Int32)
    case signal(Int32)
  }

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
  func run() async throws -> End {
    try Task.checkCancellation()
    let (group, lifeline) = try start()
    defer { close(lifeline) }
    let running = RunningGroup(group)
    let end = await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let thread = Thread { continuation.resume(returning: Self.wait(for: group)) }
        thread.name = "tarn-script"
        thread.start()
      }
    } onCancel: {
      running.signal(SIGTERM)
      DispatchQueue.global().asyncAfter(deadline: .now() + Self.patience) { running.signal(SIGKILL) }
    }
    // What it has left running.
    running.end()
    try Task.checkCancellation()
    return end
  }

  /// A group that may be sent signals until its leader's number may be somebody else's.
  private final class RunningGroup: Sendable {
    private let group: Mutex<pid_t?>

    init(_ group: pid_t) { self.group = Mutex(group) }

    func signal(_ number: Int32) { group.withLock { group in if let group { kill(-group, number) } } }

    func end() {
      group.withLock { group in
        if let number = group { kill(-number, SIGKILL) }
        group = nil
      }
    }
  }

  private static func wait(for process: pid_t) -> End {
    var status: Int32 = 0
    while waitpid(process, &status, 0) < 0 { guard errno == EINTR else { return .exit(-1) } }
    let signal = status & 0x7F
    return signal == 0 ? .exit(status >> 8 & 0xFF) : .signal(signal)
  }

  private func start() throws(LoadError) -> (group: pid_t, lifeline: Int32) {
    var process: pid_t = 0
    var lifeline: Int32 = -1
    let result = withCStrings(command) { arguments in
      withCStrings(environment.map { "\($0.key)=\($0.value)" }) { variables in
        cspawn_start(&process, &lifeline, command[0], arguments, variables)
      }
    }
    guard result == 0 else {
      throw LoadError(.source, "the script cannot be started: \(String(cString: strerror(result)))")
    }
    return (process, lifeline)
  }

  /// Texts as a list of C strings that a null pointer ends.
  private func withCStrings<Result>(
    _ texts: [String], _ body: ([UnsafeMutablePointer<CChar>?]) -> Result
  ) -> Result {
    let pointers = texts.map { strdup($0) } + [nil]
    defer { for pointer in pointers { free(pointer) } }
    return body(pointers)
  }
}
