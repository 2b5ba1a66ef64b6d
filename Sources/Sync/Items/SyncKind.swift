/// What a workspace holds that is kept as files, too. Flows and schedules become cases of their own.
public enum SyncKind: String, Sendable, Hashable, CaseIterable, Codable {
  case folder
  case variable
  case resource
  case script

  /// What is needed by others comes first: folders say who may read what is in them.
  var rank: Int {
    switch self {
    case .folder: 0
    case .variable: 1
    case .resource: 2
    case .script: 3
    }
  }
}

/// What an item is known by: its kind and its path (`f/team/load`; of a folder `f/team`). Paths are told apart by their
/// bytes, as servers and file systems do, and not as strings, of which some with different bytes are equal.
public struct SyncKey: Sendable, Hashable, Comparable {
  public let kind: SyncKind
  public let path: String

  public init(_ kind: SyncKind, _ path: String) {
    self.kind = kind
    self.path = path
  }

  public static func == (left: SyncKey, right: SyncKey) -> Bool {
    left.kind == right.kind && left.path.utf8.elementsEqual(right.path.utf8)
  }

  public func hash(into hasher: inout Hasher) {
    hasher.combine(kind)
    for byte in path.utf8 { hasher.combine(byte) }
  }

  /// By their paths, then by their kinds.
  public static func < (left: SyncKey, right: SyncKey) -> Bool {
    left.path.utf8.elementsEqual(right.path.utf8)
      ? left.kind.rank < right.kind.rank : left.path.utf8.lexicographicallyPrecedes(right.path.utf8)
  }

  /// `script f/team/load`, as messages and the state have it.
  public var text: String { "\(kind.rawValue) \(path)" }

  /// - Parameter text: as ``text`` has it.
  public init?(text: String) {
    guard let space = text.unicodeScalars.firstIndex(of: " "),
      let kind = SyncKind(rawValue: String(text.unicodeScalars[..<space]))
    else { return nil }
    self.init(kind, String(text.unicodeScalars[text.unicodeScalars.index(after: space)...]))
  }
}
