internal import Synchronization

/// Shows how a long command is getting on, on standard error.
///
/// On a terminal it draws a few lines in place, at most ten times a second. Elsewhere it prints one line for each step
/// that ends. Events may come from any task.
///
/// ```swift
/// let display = LiveDisplay(LiveState(title: "tpcds", stages: stages))
/// display.begin()
/// display.send(.started(step: "store_sales", stage: "Ingest"))
/// …
/// await display.end()
/// for line in display.summary.render(style: terminal.style) { … }
/// ```
public final class LiveDisplay: Sendable {
  /// How it shows things.
  public enum Mode: Sendable, Hashable {
    /// Drawn in place.
    case live
    /// One line for each event.
    case plain
    /// Nothing.
    case off
  }

  private struct Content {
    var state: LiveState
    /// Lines to be left above the region at the next drawing.
    var above: [String] = []
    var ticker: Task<Void, Never>?
  }

  private let content: Mutex<Content>
  private let region: LiveRegion
  private let mode: Mode
  private let descriptor: Int32
  private let terminal: @Sendable () -> TerminalInfo

  private static let interval = Duration.milliseconds(100)

  /// Makes a display. Nothing is shown before ``begin()``.
  ///
  /// - Parameters:
  ///   - state: The stages, and when the command began.
  ///   - mode: How to show things; nil for what suits the file.
  ///   - descriptor: Where to show them.
  public convenience init(_ state: LiveState, mode: Mode? = nil, descriptor: Int32 = 2) {
    self.init(state, mode: mode, descriptor: descriptor) { TerminalInfo.of(descriptor) }
  }

  init(_ state: LiveState, mode: Mode?, descriptor: Int32, terminal: @escaping @Sendable () -> TerminalInfo) {
    content = Mutex(Content(state: state))
    self.mode = mode ?? (terminal().allowsMovement ? .live : .plain)
    self.descriptor = descriptor
    self.terminal = terminal
    region = LiveRegion(descriptor: descriptor, hidesCursor: true)
  }

  deinit {
    content.withLock { $0.ticker?.cancel() }
    if mode == .live { region.erase(width: terminal().width) }
  }

  /// What is known now.
  public var state: LiveState { content.withLock { $0.state } }

  /// The table of all stages, for the end.
  public var summary: TextTable { LiveRenderer.summary(state, at: .now) }

  /// Begins to draw.
  public func begin() {
    guard mode == .live else { return }
    let ticker = Task { [weak self] in
      while !Task.isCancelled, let display = self {
        display.draw(at: .now)
        try? await Task.sleep(for: Self.interval)
      }
    }
    content.withLock { $0.ticker = ticker }
  }

  /// Takes an event in. It is seen at the next drawing, or printed at once where nothing is drawn.
  public func send(_ event: LiveEvent) {
    let now = LiveState.Instant.now
    let line = content.withLock { content in
      let line = LiveRenderer.line(for: event, in: content.state, at: now)
      content.state.apply(event, at: now)
      if mode == .live, let line, event.isLasting { content.above.append(line) }
      return line
    }
    if mode == .plain, let line {
      _ = ByteOutput.writeAll(Array("\(DisplayText.visible(line))\n".utf8), to: descriptor)
    }
  }

  /// Draws a last time, takes the region away, and gives the cursor back.
  public func end() async {
    let ticker = content.withLock { $0.ticker.take() }
    ticker?.cancel()
    await ticker?.value
    guard mode == .live else { return }
    draw(at: .now)
    region.erase(width: terminal().width)
  }

  func draw(at now: LiveState.Instant) {
    let (state, above) = content.withLock { content in
      defer { content.above = [] }
      return (content.state, content.above)
    }
    let terminal = terminal()
    // A full last column makes some terminals wrap.
    let width = max(10, terminal.width - 1)
    func lines(_ style: TextStyle) -> [String] {
      LiveRenderer.render(state, at: now, width: width, height: terminal.height - 1, style: style)
    }
    let widths = lines(.plain).map { DisplayWidth.of($0) }
    region.draw(
      zip(lines(terminal.style), widths).map { ($0, $1) }, width: terminal.width,
      above: above.map { DisplayText.visible($0) })
  }
}

extension LiveEvent {
  /// Whether it stays on the screen of a live display.
  fileprivate var isLasting: Bool {
    switch self {
    case .failed, .note: true
    case .started, .progressed, .finished, .skipped, .cancelled: false
    }
  }
}
