import Foundation
import Sync
import Terminal

/// What a pull or push does, as people and programs read it.
struct SyncReport {
  private let plan: SyncPlan
  private let notes: [String]
  private let options: SyncOptions
  private let isDone: Bool
  private var isPush: Bool { plan.direction == .push }

  /// - Parameter isDone: whether the changes are made, and not only shown.
  init(_ plan: SyncPlan, _ notes: [String], _ options: SyncOptions, isDone: Bool) {
    self.plan = plan
    self.notes = notes
    self.options = options
    self.isDone = isDone
  }

  private struct Report: Encodable {
    struct Item: Encodable {
      let kind: String
      let path: String
    }
    struct Change: Encodable {
      let kind: String
      let path: String
      let change: String
      let overwrites: Bool
      let diff: String
    }

    let direction: String
    let workspace: String
    let isDone: Bool
    let changes: [Change]
    let conflicts: [Change]
    let behind: [Item]
    let notes: [String]
  }

  /// - Parameter undone: whether it has come to nothing.
  func print(undone: Bool = false) throws {
    guard options.json else { return printText() }
    func change(_ change: SyncPlan.Change) -> Report.Change {
      .init(
        kind: change.key.kind.rawValue, path: change.key.path, change: change.kind.rawValue,
        overwrites: change.overwrites,
        diff: Self.diffs(of: change).flatMap(\.lines).map { $0.marked + "\n" }.joined())
    }
    try JSONOutput.print(
      Report(
        direction: plan.direction.rawValue, workspace: options.workspaceID, isDone: isDone && !undone,
        changes: plan.changes.map(change), conflicts: plan.conflicts.map(change),
        behind: plan.behind.map { .init(kind: $0.kind.rawValue, path: $0.path) }, notes: notes))
  }

  private func printText() {
    let style = TerminalInfo.of(STDOUT_FILENO).style
    for note in notes { Console.note(note) }
    for change in plan.changes {
      let line = DisplayText.visible(change.key.text)
      switch change.kind {
      case .added: Swift.print(style.green("+ " + line))
      case .changed: Swift.print(style.yellow("~ " + line))
      case .removed: Swift.print(style.red("- " + line))
      }
      if change.kind == .changed || options.diff { printDiff(change, style) }
    }
    for conflict in plan.conflicts {
      Swift.print(style.red("! conflict \(DisplayText.visible(conflict.key.text))"))
      printDiff(conflict, style)
    }
    if !plan.behind.isEmpty {
      let count = plan.behind.count
      let other = isPush ? "on the server" : "here"
      let way = isPush ? "tarn pull brings" : "tarn push sends"
      Console.note(
        "\(count) \(count == 1 ? "item has" : "items have") changed \(other) alone: \(way) \(count == 1 ? "it" : "them")"
      )
    }
    if plan.changes.isEmpty, plan.conflicts.isEmpty {
      Console.note("Nothing to \(plan.direction.rawValue).")
    }
    fflush(nil)
  }

  /// One line for the end.
  func noteEnd(_ place: String) {
    guard !plan.changes.isEmpty else { return }
    let count = plan.changes.count
    let changes = "\(count) \(count == 1 ? "change" : "changes")"
    Console.note(isPush ? "Pushed \(changes) to \(place)." : "Pulled \(changes) from \(place).")
  }

  private func printDiff(_ change: SyncPlan.Change, _ style: TextStyle) {
    for diff in Self.diffs(of: change) {
      for line in diff.lines {
        let text = "    " + DisplayText.visible(line.marked)
        switch line.kind {
        case .added: Swift.print(style.green(text))
        case .removed: Swift.print(style.red(text))
        case .place: Swift.print(style.cyan(text))
        case .kept, .note: Swift.print(text)
        }
      }
    }
  }

  /// Of the text and of the file of settings; secrets are masked.
  private static func diffs(of change: SyncPlan.Change) -> [UnifiedDiff] {
    let (old, new) = (change.old?.masked, change.new?.masked)
    return [
      UnifiedDiff(from: old?.text ?? "", to: new?.text ?? ""),
      UnifiedDiff(from: old.flatMap(ItemFile.text) ?? "", to: new.flatMap(ItemFile.text) ?? ""),
    ]
  }
}
