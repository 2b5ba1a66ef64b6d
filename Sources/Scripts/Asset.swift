internal import SQLText

/// What an asset is.
public enum AssetKind: String, Sendable, Hashable, CaseIterable {
  /// A table of a lake, or a whole lake.
  case ducklake
  /// A table of a PostgreSQL data table, or the whole of it.
  case datatable
  /// An object in object storage.
  case s3object
  /// Connection settings that are named in the workspace.
  case resource
  /// A named folder that outlives runs.
  case volume
  /// A file of the workspace.
  case file
}

/// A table, file or resource that scripts read or write.
///
/// Two spellings of one asset are equal: `ducklake://main/orders` and `ducklake://main/main.Orders` are,
/// because a lake's schema `main` may be left out and DuckDB does not tell `orders` from `Orders`.
public struct Asset: Sendable, Hashable, CustomStringConvertible {
  /// What it is.
  public let kind: AssetKind

  /// The lake, the data table, or the storage that holds it. Empty for the default storage, and for kinds
  /// that are held by nothing.
  public let container: String

  /// The schema of a table. Nil for a lake's schema `main`, and where a data table's schema was not named.
  public let schema: String?

  /// The table, key or path. Nil when the whole lake or data table is meant.
  public let name: String?

  private init(kind: AssetKind, container: String, schema: String?, name: String?) {
    self.kind = kind
    self.container = container
    self.schema = schema
    self.name = name
  }

  /// A table of a lake.
  ///
  /// - Parameters:
  ///   - lake: The lake.
  ///   - schema: The schema; `main` and nil are the same.
  ///   - name: The table.
  public static func table(lake: String = "main", schema: String? = nil, name: String) -> Asset {
    let isMain = schema.map { SQLIdentifier.folded($0) == "main" } ?? true
    return Asset(kind: .ducklake, container: lake, schema: isMain ? nil : schema, name: name)
  }

  /// A whole lake.
  ///
  /// - Parameter name: The lake.
  public static func lake(_ name: String) -> Asset {
    Asset(kind: .ducklake, container: name, schema: nil, name: nil)
  }

  /// A file of the workspace.
  ///
  /// - Parameter path: Its path, relative to the workspace.
  public static func file(_ path: String) -> Asset {
    Asset(kind: .file, container: "", schema: nil, name: normalized(path))
  }

  /// Reads an asset's URI.
  ///
  /// `ducklake://LAKE[/[SCHEMA.]TABLE]`, `datatable://NAME[/[SCHEMA.]TABLE]`, `s3://STORAGE/KEY`, `s3:///KEY`
  /// (default storage), `$res:PATH`, `res://PATH`, `volume://NAME`, `file://PATH`.
  ///
  /// - Parameter uri: The URI.
  /// - Throws: ``NameSyntaxError`` where the text is no such URI.
  public init(parsing uri: String) throws(NameSyntaxError) {
    if let path = uri.dropping(prefix: "ducklake://") {
      let (lake, schema, table) = try Self.tablePath(path, in: uri)
      self = table.map { Asset.table(lake: lake, schema: schema, name: $0) } ?? Asset.lake(lake)
    } else if let path = uri.dropping(prefix: "datatable://") {
      let (name, schema, table) = try Self.tablePath(path, in: uri)
      self.init(kind: .datatable, container: name, schema: schema, name: table)
    } else if let path = uri.dropping(prefix: "s3://") {
      let halves = path.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
      guard halves.count == 2, !halves[1].isEmpty else {
        throw NameSyntaxError(
          uri, "names no object", "write s3://STORAGE/KEY, or s3:///KEY for the default storage")
      }
      let storage = halves[0] == "_default_" ? "" : String(halves[0])
      self.init(kind: .s3object, container: storage, schema: nil, name: String(halves[1]))
    } else {
      let (kind, path) = try Self.plainPath(uri)
      guard !path.isEmpty else {
        throw NameSyntaxError(uri, "names nothing", "write a path after it")
      }
      self.init(kind: kind, container: "", schema: nil, name: kind == .file ? Self.normalized(path) : path)
    }
  }

