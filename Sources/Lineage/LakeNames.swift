/// What catalog names mean where a script starts: the lakes that are attached before its first statement.
///
/// DuckDB reserves `main` as a catalog name, so the default lake answers to `dl`; every other lake answers to its
/// own name. ATTACH and USE in the script change this from there on.
public struct LakeNames: Sendable, Hashable {
  /// The lake that is current where a script starts.
  public var defaultLake: String

  /// Catalog aliases, folded to lower case, with the lake that each stands for.
  public var aliases: [String: String]

  /// Makes the names of a workspace's lakes.
  /// - Parameters:
  ///   - defaultLake: The lake that is current where a script starts, attached as `dl`.
  ///   - otherLakes: Lakes that answer to their own names.
  public init(defaultLake: String = "main", otherLakes: [String] = []) {
    self.defaultLake = defaultLake
    aliases = ["dl": defaultLake]
    for lake in otherLakes where lake != defaultLake && lake.foldedCase != "main" {
      aliases[lake.foldedCase] = lake
    }
  }
}

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

  mutating func attach(_ catalog: Catalog, as alias: String) { catalogs[alias.foldedCase] = catalog }

  mutating func detach(_ alias: String) { catalogs[alias.foldedCase] = nil }

  /// `USE alias`, `USE alias.schema`, or `USE schema` inside the current catalog.
  mutating func use(_ name: String, schema: String?) {
    if let catalog = catalogs[name.foldedCase] {
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

  /// The catalog of an alias that stands in a text argument: `ducklake_table_changes('dl', …)`.
  func catalog(_ alias: String) -> Catalog? { catalogs[alias.foldedCase] }

  private func meaning(_ catalog: Catalog, _ schema: String, _ name: String) -> Meaning {
    switch catalog {
    case .temporary: .temporary
    case .foreign: .foreign
    case .system: .system
    case .lake, .dataTable: .table(catalog: catalog, schema: schema, name: name)
    }
  }
}

/// Names of DuckDB's own catalog: no assets.
enum SystemNames {
  static func contains(_ folded: [String]) -> Bool {
    if folded.count > 1, schemas.contains(folded[folded.count - 2]) { return true }
    if let first = folded.first, first.hasPrefix("__ducklake_metadata_") { return true }
    return folded.count == 1 && views.contains(folded[0])
  }

  private static let schemas: Set<String> = ["information_schema", "pg_catalog"]

  /// The views that DuckDB 1.5.5 finds by one name in every database.
  private static let views: Set<String> = [
    "duckdb_columns", "duckdb_constraints", "duckdb_databases", "duckdb_indexes", "duckdb_logs",
    "duckdb_schemas", "duckdb_tables", "duckdb_types", "duckdb_views", "pragma_database_list",
    "sqlite_master", "sqlite_schema", "sqlite_temp_master", "sqlite_temp_schema",
    "pg_am", "pg_attrdef", "pg_attribute", "pg_class", "pg_collation", "pg_constraint", "pg_database",
    "pg_depend", "pg_description", "pg_enum", "pg_index", "pg_indexes", "pg_namespace",
    "pg_prepared_statements", "pg_proc", "pg_sequence", "pg_sequences", "pg_settings", "pg_tables",
    "pg_tablespace", "pg_type", "pg_views",
  ]
}
