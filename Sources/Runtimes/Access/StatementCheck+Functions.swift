import DuckDB
import Grants
import Lake
import LakeSettings
import Lineage
import SQLText

// Table functions: those that only compute, those that read files, those that look into a lake. Any other is refused.
extension StatementCheck {
  func callTable(_ function: QueryReferences.Function, in places: [Place]) async throws {
    let name = function.name
    if Self.harmless.contains(name) { return }
    if Self.fileReaders.contains(name) { return try checkFile(function.arguments.first ?? .other) }
    let isOfDuckLake = name.hasPrefix("ducklake_")
    switch isOfDuckLake ? String(name.dropFirst("ducklake_".count)) : name {
    case "current_snapshot", "last_committed_snapshot", "set_commit_message": return
    case "table_changes", "table_insertions", "table_deletions":
      if isOfDuckLake {
        let parts = try (0..<3).map { try text(function, at: $0) }
        return try await readTable(parts, isAtVersion: true, in: places)
      }
      let table = try text(function, at: 0)
      return try await readTable(function.parts.dropLast() + [table], isAtVersion: true, in: places)
    case "list_files" where isOfDuckLake:
      let (lake, table) = (try text(function, at: 0), try text(function, at: 1))
      let schema = try function.named["schema"].map { try self.text($0, of: name) } ?? "main"
      return try await readTable([lake, schema, table], isAtVersion: true, in: places)
    case "snapshots", "table_info", "options", "settings":
      let lake = try lake(of: function, isOfDuckLake: isOfDuckLake, in: places)
      return try require(.select, on: LakePlace(lake: lake.text), name: name)
    case "flush_inlined_data" where isOfDuckLake:
      let lake = try lake(of: function, isOfDuckLake: true, in: places)
      return try require(.maintain, on: LakePlace(lake: lake.text), name: name)
    case "add_data_files" where isOfDuckLake:
      let (catalog, table) = (try text(function, at: 0), try text(function, at: 1))
      let schema = try function.named["schema"].map { try self.text($0, of: name) } ?? "main"
      for place in try await tablePlace([catalog, schema, table], in: places, mayBeTemporary: false) {
        try require(.insert, on: place, name: table)
      }
      return try checkFile(function.arguments.count > 2 ? function.arguments[2] : .other)
    default: break
    }
    if try await isTableMacro(name, in: places) { return }
    guard seesAll else {
      throw LakeError(
        .denied, "table function \(name) is not for members with grants on single tables",
        hint: "tarn grants tells which tables there are for a member.", position: position(of: name))
    }
  }

  // MARK: Files

  func checkFile(of path: FilePath) throws {
    switch path {
    case .literal(let text): try checkFile(.text(text))
    case .parameter(let name): try checkFile(.parameter(name))
    case .unknown: try checkFile(.other)
    }
  }

  /// A lake's tables are files, too: those are no way around grants.
  func checkFile(_ argument: QueryReferences.Argument) throws {
    guard !seesAll else { return }
    let paths: [String]
    switch argument {
    case .text(let path): paths = [path]
    case .texts(let all): paths = all
    case .parameter(let name): paths = value(of: name).map { [$0] } ?? []
    case .other: paths = []
    }
    guard !paths.isEmpty else {
      throw LakeError(
        .denied, "members with grants on single tables name files by a text or a parameter only",
        hint: "Write read_parquet('folder/file.parquet') or read_parquet($name).", position: nil)
    }
    guard let path = paths.first(where: session.reachesLakeFiles) else { return }
    throw LakeError(
      .denied, "u/\(rights.member) may not read a lake's own files",
      hint: "Read the lake's tables by their names.",
      position: position(of: path))
  }

  // MARK: Arguments

  private func lake(of function: QueryReferences.Function, isOfDuckLake: Bool, in places: [Place]) throws
    -> LakeName
  {
    let named = isOfDuckLake ? try text(function, at: 0) : function.parts.dropLast().first
    guard let named else {
      guard let lake = places.first?.lake else {
        throw unreadable("which lake it looks at", statement.tokens.first)
      }
      return lake
    }
    guard case .lake(let lake) = session.catalog(named: named) else {
      throw unreadable("which lake it looks at", token(of: named))
    }
    return lake
  }

  private func text(_ function: QueryReferences.Function, at index: Int) throws -> String {
    guard function.arguments.indices.contains(index) else {
      throw unreadable("which table \(function.name) reads", token(of: function.name))
    }
    return try text(function.arguments[index], of: function.name)
  }

  private func text(_ argument: QueryReferences.Argument, of function: String) throws -> String {
    switch argument {
    case .text(let text): return text
    case .parameter(let name): if let text = value(of: name) { return text }
    case .texts, .other: break
    }
    throw unreadable("which table \(function) reads; name it by a text", token(of: function))
  }

  private func value(of parameter: String) -> String? {
    parameters.first { Self.isSame($0.key, parameter) }?.value.stringValue
  }

  private static let harmless: Set<String> = [
    "range", "generate_series", "unnest", "repeat", "repeat_row", "json_each", "json_tree",
    "icu_calendar_names",
    "pg_timezone_names", "test_all_types", "summary", "generate_subscripts", "regexp_split_to_table",
    "pragma_version",
    "pragma_platform", "pragma_collations",
  ]

  private static let fileReaders: Set<String> = [
    "read_parquet", "parquet_scan", "parquet_metadata", "parquet_schema", "parquet_file_metadata",
    "parquet_kv_metadata", "parquet_full_metadata", "parquet_bloom_probe", "read_csv", "read_csv_auto",
    "sniff_csv",
    "read_json", "read_json_auto", "read_json_objects", "read_json_objects_auto", "read_ndjson",
    "read_ndjson_auto",
    "read_ndjson_objects", "read_text", "read_blob", "read_xlsx", "read_avro", "glob",
  ]
}
