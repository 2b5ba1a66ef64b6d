internal import Synchronization

/// One line on a terminal that tells how far a statement has come, for statements that take more than a moment.
final class QueryProgressLine: Sendable {
  private let region: LiveRegion
  private let descriptor: Int32
  private let ticker: Mutex<Task<Void, Never>?>
  private let isOver = Mutex(false)

  private static let patience = Duration.milliseconds(700)
  private static let interval = Duration.milliseconds(200)

  init(descriptor: Int32) {
    self.descriptor = descriptor
    region = LiveRegion(descriptor: descriptor, hidesCursor: false)
    ticker = Mutex(nil)
  }

  func begin(_ progress: @escaping @Sendable () -> Double?) {
    let start = ContinuousClock.now
    let task = Task { [weak self] in
      try? await Task.sleep(for: Self.patience)
      while !Task.isCancelled, let line = self {
        line.draw(progress(), elapsed: start.duration(to: .now))
        try? await Task.sleep(for: Self.interval)
      }
    }
    ticker.withLock { $0 = task }
  }

  /// Takes the line away; it does not come back.
  func end() {
    ticker.withLock { $0.take() }?.cancel()
    isOver.withLock { isOver in
      isOver = true
      region.erase(width: TerminalInfo.of(descriptor).width)
    }
  }

  private func draw(_ progress: Double?, elapsed: Duration) {
    let terminal = TerminalInfo.of(descriptor)
    func line(_ style: TextStyle) -> String {
      Self.render(progress, elapsed: elapsed, width: terminal.width - 1, style)
    }
    isOver.withLock { isOver in
      guard !isOver else { return }
      region.draw([(line(terminal.style), DisplayWidth.of(line(.plain)))], width: terminal.width)
    }
  }

  static func render(_ progress: Double?, elapsed: Duration, width: Int, _ style: TextStyle) -> String {
    let time = "\(HumanText.duration(elapsed))  (Ctrl-C stops it)"
    guard let progress else { return DisplayText.cut(time, to: width) }
    let text = " \(LiveRenderer.percentage(progress))  \(time)"
    let room = min(40, width - DisplayWidth.of(text))
    guard room >= 8 else { return DisplayText.cut(String(text.dropFirst()), to: width) }
    return LiveRenderer.bar(progress, width: room, style) + text
  }
}
