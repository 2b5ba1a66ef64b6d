internal import Lineage
internal import SQLText
public import Scripts

extension Asset {
  /// The asset as people name it: `orders`, `sales.orders`, `other/orders`, a file's path; lake `main` is left out.
  public var shortName: String {
    switch kind {
    case .ducklake:
      let prefix = "main/"
      return path.hasPrefix(prefix) ? String(path.dropFirst(prefix.count)) : path
    case .file: return path
    default: return description
    }
  }

  /// The last part of a table's name.
  private var tableName: String {
    let table = path.split(separator: "/").last.map(String.init) ?? path
    return SQLName(qualified: table)?.parts.last ?? table
  }

  /// The known table that a name probably means: one of the same name elsewhere, or the nearest in spelling.
  func nearest(among known: [Asset]) -> String? {
    let name = tableName.lowercased()
    let sorted = known.map(\.shortName).sorted()
    if let same = known.filter({ $0.tableName.lowercased() == name }).map(\.shortName).sorted().first {
      return same
    }
    return NearestName.suggestion(for: shortName, among: sorted)
  }
}
