internal import Synchronization

/// A few lines at the bottom of a terminal that are drawn over again and again.
///
/// The cursor rests below the last line, so what others print after ``erase()`` begins where the region was.
final class LiveRegion: Sendable {
  private let descriptor: Int32
  private let hidesCursor: Bool
  private let screen = Mutex(Screen())

  private struct Screen {
    /// The widths of the lines that are drawn.
    var widths: [Int] = []
    var stops = 0
  }

  init(descriptor: Int32, hidesCursor: Bool) {
    self.descriptor = descriptor
    self.hidesCursor = hidesCursor
  }

  /// Draws lines in place of those drawn before.
  ///
  /// - Parameters:
  ///   - lines: The lines, none wider than `width`.
  ///   - width: The terminal's width now.
  ///   - above: Lines to leave on the screen, above the region.
  func draw(_ lines: [(text: String, width: Int)], width: Int, above: [String] = []) {
    screen.withLock { screen in
      if screen.stops != TerminalRestore.stops { screen = Screen(widths: [], stops: TerminalRestore.stops) }
      var text = LiveRegion.sequence(
        over: screen.widths, width: width, above: above, lines: lines.map(\.text))
      if hidesCursor, screen.widths.isEmpty, !lines.isEmpty {
        TerminalRestore.cursorHidden(on: descriptor)
        text = "\u{1B}[?25l" + text
      }
      _ = ByteOutput.writeAll(Array(text.utf8), to: descriptor)
      screen.widths = lines.map(\.width)
    }
  }

  /// Takes the region off the screen and shows the cursor.
  func erase(width: Int) {
    screen.withLock { screen in
      guard !screen.widths.isEmpty else { return }
      var text = LiveRegion.sequence(over: screen.widths, width: width, above: [], lines: [])
      if hidesCursor { text += "\u{1B}[?25h" }
      _ = ByteOutput.writeAll(Array(text.utf8), to: descriptor)
      if hidesCursor { TerminalRestore.cursorShown() }
      screen.widths = []
    }
  }

  /// What to send to draw over lines of these widths. A terminal that became narrower has wrapped them.
  static func sequence(over drawn: [Int], width: Int, above: [String], lines: [String]) -> String {
    let rows = drawn.reduce(0) { $0 + max(1, ($1 + width - 1) / max(1, width)) }
    var text = rows > 0 ? "\u{1B}[\(rows)A\r" : ""
    // Lines that stay may be wider than the terminal, and cover more rows than one.
    if !above.isEmpty { text += "\u{1B}[J" + above.map { $0 + "\n" }.joined() }
    for line in lines { text += "\u{1B}[2K\(line)\n" }
    // What is left of a larger region.
    return text + "\u{1B}[J"
  }
}
