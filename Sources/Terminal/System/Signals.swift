internal import Synchronization

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#elseif canImport(Darwin)
  internal import Darwin
#endif

/// A signal that a command can take in hand.
public enum Signal: Sendable, Hashable, CaseIterable {
  /// Ctrl-C.
  case interrupt
  /// A polite request to end.
  case terminate
  /// The terminal went away.
  case hangup
  /// The terminal has another size.
  case windowChange

  var number: Int32 {
    switch self {
    case .interrupt: SIGINT
    case .terminate: SIGTERM
    case .hangup: SIGHUP
    case .windowChange: SIGWINCH
    }
  }
}

/// A hook that runs each time a signal comes, until this object is cancelled or gone.
///
/// Hooks run one after the other on a thread of their own, never in the signal handler, so they may do anything but
/// wait for long. While a signal has a hook, the process does not end by it.
///
/// ```swift
/// let hook = SignalHook(.interrupt) { work.cancel() }
/// defer { hook.cancel() }
/// ```
public final class SignalHook: Sendable {
  private let id: Int

  /// Adds a hook.
  ///
  /// - Parameters:
  ///   - signal: The signal.
  ///   - action: What to do.
  public init(_ signal: Signal, _ action: @escaping @Sendable () -> Void) {
    id = SignalTable.shared.add(signal, action)
  }

  deinit {
    cancel()
  }

  /// Removes the hook. The signal does what it did before, once it has no other hook.
  public func cancel() {
    SignalTable.shared.remove(id)
  }
}

/// The hooks of the process.
private final class SignalTable: Sendable {
  static let shared = SignalTable()

  private struct Entry {
    let signal: Signal
    let action: @Sendable () -> Void
  }

  private struct State {
    var entries: [(id: Int, entry: Entry)] = []
    var nextID = 0
    var previous: [Signal: sigaction] = [:]
    var pipe: WakePipe?
  }

  private let state = Mutex(State())

  func add(_ signal: Signal, _ action: @escaping @Sendable () -> Void) -> Int {
    state.withLock { state in
      startThread(&state)
      state.nextID += 1
      state.entries.append((state.nextID, Entry(signal: signal, action: action)))
      if state.previous[signal] == nil {
        state.previous[signal] = SignalAction.install(signal.number, forwardSignal)
      }
      return state.nextID
    }
  }

  func remove(_ id: Int) {
    state.withLock { state in
      guard let index = state.entries.firstIndex(where: { $0.id == id }) else { return }
      let signal = state.entries.remove(at: index).entry.signal
      guard !state.entries.contains(where: { $0.entry.signal == signal }) else { return }
      if var previous = state.previous.removeValue(forKey: signal) {
        sigaction(signal.number, &previous, nil)
      }
    }
  }

  private func startThread(_ state: inout State) {
    guard state.pipe == nil, let pipe = WakePipe() else { return }
    state.pipe = pipe
    signalPipe.store(pipe.writeEnd, ordering: .releasing)
    _ = BlockingCall.start { [self] in
      while let number = pipe.receive() { run(Int32(number)) }
    }
  }

  private func run(_ number: Int32) {
    let actions = state.withLock { state in
      state.entries.filter { $0.entry.signal.number == number }.map(\.entry.action)
    }
    for action in actions { action() }
  }
}

enum SignalAction {
  /// Sets a handler and gives what was there before.
  static func install(_ number: Int32, _ handler: @escaping @convention(c) (Int32) -> Void) -> sigaction {
    var action = sigaction()
    #if canImport(Darwin)
      action.__sigaction_u.__sa_handler = handler
    #else
      action.__sigaction_handler.sa_handler = handler
    #endif
    sigemptyset(&action.sa_mask)
    action.sa_flags = Int32(SA_RESTART)
    var previous = sigaction()
    sigaction(number, &action, &previous)
    return previous
  }

  /// Whether the signal still ends the process, as it does from the start.
  static func isDefault(_ number: Int32) -> Bool {
    var action = sigaction()
    sigaction(number, nil, &action)
    #if canImport(Darwin)
      return action.__sigaction_u.__sa_handler == nil
    #else
      return action.__sigaction_handler.sa_handler == nil
    #endif
  }
}

/// Where the handler writes; set before the first handler is installed.
private let signalPipe = Atomic<Int32>(-1)

/// Runs in the signal handler, where little is allowed: it writes one byte.
private func forwardSignal(_ number: Int32) {
  let saved = errno
  var byte = UInt8(truncatingIfNeeded: number)
  _ = write(signalPipe.load(ordering: .acquiring), &byte, 1)
  errno = saved
}
