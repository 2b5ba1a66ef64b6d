import Foundation
import SQLText

/// The table that rows are staged for.
struct StagingTarget: Sendable, Hashable {
  let schema: String
  let table: String
  /// The catalog's number of the table; nil for one that is to be made.
  let id: Int64?
  /// Where its files lie, ending in `/`.
  let folder: String
  /// Empty for a table that is to be made.
  let columns: [TableColumn]
  /// Whether rows have to be put into files by DuckLake itself: partitions, sort order, encryption.
  let needsDuckLake: Bool
}

/// How the rows of a query become files of a table: pure text, worked out before anything runs.
struct StagingPlan: Sendable, Hashable {
  /// The columns of the files, as the table has them.
  let columns: [TableColumn]
  /// The query that gives the files' rows.
  let select: String
  /// Whether the files can become the table's own. If not, DuckLake reads them and writes its own.
  let registers: Bool

  /// - Parameters:
  ///   - output: the columns that the query gives.
  ///   - target: the table.
  /// - Returns: nil when the statement has to run as it is, such as when a column's default has to be worked out.
  init?(_ statement: StageableStatement, output: [(name: String, type: String)], target: StagingTarget) {
    let source = output.indices.map { "q\($0)" }
    var fields: [(column: TableColumn, expression: String)] = []
    switch statement.kind {
    case .create:
      guard Set(output.map { $0.name.lowercased() }).count == output.count else { return nil }
      for (index, column) in output.enumerated() {
        guard column.type != "NULL", column.type != "\"NULL\"" else { return nil }
        fields.append(
          (.init(name: column.name, type: column.type, isNullable: true, hasDefault: false), source[index]))
      }
    case .insert(let listed, let byName):
      let names = byName ? output.map(\.name) : listed ?? target.columns.map(\.name)
      guard names.count == output.count, Set(names.map { $0.lowercased() }).count == names.count else {
        return nil
      }
      for column in target.columns {
        if let index = names.firstIndex(where: { $0.lowercased() == column.name.lowercased() }) {
          fields.append((column, source[index]))
        } else {
          guard !column.hasDefault, column.isNullable else { return nil }
          fields.append((column, "NULL"))
        }
      }
      guard
        names.allSatisfy({ name in target.columns.contains { $0.name.lowercased() == name.lowercased() } })
      else {
        return nil
      }
    }
    columns = fields.map(\.column)
    let list = fields.map {
      "CAST(\($0.expression) AS \($0.column.type)) AS \(SQLIdentifier.quote($0.column.name))"
    }
    select =
      "SELECT \(list.joined(separator: ", ")) FROM (\n\(statement.query)\n) AS q(\(source.joined(separator: ", ")))"
    registers = !target.needsDuckLake && columns.allSatisfy { Self.isKeptByParquet($0.type) }
  }

  /// Whether a Parquet file gives a type back as the same type. Seen with the pinned version: wide integers come back as
  /// floating point, times with a zone as plain ones.
  private static func isKeptByParquet(_ type: String) -> Bool {
    ![
      "HUGEINT", "TIME WITH TIME ZONE", "TIMETZ", "TIME_NS", "VARIANT", "GEOMETRY", "BIT", "BIGNUM", "UNION",
      "ENUM",
    ]
    .contains(where: type.contains)
  }

  /// The statement that writes the files.
  ///
  /// - Parameters:
  ///   - folder: where; ends in `/`.
  ///   - mark: what the files' names end in, so that those of a statement that fails half way are found.
  ///   - options: the lake's options that say how files are written.
  func copy(to folder: String, mark: String, options: [String: String]) -> String {
    Self.copy(select, to: folder, mark: mark, options: options)
  }

  /// The statement that writes the files of any query; see ``copy(to:mark:options:)``.
  static func copy(_ select: String, to folder: String, mark: String, options: [String: String]) -> String {
    var settings = [
      "FORMAT parquet", "FILENAME_PATTERN \(SQLLiteral.string("ducklake-{uuidv7}-" + mark))",
      "OVERWRITE_OR_IGNORE true", "RETURN_STATS",
      "FILE_SIZE_BYTES \(SQLLiteral.string(options["target_file_size"] ?? "512MB"))",
    ]
    let words = [
      "parquet_compression": "COMPRESSION", "parquet_version": "PARQUET_VERSION",
      "parquet_row_group_size": "ROW_GROUP_SIZE", "parquet_compression_level": "COMPRESSION_LEVEL",
    ]
    for (option, word) in words.sorted(by: { $0.key < $1.key }) {
      guard let value = options[option] else { continue }
      settings.append("\(word) \(word == "PARQUET_VERSION" ? "V" + value : value)")
    }
    let place = folder.count > 1 && folder.hasSuffix("/") ? String(folder.dropLast()) : folder
    return "COPY (\(select)) TO \(SQLLiteral.string(place)) (\(settings.joined(separator: ", ")))"
  }
}

/// How much a query is expected to do, from the engine's plan of it.
struct QueryEstimate: Sendable, Hashable {
  /// The largest number of rows that a part of it handles, as the engine guesses.
  private(set) var rows = 0
  /// Whether it reads files, whose rows nobody can guess.
  private(set) var readsTextFiles = false
  /// Whether it reads tables of lakes.
  private(set) var readsLakes = false

  /// - Parameter plan: what `EXPLAIN (FORMAT json)` gives.
  init?(plan: String) {
    guard let nodes = try? JSONSerialization.jsonObject(with: Data(plan.utf8)) as? [[String: Any]] else {
      return nil
    }
    for node in nodes { visit(node) }
  }

  private mutating func visit(_ node: [String: Any]) {
    let name = (node["name"] as? String ?? "").uppercased()
    if name.contains("DUCKLAKE") { readsLakes = true }
    if ["READ_CSV", "READ_JSON", "READ_NDJSON", "READ_TEXT", "READ_BLOB"].contains(where: name.hasPrefix) {
      readsTextFiles = true
    }
    let info = node["extra_info"] as? [String: Any]
    if let text = info?["Estimated Cardinality"] as? String, let count = Int(text) { rows = max(rows, count) }
    for child in node["children"] as? [[String: Any]] ?? [] { visit(child) }
  }

  /// Whether it is worth the files that are made before the turn.
  var isLarge: Bool { rows >= 100_000 || readsTextFiles }
}
