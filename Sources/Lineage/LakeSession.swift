import SQLText

/// The catalogs, the current schema and the temporary objects at one point of a script.
struct LakeSession {
  /// What a catalog alias stands for.
  enum Catalog: Hashable {
    case lake(String)
    case dataTable(String)
    case temporary
    /// A database that is no asset of the workspace: in memory, or attached by its own connection string.
    case foreign
    case system
  }

  /// What a table's name stands for.
  enum Meaning: Hashable {
    case table(catalog: Catalog, schema: String, name: String)
    case temporary
    case system
    case foreign
    /// Three parts, the first of which names no catalog.
    case unknownCatalog(String)
  }

  private var catalogs: [String: Catalog]
  /// Aliases that the script itself has attached.
  private var attached: Set<String> = []

  private var current: (catalog: Catalog, schema: String)

  /// Temporary tables and views, folded.
  private var temporaries: Set<String> = []

  /// Temporary macros, folded.
  private var temporaryMacros: Set<String> = []

  init(_ names: LakeNames) {
    catalogs = names.aliases.mapValues { .lake($0) }
    catalogs["temp"] = .temporary
    catalogs["memory"] = .foreign
    catalogs["system"] = .system
    current = (.lake(names.defaultLake), Self.mainSchema)
  }

  static let mainSchema = "main"

  /// - Parameter unlessAttached: Whether an alias that the script has already attached stays as it is. What was
  ///   there before the script does not count: scripts name their own aliases.
  mutating func attach(_ catalog: Catalog, as alias: String, unlessAttached: Bool = false) {
    let alias = SQLIdentifier.folded(alias)
    if unlessAttached, attached.contains(alias) { return }
    attached.insert(alias)
    catalogs[alias] = catalog
  }

  mutating func detach(_ alias: String) {
    let alias = SQLIdentifier.folded(alias)
    attached.remove(alias)
    catalogs[alias] = nil
  }

  /// `USE alias`, `USE alias.schema`, or `USE schema` inside the current catalog.
  mutating func use(_ name: String, schema: String?) {
    if let catalog = catalogs[SQLIdentifier.folded(name)] {
      current = (catalog, schema ?? Self.mainSchema)
    } else if schema == nil {
      current.schema = name
    } else {
      current = (.foreign, schema ?? Self.mainSchema)
    }
  }

  mutating func addTemporary(_ name: SQLName, isMacro: Bool) {
    guard let last = name.folded.last else { return }
    if isMacro { temporaryMacros.insert(last) } else { temporaries.insert(last) }
  }

  /// Forgets a temporary object that is dropped; `false` where the name was none.
  mutating func dropTemporary(_ name: SQLName, isMacro: Bool) -> Bool {
    guard isTemporary(name, isMacro: isMacro), let last = name.folded.last else { return false }
    return (isMacro ? temporaryMacros.remove(last) : temporaries.remove(last)) != nil
  }

  func isTemporary(_ name: SQLName, isMacro: Bool = false) -> Bool {
    let folded = name.folded
    let known = isMacro ? temporaryMacros : temporaries
    return folded.count == 1 ? known.contains(folded[0]) : folded.first == "temp"
  }

  func meaning(of name: SQLName, isMacro: Bool = false) -> Meaning {
    let folded = name.folded
    if isTemporary(name, isMacro: isMacro) { return .temporary }
    if SystemNames.contains(folded) { return .system }
    switch name.parts.count {
    case 1:
      return meaning(current.catalog, current.schema, name.parts[0])
    case 2:
      if let catalog = catalogs[folded[0]] { return meaning(catalog, Self.mainSchema, name.parts[1]) }
      return meaning(current.catalog, name.parts[0], name.parts[1])
    case 3:
      guard let catalog = catalogs[folded[0]] else { return .unknownCatalog(name.parts[0]) }
      return meaning(catalog, name.parts[1], name.parts[2])
    default:
      return .unknownCatalog(name.parts.first ?? "")
    }
  }

  /// The lake and schema that a schema's name stands for: `CREATE SCHEMA [lake.]sales`.
  func schema(of name: SQLName) -> (lake: String, schema: String)? {
    switch name.parts.count {
    case 1:
      guard case .lake(let lake) = current.catalog else { return nil }
      return (lake, name.parts[0])
    case 2:
      guard case .lake(let lake) = catalogs[name.folded[0]] else { return nil }
      return (lake, name.parts[1])
    default: return nil
    }
  }

  private func meaning(_ catalog: Catalog, _ schema: String, _ name: String) -> Meaning {
    switch catalog {
    case .temporary: .temporary
    case .foreign: .foreign
    case .system: .system
    case .lake, .dataTable: .table(catalog: catalog, schema: schema, name: name)
    }
  }
}
