internal import Synchronization

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#elseif canImport(Darwin)
  internal import Darwin
#endif

/// Puts the terminal back in order when a signal ends the process in the middle of editing or drawing.
///
/// Everything that the handler reads is set before the handler is installed, and is of a kind that a signal handler may
/// read: atomics, and memory that is never freed.
public enum TerminalRestore {
  /// Gives the cursor back and ends editing at once, for a process that is about to end without unwinding.
  ///
  /// Safe in a signal handler.
  public static func now() {
    restoreTerminals()
  }

  /// A terminal has been prepared for editing; its settings are the ones to go back to.
  static func editing(_ descriptor: Int32) {
    guard tcgetattr(descriptor, settingsMemory.pointer) == 0 else { return }
    installHandlers()
    editedTerminal.store(descriptor, ordering: .releasing)
  }

  /// The terminal has its own settings again.
  static func editingEnded() {
    editedTerminal.store(-1, ordering: .releasing)
  }

  /// The cursor has been hidden on a terminal.
  static func cursorHidden(on descriptor: Int32) {
    installHandlers()
    hiddenCursorTerminal.store(descriptor, ordering: .releasing)
  }

  /// The cursor is to be seen again.
  static func cursorShown() {
    hiddenCursorTerminal.store(-1, ordering: .releasing)
  }

  /// How often the process has been stopped and continued; others have written on the terminal in between.
  static var stops: Int { stopCount.load(ordering: .relaxed) }

  private static func installHandlers() {
    for signal in [SIGINT, SIGTERM, SIGHUP] where SignalAction.isDefault(signal) {
      _ = SignalAction.install(signal, restoreAndEnd)
    }
    if SignalAction.isDefault(SIGTSTP), SignalAction.isDefault(SIGCONT) {
      _ = SignalAction.install(SIGTSTP, restoreAndStop)
      _ = SignalAction.install(SIGCONT, continueDrawing)
    }
  }
}

/// Sendable, unchecked: the memory is written before the handlers can see it, and never freed.
private struct SettingsMemory: @unchecked Sendable {
  let pointer = UnsafeMutablePointer<termios>.allocate(capacity: 1)

  init() {
    pointer.initialize(to: termios())
  }
}

private let settingsMemory = SettingsMemory()
private let editedTerminal = Atomic<Int32>(-1)
private let hiddenCursorTerminal = Atomic<Int32>(-1)
private let stopCount = Atomic<Int>(0)

// These run in signal handlers, where `tcsetattr`, `write`, `signal` and `raise` are allowed.

private func restoreTerminals() {
  let edited = editedTerminal.load(ordering: .acquiring)
  if edited >= 0 { tcsetattr(edited, TCSANOW, settingsMemory.pointer) }
  writeCursor(isShown: true)
}

private func restoreAndEnd(_ number: Int32) {
  restoreTerminals()
  signal(number, SIG_DFL)
  raise(number)
}

/// Ctrl-Z: the process stops as soon as this returns.
private func restoreAndStop(_ number: Int32) {
  writeCursor(isShown: true)
  signal(number, SIG_DFL)
  raise(number)
}

private func continueDrawing(_ number: Int32) {
  stopCount.wrappingAdd(1, ordering: .relaxed)
  signal(SIGTSTP, restoreAndStop)
  writeCursor(isShown: false)
}

/// `ESC [ ? 25 h` or `l`.
private func writeCursor(isShown: Bool) {
  let terminal = hiddenCursorTerminal.load(ordering: .acquiring)
  guard terminal >= 0 else { return }
  var text: (UInt8, UInt8, UInt8, UInt8, UInt8, UInt8) = (0x1B, 0x5B, 0x3F, 0x32, 0x35, isShown ? 0x68 : 0x6C)
  _ = write(terminal, &text, 6)
}