  /// Whether a word is meant as an asset's URI, right or wrong. The address of a web page is not.
  static func isMeant(by word: String) -> Bool {
    word.hasPrefix("$res:")
      || (word.contains("://") && !word.hasPrefix("http://") && !word.hasPrefix("https://"))
  }

  /// Lake and table in one path, as catalogs of assets keep it: `main/orders`, `main/sales.orders`, `main`;
  /// `storage/key`, `/key`; the path itself for all others.
  public var path: String {
    switch kind {
    case .ducklake, .datatable: name == nil ? container : "\(container)/\(tablePath)"
    case .s3object: "\(container)/\(name ?? "")"
    case .resource, .volume, .file: name ?? ""
    }
  }

  /// The table with its schema where that is not `main`: `orders`, `sales.orders`. Empty for a whole lake.
  public var tablePath: String {
    guard let name else { return "" }
    return (schema.map { "\(TableName.quotedIfNeeded($0))." } ?? "") + TableName.quotedIfNeeded(name)
  }

  /// The lake's table that this is, or nil for anything else.
  public var tableName: TableName? {
    guard kind == .ducklake, let name else { return nil }
    return TableName(lake: container, schema: schema, table: name)
  }

  /// The asset's URI in its one canonical spelling.
  public var description: String {
    switch kind {
    case .ducklake, .datatable, .volume, .file: "\(kind.rawValue)://\(path)"
    case .s3object: "s3://\(path)"
    case .resource: "$res:\(path)"
    }
  }

  /// Whether both are one asset.
  public static func == (left: Asset, right: Asset) -> Bool {
    left.kind == right.kind && left.key == right.key
  }

  /// Adds what makes the asset this one.
  public func hash(into hasher: inout Hasher) {
    hasher.combine(kind)
    hasher.combine(key)
  }

  private var key: String { kind == .ducklake ? SQLIdentifier.folded(path) : path }
}

extension Asset {
  private static func tablePath(
    _ path: String, in uri: String
  ) throws(NameSyntaxError) -> (container: String, schema: String?, table: String?) {
    let halves = path.split(outsideQuotes: { $0 == "/" }).map(\.text)
    guard halves.count <= 2 else {
      throw NameSyntaxError(
        uri, "has more than one slash after its name", "write it as ducklake://main/sales.orders")
    }
    try TableName.checkLake(halves[0], in: uri)
    guard halves.count == 2 else { return (halves[0], nil, nil) }
    let parts = try TableName.parts(of: halves[1], in: uri)
    guard parts.count <= 2 else {
      throw NameSyntaxError(
        uri, "has more parts than a table's name", "write it as ducklake://main/sales.orders")
    }
    return (halves[0], parts.count == 2 ? parts[0] : nil, parts[parts.count - 1])
  }

  private static func plainPath(_ uri: String) throws(NameSyntaxError) -> (AssetKind, String) {
    if let path = uri.dropping(prefix: "$res:") ?? uri.dropping(prefix: "res://") { return (.resource, path) }
    if let path = uri.dropping(prefix: "volume://") { return (.volume, path) }
    if let path = uri.dropping(prefix: "file://") { return (.file, path) }
    let scheme = uri.split(separator: ":", maxSplits: 1).first.map(String.init) ?? uri
    let near = NearestName.suggestion(
      for: scheme, among: ["ducklake", "datatable", "s3", "res", "volume", "file"])
    throw NameSyntaxError(
      uri, "is not an asset",
      near.map { "did you mean \($0)://…?" }
        ?? "write ducklake://LAKE/TABLE, datatable://NAME/TABLE, s3://STORAGE/KEY, $res:PATH, volume://NAME "
        + "or file://PATH")
  }

  private static func normalized(_ path: String) -> String {
    var parts: [Substring] = []
    for part in path.split(separator: "/") where part != "." {
      if part == "..", let last = parts.last, last != ".." { parts.removeLast() } else { parts.append(part) }
    }
    return (path.hasPrefix("/") ? "/" : "") + parts.joined(separator: "/")
  }
}
