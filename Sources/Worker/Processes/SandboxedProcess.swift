internal import CSandbox
internal import Foundation
internal import Synchronization

/// A program that runs in a sandbox, until it ends or is ended with all that it has started.
final class SandboxedProcess: Sendable {
  /// What is started, and how.
  struct Program {
    /// Its path, then what comes after it.
    var command: [String]
    /// All that it sees of an environment.
    var environment: [String: String]
    /// Where it begins.
    var folder: String
    /// Its input; else nothing comes.
    var input: Int32?
    /// Where it prints to.
    var output: Int32
    var errors: Int32
    /// Nil for a program of ours that limits what it starts itself.
    var limits: ScriptLimits?
    /// Folders that it may write, also.
    var writable: [String] = []
  }

  private struct State {
    var group: pid_t?
    var status: Int?
    var waiting: [CheckedContinuation<Int, Never>] = []
  }

  private let state: Mutex<State>

  /// Starts it.
  ///
  /// - Throws: ``ScriptProcessError``.
  init(_ program: Program) throws(ScriptProcessError) {
    let nothing = program.input == nil ? open("/dev/null", O_RDONLY | O_CLOEXEC) : -1
    defer { if nothing >= 0 { close(nothing) } }
    var process: pid_t = 0
    var hasOwnProcesses: Int32 = 0
    let result = Self.start(program, input: program.input ?? nothing, &process, &hasOwnProcesses)
    guard result == 0 else {
      throw ScriptProcessError(
        "cannot start '\(program.command.first ?? "")': \(String(cString: strerror(result)))")
    }
    state = Mutex(State(group: process))
    let number = process
    // Only where the kernel does not see to it: it takes a look at all processes.
    let home = hasOwnProcesses == 0 && program.limits != nil ? program.environment["HOME"] : nil
    let thread = Thread { [self] in ended(Self.wait(for: number, home: home)) }
    thread.name = "tarn-process"
    thread.start()
  }

  /// Its exit status once it has ended; negative for a signal.
  var status: Int? { state.withLock { $0.status } }

  /// Waits for its end. When the task is cancelled, it is ended with all that it has started.
  ///
  /// - Returns: its exit status; negative for a signal.
  func wait() async -> Int {
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let status = state.withLock { state in
          if state.status == nil { state.waiting.append(continuation) }
          return state.status
        }
        if let status { continuation.resume(returning: status) }
      }
    } onCancel: {
      end()
    }
  }

  /// Ends it, and all that it has started.
  func end() {
    // Until its end is known, its number is nobody else's.
    state.withLock { state in if let group = state.group { kill(-group, SIGKILL) } }
  }

  private func ended(_ status: Int) {
    let waiting = state.withLock { state in
      state.status = status
      defer { state.waiting = [] }
      return state.waiting
    }
    for continuation in waiting { continuation.resume(returning: status) }
  }

  private static func wait(for process: pid_t, home: String?) -> Int {
    // Its group first, while the number still is its own: where it has no process numbers of its own, others may go on.
    var information = siginfo_t()
    while waitid(P_PID, id_t(process), &information, WEXITED | WNOWAIT) < 0, errno == EINTR {}
    kill(-process, SIGKILL)
    if let home { endAll(livingIn: home, but: process) }
    var status: Int32 = 0
    while waitpid(process, &status, 0) < 0 { guard errno == EINTR else { return -1 } }
    let signal = status & 0x7F
    return signal == 0 ? Int(status >> 8 & 0xFF) : -Int(signal)
  }

  /// Ends processes that have left the group, by the folder that their environment names, which is one script's alone.
  private static func endAll(livingIn home: String, but leader: pid_t) {
    let wanted = Data("HOME=\(home)".utf8)
    // Those that are started meanwhile are found by the next look.
    for _ in 0..<100 {
      let found = ((try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []).compactMap {
        pid_t($0)
      }
      .filter { number in
        number != leader
          && FileManager.default.contents(atPath: "/proc/\(number)/environ")?.split(separator: 0).contains {
            $0.elementsEqual(wanted)
          } == true
      }
      if found.isEmpty { return }
      for number in found { kill(number, SIGKILL) }
    }
  }

  private static func start(
    _ program: Program, input: Int32, _ process: inout pid_t, _ hasOwnProcesses: inout Int32
  ) -> Int32 {
    let path = strdup(program.command.first ?? "")
    let folder = strdup(program.folder)
    defer {
      free(path)
      free(folder)
    }
    return withCStrings(program.command) { arguments in
      withCStrings(program.environment.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }) {
        variables in
        withCStrings(ScriptLimits.ofTheSystem + (program.limits?.readable ?? []) + program.command.prefix(1))
        { readable in
          withCStrings(ScriptLimits.devices + program.writable) { writable in
            var what = csandbox_program()
            what.path = UnsafePointer(path)
            what.arguments = arguments
            what.variables = variables
            what.folder = UnsafePointer(folder)
            (what.input, what.output, what.errors) = (input, program.output, program.errors)
            if let limits = program.limits {
              // The same pointers, to what is only read.
              what.readable = UnsafeRawPointer(readable).assumingMemoryBound(to: UnsafePointer<CChar>?.self)
              what.writable = UnsafeRawPointer(writable).assumingMemoryBound(to: UnsafePointer<CChar>?.self)
              what.memory = UInt64(limits.memory)
              what.file_size = UInt64(limits.fileSize)
              what.processor_seconds = UInt64(limits.processorSeconds)
            } else {
              what.is_starter = 1
            }
            return csandbox_start(&process, &hasOwnProcesses, &what)
          }
        }
      }
    }
  }

  /// Texts as a list of C strings that a null pointer ends.
  private static func withCStrings<Result>(
    _ texts: [String], _ body: (UnsafePointer<UnsafeMutablePointer<CChar>?>) -> Result
  ) -> Result {
    let pointers = texts.map { strdup($0) } + [nil]
    defer { for pointer in pointers { free(pointer) } }
    return pointers.withUnsafeBufferPointer { buffer in
      guard let base = buffer.baseAddress else {
        preconditionFailure("a list that ends with null is not empty")
      }
      return body(base)
    }
  }
}
