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

/// Texts that are written into YAML.
enum YAMLText {
  static func quoted(_ text: String) -> String {
    "'" + text.replacingOccurrences(of: "'", with: "''") + "'"
  }
}
