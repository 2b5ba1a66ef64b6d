import Lake

/// What a snapshot changed, in one line.
enum SnapshotText {
  static func changes(_ snapshot: Snapshot) -> String {
    snapshot.changes
      .map { "\($0.key.replacing("_", with: " ")): \($0.value.joined(separator: ", "))" }
      .sorted().joined(separator: "; ")
  }
}
