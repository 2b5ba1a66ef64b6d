import Extracts
import Foundation
import Loader
import Synchronization
import Terminal

/// One line on a terminal that tells how far a load has come. Nothing on a pipe.
final class LoadDisplay: Sendable {
  private struct State {
    var table = ""
    var files = 0
    var bytes = 0
    var start = ContinuousClock.now
    var isOver = false
  }

  private let state = Mutex(State())

  /// What the loader tells; nil where nobody looks.
  var watcher: (@Sendable (LoadEvent) -> Void)? {
    guard Console.isTerminal else { return nil }
    return { [self] in show($0) }
  }

  /// What is told of a source that is read into files first.
  var reading: @Sendable (ExtractProgress) -> Void {
    guard Console.isTerminal else { return { _ in } }
    return { [self] progress in
      state.withLock { state in
        guard !state.isOver else { return }
        var parts = ["\(progress.table): \(HumanText.count(progress.rows, "row"))"]
        parts.append(HumanText.bytes(progress.bytes))
        if let requests = progress.requests { parts.append(HumanText.count(requests, "request")) }
        Console.transient(parts.joined(separator: ", "))
      }
    }
  }

  /// Takes the line away.
  func end() {
    state.withLock { state in
      state.isOver = true
      Console.clearTransient()
    }
  }

  private func show(_ event: LoadEvent) {
    state.withLock { state in
      guard !state.isOver else { return }
      switch event {
      case .looking(let table, let files, let bytes):
        (state.table, state.files, state.bytes, state.start) = (table, files, bytes, .now)
        Console.transient(Self.line(state, doing: "looking at the source", nil, 0))
      case .preparing(_, let percentage, let rows):
        Console.transient(Self.line(state, doing: "reading", percentage, rows))
      case .prepared(_, let rows):
        Console.transient(Self.line(state, doing: "read", nil, UInt64(rows)))
      case .writing:
        Console.transient("writing")
      }
    }
  }

  private static func line(_ state: State, doing: String, _ percentage: Double?, _ rows: UInt64) -> String {
    let elapsed = state.start.duration(to: .now)
    let seconds = Double(elapsed.components.seconds) + Double(elapsed.components.attoseconds) / 1e18
    var parts = ["\(state.table): \(doing)"]
    if state.files > 0 { parts.append(HumanText.count(state.files, "file")) }
    if state.bytes > 0 { parts.append(HumanText.bytes(state.bytes)) }
    if rows > 0 {
      parts.append(HumanText.count(rows, "row"))
      if seconds > 0.5 { parts.append("\(HumanText.count(Int(Double(rows) / seconds))) rows/s") }
    }
    if let percentage, percentage > 0 {
      parts.append("\(Int(percentage)) %")
      if percentage > 5, seconds > 1 {
        let left = seconds * (100 - percentage) / percentage
        parts.append("\(HumanText.duration(.seconds(left))) left")
      }
    }
    return parts.joined(separator: ", ")
  }
}
