import SQLText
public import Scripts

extension Asset {
  /// Whether the asset is a file or an object of a storage.
  public var isFile: Bool { kind == .file || kind == .s3object }

  /// Whether the asset is a macro. Its name ends in `()`, since a lake may have a table and a macro of one name.
  public var isMacro: Bool { kind == .ducklake && name?.hasSuffix("()") ?? false }

  /// The macro of a lake.
  static func macro(lake: String, schema: String, name: String) -> Asset {
    .table(lake: lake, schema: schema, name: name + "()")
  }

  /// The table of a data table: DuckDB says `main` where no schema is named.
  static func dataTable(_ database: String, schema: String, name: String) -> Asset? {
    let schema = schema == LakeSession.mainSchema ? "" : SQLIdentifier.quote(schema) + "."
    return try? Asset(parsing: "datatable://\(database)/\(schema)\(SQLIdentifier.quote(name))")
  }

  /// The file or object that a path in a statement names, `nil` where no asset can be meant (`s3://` alone).
  static func at(_ path: String) -> Asset? {
    path.hasPrefix("s3://") ? try? Asset(parsing: path) : .file(path)
  }

  /// The asset as people name it: `orders`, `sales.orders`, `other/orders`, a file's path; lake `main` is left out.
  public var shortName: String {
    switch kind {
    case .ducklake where container == "main" && name != nil: tablePath
    case .ducklake, .file: path
    default: description
    }
  }

  /// The known asset that a name probably means: one of the same name elsewhere, or the nearest in spelling.
  /// - Parameter known: What exists.
  public func nearest(among known: [Asset]) -> Asset? {
    let others = known.filter { $0 != self }.sorted { $0.path < $1.path }
    if let name, let same = others.first(where: { isSame($0.name, name) }) { return same }
    guard let suggestion = NearestName.suggestion(for: shortName, among: others.map(\.shortName)) else {
      return nil
    }
    return others.first { $0.shortName == suggestion }
  }

  private func isSame(_ other: String?, _ name: String) -> Bool {
    other.map { SQLIdentifier.folded($0) == SQLIdentifier.folded(name) } ?? false
  }
}
