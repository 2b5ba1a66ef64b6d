/// The names that completion proposes.
public struct CatalogNames: Sendable, Hashable {
  /// A table or view, and its columns.
  public struct Table: Sendable, Hashable {
    /// The lake as SQL calls it, such as `dl`.
    public var lake: String

    /// The schema.
    public var schema: String

    /// The table.
    public var name: String

    /// Its columns, in their order.
    public var columns: [String]

    /// Makes a table.
    public init(lake: String = "dl", schema: String = "main", name: String, columns: [String] = []) {
      self.lake = lake
      self.schema = schema
      self.name = name
      self.columns = columns
    }
  }

  /// The tables and views of all attached lakes.
  public var tables: [Table]

  /// The schemas of the current lake.
  public var schemas: [String]

  /// The lakes, as SQL calls them.
  public var lakes: [String]

  /// The functions that can be called.
  public var functions: [String]

  /// The lake in which bare names are looked up.
  public var currentLake: String

  /// The schema in which bare names are looked up.
  public var currentSchema: String

  /// Makes a set of names.
  public init(
    tables: [Table] = [], schemas: [String] = [], lakes: [String] = [], functions: [String] = [],
    currentLake: String = "dl", currentSchema: String = "main"
  ) {
    self.tables = tables
    self.schemas = schemas
    self.lakes = lakes
    self.functions = functions
    self.currentLake = currentLake
    self.currentSchema = currentSchema
  }

  /// The tables that a name with these qualifiers before it may mean: none, a schema, a lake, or both.
  func tables(qualifiedBy qualifiers: [String]) -> [Table] {
    tables.filter { table in
      switch qualifiers.count {
      case 0: table.lake.isSame(currentLake) && table.schema.isSame(currentSchema)
      case 1:
        (table.schema.isSame(qualifiers[0]) && table.lake.isSame(currentLake))
          || (table.lake.isSame(qualifiers[0]) && table.schema.isSame("main"))
      case 2: table.lake.isSame(qualifiers[0]) && table.schema.isSame(qualifiers[1])
      default: false
      }
    }
  }

  /// The schemas of a lake that has tables.
  func schemas(ofLake lake: String) -> [String] {
    let named = Set(tables.filter { $0.lake.isSame(lake) }.map(\.schema))
    return Array(lake.isSame(currentLake) ? named.union(schemas) : named)
  }
}

extension String {
  /// Whether DuckDB takes both for the same name.
  func isSame(_ other: String) -> Bool {
    self == other || lowercased() == other.lowercased()
  }

  func hasPrefixIgnoringCase(_ prefix: String) -> Bool {
    prefix.isEmpty || lowercased().hasPrefix(prefix.lowercased())
  }
}
