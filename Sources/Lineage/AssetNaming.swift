internal import SQLText
public import Scripts

extension Asset {
  /// The asset of a macro: its path ends in `()`, since a lake may have a table and a macro of one name.
  var asMacro: Asset { Asset(kind: kind, path: path + "()") }

  /// Whether the asset is a macro.
  public var isMacro: Bool { path.hasSuffix("()") }

  /// The table of a lake: schema `main` is left out.
  static func table(lake: String, schema: String, name: String) -> Asset {
    Asset(kind: .ducklake, path: path(lake, schema: schema, name: name, hidden: LakeSession.mainSchema))
  }

  /// The table of a data table database: schema `public` is PostgreSQL's, and DuckDB says `main` for it.
  static func dataTable(_ database: String, schema: String, name: String) -> Asset {
    Asset(kind: .datatable, path: path(database, schema: schema, name: name, hidden: LakeSession.mainSchema))
  }

  private static func path(_ root: String, schema: String, name: String, hidden: String) -> String {
    let table = SQLIdentifier.quoteIfNeeded(name)
    return schema.foldedCase == hidden
      ? "\(root)/\(table)" : "\(root)/\(SQLIdentifier.quoteIfNeeded(schema)).\(table)"
  }

  /// A file or an object, its path brought to one form: `./raw//x.parquet` is `raw/x.parquet`,
  /// `s3:///key` is the default storage's `/key`.
  static func file(_ path: String) -> Asset {
    for scheme in ["s3://"] where path.foldedCase.hasPrefix(scheme) {
      return Asset(kind: .s3object, path: String(path.dropFirst(scheme.count)))
    }
    if path.contains("://") { return Asset(kind: .file, path: path) }
    return Asset(kind: .file, path: normalized(path))
  }

  private static func normalized(_ path: String) -> String {
    var parts: [Substring] = []
    let isAbsolute = path.hasPrefix("/")
    for part in path.split(separator: "/") where part != "." {
      if part == "..", let last = parts.last, last != ".." {
        parts.removeLast()
      } else if part != ".." || !isAbsolute {
        parts.append(part)
      }
    }
    return (isAbsolute ? "/" : "") + parts.joined(separator: "/")
  }
}
