public import Scripts

/// A place where a script reads an asset.
public struct AssetUse: Sendable, Hashable {
  /// What is read.
  public let asset: Asset
  /// The line in the script, 1-based.
  public let line: Int
  /// The column in the script, 1-based.
  public let column: Int
  /// The statement's index, `nil` where an annotation says it.
  public let statementIndex: Int?

  /// Makes a use.
  /// - Parameters:
  ///   - asset: What is read.
  ///   - line: The line in the script, 1-based.
  ///   - column: The column in the script, 1-based.
  ///   - statementIndex: The statement's index, `nil` where an annotation says it.
  public init(_ asset: Asset, line: Int, column: Int = 1, statementIndex: Int? = nil) {
    self.asset = asset
    self.line = line
    self.column = column
    self.statementIndex = statementIndex
  }
}

/// A place where a script writes an asset.
public struct AssetWrite: Sendable, Hashable {
  /// What is written.
  public let asset: Asset
  /// How it is written.
  public let access: StatementHead.Access
  /// The line in the script, 1-based.
  public let line: Int
  /// The column in the script, 1-based.
  public let column: Int
  /// The statement's index, `nil` where an annotation says it.
  public let statementIndex: Int?

  /// Makes a write.
  /// - Parameters:
  ///   - asset: What is written.
  ///   - access: How it is written.
  ///   - line: The line in the script, 1-based.
  ///   - column: The column in the script, 1-based.
  ///   - statementIndex: The statement's index, `nil` where an annotation says it.
  public init(
    _ asset: Asset, _ access: StatementHead.Access, line: Int, column: Int = 1, statementIndex: Int? = nil
  ) {
    self.asset = asset
    self.access = access
    self.line = line
    self.column = column
    self.statementIndex = statementIndex
  }
}

/// A schema that a script creates.
public struct SchemaUse: Sendable, Hashable {
  /// The lake.
  public let lake: String
  /// The schema's name.
  public let name: String
  /// The line in the script, 1-based.
  public let line: Int

  /// Makes a schema's use.
  /// - Parameters:
  ///   - lake: The lake.
  ///   - name: The schema's name.
  ///   - line: The line in the script, 1-based.
  public init(lake: String, name: String, line: Int) {
    self.lake = lake
    self.name = name
    self.line = line
  }
}

/// Something in a script that lineage could not follow; worth showing, never fatal.
public struct LineageNote: Sendable, Hashable {
  /// What it is about.
  public enum Kind: String, Sendable, Hashable {
    /// DuckDB could not parse a query alone, the tokens were used: PIVOT without IN, or a syntax error.
    case tokensOnly
    /// A file's path is an expression, or an argument whose value is not known yet.
    case unknownFile
    /// A three-part name whose catalog is neither attached nor a lake.
    case unknownCatalog
  }

  /// What it is about.
  public let kind: Kind
  /// What was found, in one sentence.
  public let message: String
  /// The line in the script, 1-based.
  public let line: Int
  /// The column in the script, 1-based.
  public let column: Int
}

/// How sure the reads of a script are.
public enum LineagePrecision: String, Sendable, Hashable {
  /// DuckDB's parser named every table.
  case parsed
  /// At least one query was read by tokens alone.
  case tokens
}
