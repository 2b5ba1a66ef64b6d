import Extracts
import Foundation
import Loader
import Synchronization
import Terminal

/// One line on a terminal that tells how far a load has come. Nothing on a pipe.
final class LoadDisplay: Sendable {
  private struct Table {
    var files = 0
    var bytes = 0
    var start = ContinuousClock.now
  }

  private struct State {
    /// What is known of each table; several are worked on at a time.
    var tables: [String: Table] = [:]
    /// How many of them are ready to be written.
    var ready = 0
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
        state.tables[table] = Table(files: files, bytes: bytes)
        Console.transient(Self.line(state, table, doing: "looking at the source", nil, 0))
      case .preparing(let table, let percentage, let rows):
        Console.transient(Self.line(state, table, doing: "reading", percentage, rows))
      case .prepared(let table, let rows):
        state.ready += 1
        Console.transient(Self.line(state, table, doing: "read", nil, UInt64(rows)))
      case .writing:
        Console.transient("writing")
      }
    }
  }

  private static func line(
    _ state: State, _ name: String, doing: String, _ percentage: Double?, _ rows: UInt64
  ) -> String {
    let table = state.tables[name] ?? Table()
    let elapsed = table.start.duration(to: .now)
    let seconds = Double(elapsed.components.seconds) + Double(elapsed.components.attoseconds) / 1e18
    var parts = state.tables.count > 1 ? ["\(state.ready) of \(state.tables.count) tables ready"] : []
    parts.append("\(name): \(doing)")
    if table.files > 0 { parts.append(HumanText.count(table.files, "file")) }
    if table.bytes > 0 { parts.append(HumanText.bytes(table.bytes)) }
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
