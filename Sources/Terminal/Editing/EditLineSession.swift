internal import CEdit

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#elseif canImport(Darwin)
  internal import Darwin
#endif

/// One libedit editor on one terminal.
///
/// Not Sendable. libedit is only called by the thread that reads a line, or by the task while no line is being read:
/// `readLine` is not over before its thread is done.
final class EditLineSession {
  private let editLine: OpaquePointer
  private let history: OpaquePointer?
  private let state: EditState
  private let files: [UnsafeMutablePointer<FILE>]
  private let input: Int32
  private(set) var lastEntry: String?

  init?(_ configuration: LineEditor.Configuration, completer: LineEditor.Completer?) {
    EditLineSession.useUTF8()
    guard let wake = WakePipe(), let reading = EditLineSession.open(configuration.input, "r") else {
      return nil
    }
    guard let writing = EditLineSession.open(configuration.output, "w") else {
      fclose(reading)
      return nil
    }
    guard let editLine = el_init("tarn", reading, writing, writing) else {
      fclose(reading)
      fclose(writing)
      return nil
    }
    self.editLine = editLine
    files = [reading, writing]
    input = fileno(reading)
    history = history_winit()
    state = EditState(
      input: input, output: writing, style: configuration.style, wake: wake, completer: completer)
    configure(configuration)
  }

  deinit {
    el_end(editLine)
    if let history { history_wend(history) }
    for file in files { fclose(file) }
  }

  private func configure(_ configuration: LineEditor.Configuration) {
    tarn_el_set_client_data(editLine, Unmanaged.passUnretained(state).toOpaque())
    tarn_el_set_prompt(editLine, editPrompt, EditState.promptEscape)
    tarn_el_set_reader(editLine, editRead)
    if let history {
      _ = tarn_history_configure(history, Int32(clamping: configuration.historyLimit), 1)
      tarn_el_set_history(editLine, history)
    }
    EditText.emacs.withPointer { _ = tarn_el_set_editor(editLine, $0) }
    if configuration.readsUserSettings { el_source(editLine, nil) }
    add(.completeName, editComplete)
    add(.interruptName, editInterrupt)
    add(.suspendName, editSuspend)
    for command in EditLineSession.keys { parse(command) }
  }

  /// Ctrl-C, Ctrl-Z and Ctrl-S come as keys while a line is edited, not as signals.
  private static let keys = [
    ["setty", "-d", "-isig", "-ixon"],
    ["bind", "^I", "tarn-complete"],
    ["bind", "^C", "tarn-interrupt"],
    ["bind", "^Z", "tarn-suspend"],
    ["bind", "^R", "em-inc-search-prev"],
    ["bind", "\\e[3~", "ed-delete-next-char"],
    ["bind", "\\e[1~", "ed-move-to-beg"],
    ["bind", "\\e[4~", "ed-move-to-end"],
    ["bind", "\\e[1;5C", "em-next-word"],
    ["bind", "\\e[1;5D", "ed-prev-word"],
  ]

  private func add(_ name: EditText, _ function: @escaping tarn_el_function) {
    name.withPointer { _ = tarn_el_add_function(editLine, $0, $0, function) }
  }

  private func parse(_ words: [String]) {
    var pointers: [UnsafePointer<CChar>?] = words.map { strdup($0).map { UnsafePointer($0) } }
    defer { for pointer in pointers { free(UnsafeMutablePointer(mutating: pointer)) } }
    _ = el_parse(editLine, Int32(words.count), &pointers)
  }

  /// Adds an entry for the arrow keys.
  func addHistory(_ entry: String) {
    lastEntry = entry
    guard let history else { return }
    let wide = EditText(entry)
    wide.withPointer { _ = tarn_history_enter(history, $0) }
  }

  /// Reads a line on a thread of its own.
  func readLine(prompt: Prompt, preceding: String) async throws -> LineInput {
    state.prepare(prompt: prompt, preceding: preceding)
    let wake = state.wake
    // While the line is read, only the thread below uses this object: the task waits for it.
    nonisolated(unsafe) let session = self
    let resize = SignalHook(.windowChange) { wake.send(EditState.resizeByte) }
    defer { resize.cancel() }
    return try await withTaskCancellationHandler {
      try await BlockingCall.run { try session.readBlocking() }
    } onCancel: {
      wake.send(EditState.cancelByte)
    }
  }

  private func readBlocking() throws -> LineInput {
    TerminalRestore.editing(input)
    defer { TerminalRestore.editingEnded() }
    var count: Int32 = 0
    let text = el_wgets(editLine, &count)
    if state.isCancelled { throw CancellationError() }
    if state.isInterrupted { return .interrupted }
    guard let text, count > 0 else {
      fputs("\n", state.output)
      fflush(state.output)
      return .end
    }
    var line = String(wide: UnsafeBufferPointer(start: text, count: Int(count)))
    while let last = line.unicodeScalars.last, last == "\n" || last == "\r" {
      line.unicodeScalars.removeLast()
    }
    return .line(line)
  }

  private static func open(_ descriptor: Int32, _ mode: String) -> UnsafeMutablePointer<FILE>? {
    let copy = dup(descriptor)
    guard copy >= 0 else { return nil }
    guard let file = fdopen(copy, mode) else {
      close(copy)
      return nil
    }
    return file
  }

  /// libedit measures and prints text by the C library's locale.
  private static func useUTF8() {
    if let name = setlocale(LC_CTYPE, ""), String(cString: name) != "C", isUTF8 { return }
    for name in ["C.UTF-8", "en_US.UTF-8"] where setlocale(LC_CTYPE, name) != nil { return }
  }

  private static var isUTF8: Bool {
    nl_langinfo(nl_item(CODESET)).map { String(cString: $0).uppercased() } == "UTF-8"
  }
}
