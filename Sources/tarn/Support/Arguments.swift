import Foundation
import Lake
import LakeSettings

extension Catalog {
  /// Where the catalog is, without credentials.
  var place: String {
    switch self {
    case .sqlite(let path), .duckdb(let path): path
    case .postgresql(let catalog): "\(catalog.host):\(catalog.port)/\(catalog.database)"
    }
  }
}

/// `TABLE` or `SCHEMA.TABLE` on the command line.
enum TableArgument {
  static func split(_ text: String) -> (schema: String, table: String) {
    let parts = text.split(separator: ".", maxSplits: 1).map(String.init)
    return parts.count == 2 ? (parts[0], parts[1]) : ("main", text)
  }
}

/// `[LAKE/][SCHEMA.]TABLE` on the command line, as in asset paths.
struct LakeTableArgument {
  let lake: String
  let schema: String
  let table: String

  init(_ text: String) {
    let parts = text.split(separator: "/", maxSplits: 1).map(String.init)
    lake = parts.count == 2 ? parts[0] : "main"
    (schema, table) = TableArgument.split(parts.last ?? text)
  }
}

/// Texts that are written into YAML.
enum YAMLText {
  static func quoted(_ text: String) -> String {
    "'" + text.replacingOccurrences(of: "'", with: "''") + "'"
  }
}
