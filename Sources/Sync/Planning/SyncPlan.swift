/// What is to be done so that one side becomes as the other: worked out before anything is done.
public struct SyncPlan: Sendable {
  public enum Direction: String, Sendable {
    /// From the folder to the server.
    case push
    /// From the server to the folder.
    case pull
  }

  /// One item that is made as the other side has it.
  public struct Change: Sendable {
    public enum Kind: String, Sendable {
      case added, changed, removed
    }

    public let key: SyncKey
    /// As the side has it that is written to; nil when it has none.
    public let old: SyncItem?
    /// As it becomes; nil when it is removed.
    public let new: SyncItem?
    /// Whether the side that is written to has changes of its own, which are lost.
    public let overwrites: Bool

    public var kind: Kind { old == nil ? .added : new == nil ? .removed : .changed }
  }

  public let direction: Direction
  /// What is done, in the order in which it is done.
  public let changes: [Change]
  /// What both sides have changed: as it would be done.
  public let conflicts: [Change]
  /// What the other side alone has changed: it is left as it is, for the opposite direction to bring.
  public let behind: [SyncKey]
  /// What is remembered before anything is done: with what is the same on both sides, though it may have become so by itself.
  public let records: [SyncKey: SyncState.Record]

  /// Compares two sides with what they were when they were last the same.
  ///
  /// - Parameters:
  ///   - isForced: whether conflicts are settled in favour of the side that is read, and what the other side has changed is
  ///     overwritten.
  ///   - removesUnknown: whether items go that the side that is read has never had.
  public init(
    _ direction: Direction, folder: [SyncKey: SyncItem], server: [SyncKey: SyncItem], state: SyncState,
    isForced: Bool = false, removesUnknown: Bool = false
  ) {
    var (changes, conflicts): ([Change], [Change]) = ([], [])
    var behind: [SyncKey] = []
    var records = state.records
    for key in Set(folder.keys).union(server.keys).union(state.records.keys).sorted() {
      let sides = Sides(folder: folder[key], server: server[key], state: state, key: key)
      if sides.areSame {
        records[key] = sides.server.map { Self.record(folder: sides.folder, server: $0) }
        continue
      }
      let isPush = direction == .push
      let (source, target) = isPush ? (sides.folder, sides.server) : (sides.server, sides.folder)
      let (sourceChanged, targetChanged) =
        isPush
        ? (sides.folderChanged, sides.serverChanged) : (sides.serverChanged, sides.folderChanged)
      let isUnknown = source == nil && state.records[key] == nil
      let change = Change(key: key, old: target, new: source, overwrites: targetChanged && target != nil)
      if isUnknown ? removesUnknown : isForced || (sourceChanged && !targetChanged) {
        changes.append(change)
      } else if isUnknown || !sourceChanged {
        behind.append(key)
      } else {
        conflicts.append(change)
      }
    }
    self.direction = direction
    self.changes = changes.sorted(by: Self.precedes)
    self.conflicts = conflicts
    self.behind = behind
    self.records = records
  }

  /// What is remembered of an item that is the same on both sides now.
  ///
  /// - Parameter folder: nil when it is just as the server's.
  public static func record(folder: SyncItem?, server: SyncItem) -> SyncState.Record {
    SyncState.Record(
      server: server.fingerprint, local: (folder ?? server).fingerprint, version: server.version)
  }

  public var removesAnything: Bool { changes.contains { $0.kind == .removed } }
  public var overwritesAnything: Bool { changes.contains { $0.overwrites } }

  /// What is removed goes after what comes, and what others need goes last.
  private static func precedes(_ left: Change, _ right: Change) -> Bool {
    let (first, second) = (left.kind == .removed, right.kind == .removed)
    if first != second { return second }
    let (one, other) = (left.key.kind.rank, right.key.kind.rank)
    if one != other { return first ? one > other : one < other }
    return left.key < right.key
  }
}

/// One item on both sides, and what is remembered of it.
private struct Sides {
  let folder: SyncItem?
  let server: SyncItem?
  let record: SyncState.Record?
  /// What a pull was writing when it was killed: an item, or that there is none.
  let pulling: SyncItem.Fingerprint??

  init(folder: SyncItem?, server: SyncItem?, state: SyncState, key: SyncKey) {
    self.folder = folder
    self.server = server
    record = state.records[key]
    pulling = state.pulling[key]
  }

  var areSame: Bool {
    guard let folder, let server else { return folder == nil && server == nil }
    guard folder.masked.fingerprint == server.fingerprint else { return false }
    // Whether the server has the secret that stands in a file, it does not tell; what was pushed is remembered.
    return folder.fingerprint == server.fingerprint || folder.fingerprint == record?.local
  }

  var serverChanged: Bool { server?.fingerprint != record?.server }

  var folderChanged: Bool {
    guard let pulling else { return folder?.fingerprint != record?.local }
    guard let folder else { return false }
    let own = [record?.local, pulling].compactMap { $0 }
    let print = folder.fingerprint
    // A script has two files, of which either may have been written or removed.
    return !own.contains { $0.text == print.text }
      || !(own.contains { $0.settings == print.settings } || print == folder.bareFingerprint)
  }
}
