internal import CEdit

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#elseif canImport(Darwin)
  internal import Darwin
#endif

/// What libedit's callbacks share. They run inside `el_wgets`, on the thread that called it.
final class EditState {
  static let promptEscape: wchar_t = 1
  static let resizeByte = UInt8(ascii: "r")
  static let cancelByte = UInt8(ascii: "c")

  let input: Int32
  let output: UnsafeMutablePointer<FILE>
  let style: TextStyle
  let wake: WakePipe
  let completer: LineEditor.Completer?

  private(set) var prompt = EditText("")
  private(set) var preceding = ""
  fileprivate(set) var isInterrupted = false
  fileprivate(set) var isCancelled = false
  /// The text before the cursor when Tab last had nothing to add.
  fileprivate var undecided: String?

  init(
    input: Int32, output: UnsafeMutablePointer<FILE>, style: TextStyle, wake: WakePipe,
    completer: LineEditor.Completer?
  ) {
    self.input = input
    self.output = output
    self.style = style
    self.wake = wake
    self.completer = completer
  }

  func prepare(prompt: Prompt, preceding: String) {
    self.prompt = EditText(decorated(prompt))
    self.preceding = preceding
    isInterrupted = false
    isCancelled = false
    undecided = nil
  }

  /// libedit needs to be told which parts of a prompt take no room, and each has to have text after it.
  private func decorated(_ prompt: Prompt) -> String {
    guard style.isEnabled, prompt.isBold, prompt.text.last == " ", prompt.text.count > 1 else {
      return prompt.text
    }
    return "\u{1}\u{1B}[1m\u{1}\(prompt.text.dropLast())\u{1}\u{1B}[0m\u{1} "
  }

  fileprivate static func of(_ editLine: OpaquePointer?) -> EditState? {
    tarn_el_client_data(editLine).map { Unmanaged<EditState>.fromOpaque($0).takeUnretainedValue() }
  }

  // MARK: - Reading

  fileprivate func readCharacter(_ editLine: OpaquePointer) -> Unicode.Scalar? {
    guard let first = readByte(editLine) else { return nil }
    // A Tab with more right behind it was pasted, not pressed.
    if first == UInt8(ascii: "\t"), isInputWaiting { return " " }
    var bytes = [first]
    let length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : first >= 0xC0 ? 2 : 1
    while bytes.count < length {
      guard let next = readByte(editLine) else { return nil }
      bytes.append(next)
    }
    return String(decoding: bytes, as: UTF8.self).unicodeScalars.first
  }

  private func readByte(_ editLine: OpaquePointer) -> UInt8? {
    while true {
      var pollers = [
        pollfd(fd: input, events: Int16(POLLIN), revents: 0),
        pollfd(fd: wake.readEnd, events: Int16(POLLIN), revents: 0),
      ]
      if poll(&pollers, 2, -1) < 0 {
        if errno == EINTR { continue }
        return nil
      }
      if pollers[1].revents != 0 {
        switch wake.receive() {
        case EditState.resizeByte: redrawResized(editLine)
        default:
          isCancelled = true
          return nil
        }
      }
      guard pollers[0].revents != 0 else { continue }
      var byte: UInt8 = 0
      let count = read(input, &byte, 1)
      if count == 1 { return byte }
      if count < 0, errno == EINTR || errno == EAGAIN { continue }
      return nil
    }
  }

  private var isInputWaiting: Bool {
    var poller = pollfd(fd: input, events: Int16(POLLIN), revents: 0)
    return poll(&poller, 1, 0) > 0
  }

  private func redrawResized(_ editLine: OpaquePointer) {
    fputs("\r\u{1B}[J", output)
    el_resize(editLine)
    tarn_el_refresh(editLine)
  }

  // MARK: - Keys

  fileprivate func complete(_ editLine: OpaquePointer) -> Int32 {
    guard let completer, let line = el_wline(editLine)?.pointee else { return CC_ERROR }
    let beforeCount = line.cursor - line.buffer
    let before = String(wide: UnsafeBufferPointer(start: line.buffer, count: beforeCount))
    let after = String(wide: UnsafeBufferPointer(start: line.cursor, count: line.lastchar - line.cursor))
    let result = completer(preceding.isEmpty ? before : preceding + "\n" + before, after)
    switch result.action {
    case .nothing: return CC_NORM
    case .replace(let text):
      undecided = nil
      let replaced = min(result.replacing.unicodeScalars.count, beforeCount)
      el_deletestr(editLine, Int32(clamping: replaced))
      EditText(text).withPointer { _ = el_winsertstr(editLine, $0) }
      return CC_REFRESH
    case .list(let words):
      // Once to try, twice to see.
      guard undecided == before else {
        undecided = before
        return CC_REFRESH_BEEP
      }
      let lines = WordColumns.render(words, width: TerminalInfo.of(fileno(output)).width)
      fputs("\n\u{1B}[J" + lines.map { $0 + "\n" }.joined(), output)
      tarn_el_refresh(editLine)
      return CC_NORM
    }
  }

  /// Ends the line as Enter would, so that libedit leaves the terminal as it should be; what was typed does not count.
  fileprivate func interrupt(_ editLine: OpaquePointer) -> Int32 {
    isInterrupted = true
    if let line = el_wline(editLine)?.pointee {
      el_cursor(editLine, Int32(clamping: line.lastchar - line.cursor))
    }
    EditText.interruptMark.withPointer { _ = el_winsertstr(editLine, $0) }
    EditText.enter.withPointer { el_wpush(editLine, $0) }
    return CC_REFRESH
  }

  fileprivate func suspend(_ editLine: OpaquePointer) -> Int32 {
    tarn_el_prepare_terminal(editLine, 0)
    // To this thread, which may have all signals blocked as those of the pool do, so that the next line is not run
    // before the process has been stopped and continued.
    var stop = sigset_t()
    var previous = sigset_t()
    sigemptyset(&stop)
    sigaddset(&stop, SIGTSTP)
    pthread_sigmask(SIG_UNBLOCK, &stop, &previous)
    raise(SIGTSTP)
    pthread_sigmask(SIG_SETMASK, &previous, nil)
    tarn_el_prepare_terminal(editLine, 1)
    tarn_el_refresh(editLine)
    return CC_NORM
  }
}

// MARK: - Callbacks, which C calls without a context

func editPrompt(_ editLine: OpaquePointer?) -> UnsafeMutablePointer<wchar_t>? {
  EditState.of(editLine)?.prompt.pointer
}

func editRead(_ editLine: OpaquePointer?, _ character: UnsafeMutablePointer<wchar_t>?) -> Int32 {
  guard let editLine, let character, let state = EditState.of(editLine) else { return -1 }
  guard let scalar = state.readCharacter(editLine) else {
    character.pointee = 0
    return 0
  }
  character.pointee = wchar_t(bitPattern: scalar.value)
  return 1
}

func editComplete(_ editLine: OpaquePointer?, _ character: wint_t) -> UInt8 {
  guard let editLine, let state = EditState.of(editLine) else { return UInt8(CC_ERROR) }
  return UInt8(state.complete(editLine))
}

func editInterrupt(_ editLine: OpaquePointer?, _ character: wint_t) -> UInt8 {
  guard let editLine, let state = EditState.of(editLine) else { return UInt8(CC_ERROR) }
  return UInt8(state.interrupt(editLine))
}

func editSuspend(_ editLine: OpaquePointer?, _ character: wint_t) -> UInt8 {
  guard let editLine, let state = EditState.of(editLine) else { return UInt8(CC_ERROR) }
  return UInt8(state.suspend(editLine))
}
