import LakeSettings
import Yams

/// Reads a lake's `maintenance:` in `tarn.yaml`.
enum MaintenanceSettings {
  /// - Parameter node: the value of the key; nil where it is missing, for the defaults.
  /// - Throws: ``WorkspaceError`` with the line.
  static func read(_ node: Node?, place: String) throws(WorkspaceError) -> MaintenancePolicy {
    var policy = MaintenancePolicy()
    guard let node else { return policy }
    let reader = try SettingsReader(node, place: place)
    try reader.allowOnly(tableParts + ["expire", "clean", "orphans", "turn", "every", "tables"])
    policy.standard = try parts(reader, policy.standard)
    policy.expire = try part(reader, "expire", policy.expire, ["age", "last"]) {
      values, part throws(WorkspaceError) in
      part.age = try values.duration("age") ?? part.age
      part.last = try values.integer("last", 1...1_000_000) ?? part.last
    }
    policy.clean = try part(reader, "clean", policy.clean, ["age"]) { values, part throws(WorkspaceError) in
      part.age = try values.duration("age") ?? part.age
    }
    policy.orphans = try part(reader, "orphans", policy.orphans, ["age", "every"]) {
      values, part throws(WorkspaceError) in
      part.age = try values.duration("age") ?? part.age
      part.every = try values.duration("every") ?? part.every
    }
    policy.turn = try reader.duration("turn") ?? policy.turn
    policy.every = try reader.duration("every") ?? policy.every
    guard let tables = reader.node("tables") else { return policy }
    for entry in try SettingsReader(tables, place: place + ".tables").entries {
      let name = entry.name.contains(".") ? entry.name : "main." + entry.name
      let table = try SettingsReader(entry.value, place: "\(place).tables.\(entry.name)")
      try table.allowOnly(tableParts)
      policy.tables[name.lowercased()] = try parts(table, policy.standard)
    }
    return policy
  }

  private static let tableParts = ["flush", "merge", "rewrite"]

  private static func parts(
    _ reader: SettingsReader, _ standard: MaintenancePolicy.TableParts
  ) throws(WorkspaceError) -> MaintenancePolicy.TableParts {
    var parts = standard
    parts.flush = try part(reader, "flush", standard.flush ?? .init(), else: standard.flush, ["rows", "age"])
    {
      values, part throws(WorkspaceError) in
      part.rows = try values.integer("rows", 1...1_000_000_000) ?? part.rows
      part.age = try values.duration("age") ?? part.age
    }
    parts.merge = try part(
      reader, "merge", standard.merge ?? .init(), else: standard.merge, ["files", "below"]
    ) {
      values, part throws(WorkspaceError) in
      part.files = try values.integer("files", 2...100_000) ?? part.files
      part.below = try values.bytes("below") ?? part.below
    }
    parts.rewrite = try part(
      reader, "rewrite", standard.rewrite ?? .init(), else: standard.rewrite, ["deleted", "at_most"]
    ) { values, part throws(WorkspaceError) in
      part.deleted = try values.fraction("deleted") ?? part.deleted
      part.atMost = try values.bytes("at_most") ?? part.atMost
    }
    return parts
  }

  private static func part<Part>(
    _ reader: SettingsReader, _ key: String, _ standard: Part?, _ known: [String],
    _ read: (SettingsReader, inout Part) throws(WorkspaceError) -> Void
  ) throws(WorkspaceError) -> Part? {
    guard let standard else { return nil }
    return try part(reader, key, standard, else: standard, known, read)
  }

  /// One part: `false` turns it off, a mapping sets some of its values, and without the key it is as `missing`.
  private static func part<Part>(
    _ reader: SettingsReader, _ key: String, _ standard: Part, else missing: Part?, _ known: [String],
    _ read: (SettingsReader, inout Part) throws(WorkspaceError) -> Void
  ) throws(WorkspaceError) -> Part? {
    guard let node = reader.node(key) else { return missing }
    if case .scalar = node {
      guard let isOn = node.bool else {
        throw WorkspaceError(
          "\(reader.path(key)) must be false, true or a list of `key: value` lines", line: node.mark?.line)
      }
      return isOn ? standard : nil
    }
    let values = try SettingsReader(node, place: reader.path(key))
    try values.allowOnly(known)
    var part = standard
    try read(values, &part)
    return part
  }
}

extension SettingsReader {
  /// A part of a whole, above 0 and at most 1.
  fileprivate func fraction(_ key: String) throws(WorkspaceError) -> Double? {
    guard let text = try text(key) else { return nil }
    guard let number = Double(text), number > 0, number <= 1 else {
      throw WorkspaceError("\(path(key)) must be a number above 0, at most 1", line: node(key)?.mark?.line)
    }
    return number
  }
}
