internal import CSpawn
public import Foundation
internal import Synchronization

/// A program that this process has started, the leader of a group of its own.
///
/// Not Foundation's `Process`: to find which files to close in the child, that reads beyond the end of the system's list of
/// them where many are open (swift-corelibs-foundation of Swift 6.3, `findMaximumOpenFromProcSelfFD`; seen with
/// AddressSanitizer). What lies there decides whether that ends the process.
public final class ChildProcess: Sendable {
  /// How a process ended.
  public enum End: Sendable, Hashable, CustomStringConvertible {
    case exit(Int32)
    case signal(Int32)

    /// The exit status, or the signal's number.
    public var code: Int32 {
      switch self {
      case .exit(let code), .signal(let code): code
      }
    }

    public var description: String {
      switch self {
      case .exit(let status): "status \(status)"
      case .signal(let number): "signal \(number)"
      }
    }
  }

  /// Where one of a program's three streams leads.
  public enum Stream: Sendable {
    /// Nothing to read; what is written is lost.
    case null
    /// Where this process's own leads.
    case inherited
    /// An open file.
    case file(FileHandle)
    /// One end of a pipe, which is then closed here. The other end stays.
    case pipe(Pipe)
  }

  /// What is started.
  public struct Command: Sendable {
    /// The program's path.
    public var program: String
    public var arguments: [String]
    /// All of its variables; nil for those of this process.
    public var environment: [String: String]?
    /// Where it runs; nil for where this process does.
    public var folder: String?
    public var input = Stream.null
    public var output = Stream.inherited
    public var errors = Stream.inherited
    /// Whether what it has left running in its group is killed when it ends.
    public var endsGroup = false

    public init(
      _ program: String, _ arguments: [String] = [], environment: [String: String]? = nil,
      folder: String? = nil
    ) {
      self.program = program
      self.arguments = arguments
      self.environment = environment
      self.folder = folder
    }
  }

  /// A program that could not be started.
  public struct StartError: Error, CustomStringConvertible {
    public let program: String
    /// As the system says it.
    public let reason: String

    public var description: String { "cannot start \(program): \(reason)" }
  }

  private struct State {
    var end: End?
    var waiting: [@Sendable (End) -> Void] = []
  }

  /// The process's number, and its group's.
  public let processID: Int32
  private let state = Mutex(State())

  /// Starts a program.
  ///
  /// - Throws: ``StartError``.
  public init(_ command: Command) throws(StartError) {
    processID = try Self.start(command)
    let thread = Thread { [self] in waitForTheSystem(endsGroup: command.endsGroup) }
    thread.name = "tarn-child"
    thread.start()
  }

  /// Whether it has not ended.
  public var isRunning: Bool { state.withLock { $0.end == nil } }

  /// Waits for the process's end, also in a cancelled task.
  @discardableResult
  public func end() async -> End {
    await withCheckedContinuation { continuation in whenEnded { continuation.resume(returning: $0) } }
  }

  /// Waits for the process's end, and blocks the thread.
  @discardableResult
  public func waitForEnd() -> End {
    let ended = DispatchSemaphore(value: 0)
    let found = Mutex<End?>(nil)
    whenEnded { end in
      found.withLock { $0 = end }
      ended.signal()
    }
    ended.wait()
    return found.withLock { $0 } ?? .exit(-1)
  }

  /// Calls a function once with the end, on some thread: at once when it is there already.
  public func whenEnded(_ tell: @escaping @Sendable (End) -> Void) {
    let end = state.withLock { state in
      if state.end == nil { state.waiting.append(tell) }
      return state.end
    }
    if let end { tell(end) }
  }

  /// Sends a signal; none once the process has ended, when its number may be another's.
  ///
  /// - Parameter group: whether all of the process's group get it.
  public func signal(_ number: Int32, group: Bool = false) {
    state.withLock { state in
      if state.end == nil { _ = kill(group ? -processID : processID, number) }
    }
  }

  private func waitForTheSystem(endsGroup: Bool) {
    var status: Int32 = 0
    var information = siginfo_t()
    // Its number stays taken until it is waited for under the lock: a signal cannot reach another.
    while waitid(P_PID, id_t(processID), &information, WEXITED | WNOWAIT) != 0, errno == EINTR {}
    let (end, waiting) = state.withLock { state in
      if endsGroup { _ = kill(-processID, SIGKILL) }
      while waitpid(processID, &status, 0) < 0, errno == EINTR {}
      let signal = status & 0x7F
      let end = signal == 0 ? End.exit(status >> 8 & 0xFF) : .signal(signal)
      defer { state.waiting = [] }
      state.end = end
      return (end, state.waiting)
    }
    for tell in waiting { tell(end) }
  }

  // MARK: Starting

  private static func start(_ command: Command) throws(StartError) -> Int32 {
    let null = open("/dev/null", O_RDWR | O_CLOEXEC)
    defer { if null >= 0 { close(null) } }
    func descriptor(_ stream: Stream, _ own: Int32) -> Int32 {
      switch stream {
      case .null: null
      case .inherited: own
      case .file(let handle): handle.fileDescriptor
      case .pipe(let pipe):
        own == STDIN_FILENO
          ? pipe.fileHandleForReading.fileDescriptor : pipe.fileHandleForWriting.fileDescriptor
      }
    }
    let variables = command.environment ?? ProcessInfo.processInfo.environment
    var process: pid_t = 0
    let result = withCStrings([command.program] + command.arguments) { arguments in
      withCStrings(variables.map { "\($0.key)=\($0.value)" }) { variables in
        cspawn_start(
          &process, command.program, arguments, variables, command.folder,
          descriptor(command.input, STDIN_FILENO), descriptor(command.output, STDOUT_FILENO),
          descriptor(command.errors, STDERR_FILENO))
      }
    }
    if case .pipe(let pipe) = command.input { try? pipe.fileHandleForReading.close() }
    for case .pipe(let pipe) in [command.output, command.errors] { try? pipe.fileHandleForWriting.close() }
    guard result == 0 else {
      throw StartError(program: command.program, reason: String(cString: strerror(result)))
    }
    return process
  }

  /// Texts as a list of C strings that a null pointer ends.
  private static func withCStrings<Result>(
    _ texts: [String], _ body: ([UnsafeMutablePointer<CChar>?]) -> Result
  ) -> Result {
    let pointers = texts.map { strdup($0) } + [nil]
    defer { for pointer in pointers { free(pointer) } }
    return body(pointers)
  }
}
