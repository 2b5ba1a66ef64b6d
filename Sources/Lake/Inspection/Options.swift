import DuckDB
import LakeSettings
import SQLText

/// One option that is set for a lake, a schema or a table.
public struct LakeOption: Sendable, Hashable, Codable {
  public let name: String
  public let value: String
  /// `GLOBAL`, `SCHEMA` or `TABLE`.
  public let scope: String
  /// The schema or table that it is set for.
  public let scopeEntry: String?
  public let description: String?
}

/// Which options of DuckLake may be set, and to what.
///
/// DuckLake accepts some options that stop a lake from working: they are refused here with the reason
/// (observed with the pinned version).
public enum LakeOptionRules {
  /// How a value is checked.
  enum Rule: Sendable {
    case bytes
    case integer(ClosedRange<Int64>)
    case fraction
    case boolean
    case choice([String])
    case interval
    case refused(String)
  }

  static let rules: [String: Rule] = [
    "data_inlining_row_limit": .integer(0...10_000),
    "parquet_compression": .choice(["uncompressed", "snappy", "gzip", "zstd", "brotli", "lz4", "lz4_raw"]),
    "parquet_version": .choice(["1", "2"]),
    "parquet_compression_level": .integer(1...22),
    "parquet_row_group_size": .integer(2_048...10_000_000),
    "parquet_row_group_size_bytes": .refused(
      "it makes every INSERT fail that keeps its order, and DuckLake cannot unset it; use parquet_row_group_size"
    ),
    "hive_file_pattern": .boolean,
    "target_file_size": .bytes,
    "require_commit_message": .boolean,
    "rewrite_delete_threshold": .fraction,
    "delete_older_than": .interval,
    "expire_older_than": .interval,
    "auto_compact": .boolean,
    "per_thread_output": .boolean,
    "write_deletion_vectors": .refused("it is experimental in this version of DuckLake"),
    "sort_on_insert": .boolean,
    "encrypted": .refused("it is fixed when a lake is created"),
    "version": .refused("DuckLake keeps it"),
    "data_path": .refused("it is set by storage: in tarn.yaml"),
    "created_by": .refused("DuckLake keeps it"),
  ]

  /// The names that may be set, sorted.
  public static var settable: [String] {
    rules.filter { if case .refused = $0.value { false } else { true } }.keys.sorted()
  }

  /// Checks an option before it is set.
  ///
  /// - Parameters:
  ///   - name: as DuckLake calls it.
  ///   - value: as text.
  ///   - lakeHasViews: DuckLake 1.0 crashes when `data_inlining_row_limit` is set above 0 while a view exists.
  ///   - others: the options that hold already: a level without zstd makes every write fail.
  /// - Returns: the value in the form to hand to DuckLake.
  /// - Throws: ``LakeError`` with code `settings`.
  public static func check(
    _ name: String, _ value: String, lakeHasViews: Bool, others: [String: String] = [:]
  ) throws(LakeError) -> String {
    guard let rule = rules[name] else {
      let near = NearestName.suggestion(for: name, among: settable)
      throw LakeError(
        .settings, "there is no option '\(name)'",
        hint: near.map { "Did you mean '\($0)'?" } ?? "Options: \(settable.joined(separator: ", ")).")
    }
    func wrong(_ wanted: String) -> LakeError {
      LakeError(.settings, "option \(name) cannot be '\(value)'", hint: "It takes \(wanted).")
    }
    switch rule {
    case .refused(let reason):
      throw LakeError(.settings, "option \(name) may not be set: \(reason)")
    case .integer(let range):
      guard let number = Int64(value), range.contains(number) else {
        throw wrong("a whole number from \(range.lowerBound) to \(range.upperBound)")
      }
      if name == "data_inlining_row_limit", number > 0, lakeHasViews {
        throw LakeError(
          .settings, "option \(name) may not be set while the lake has views: DuckLake 1.0 would crash",
          hint: "Set it for single tables with --table, or to 0.")
      }
      if name == "parquet_compression_level", others["parquet_compression"]?.lowercased() != "zstd" {
        throw LakeError(
          .settings, "option parquet_compression_level works with zstd only: every write would fail",
          hint: "Set parquet_compression to zstd first.")
      }
      return String(number)
    case .bytes:
      guard let bytes = Quantity.bytes(value), bytes >= 1_000_000 else {
        throw wrong("a size of at least 1MB, such as 512MB")
      }
      return "\(bytes)B"
    case .fraction:
      guard let number = Double(value), (0...1).contains(number) else { throw wrong("a number from 0 to 1") }
      return value
    case .boolean:
      guard ["true", "false"].contains(value.lowercased()) else { throw wrong("true or false") }
      // Some options of DuckLake 1.0 read no words.
      return value.lowercased() == "true" ? "1" : "0"
    case .choice(let choices):
      guard choices.contains(value.lowercased()) else {
        throw wrong("one of \(choices.joined(separator: ", "))")
      }
      if name == "parquet_compression", value.lowercased() != "zstd",
        others["parquet_compression_level"] != nil
      {
        throw LakeError(
          .settings,
          "option parquet_compression must stay zstd: a compression level is set, which DuckLake cannot unset"
        )
      }
      return value.lowercased()
    case .interval:
      let words = value.split(separator: " ")
      guard words.count == 2, Int64(words[0]) != nil,
        ["second", "minute", "hour", "day", "week", "month", "year"].contains(
          where: words[1].lowercased().hasPrefix)
      else { throw wrong("a time span such as '7 days'") }
      return value
    }
  }
}

extension Lake {
  /// The options that are set.
  public func options() async throws -> [LakeOption] {
    let result = try await query(
      """
      SELECT option_name, value, scope, scope_entry, description FROM ducklake_options(\(raw: catalogLiteral))
      ORDER BY scope, scope_entry, option_name
      """
    ).result()
    return result.rows.map { row in
      LakeOption(
        name: row[0].text ?? "", value: row[1].text ?? "", scope: row[2].text ?? "", scopeEntry: row[3].text,
        description: row[4].text)
    }
  }

  /// Sets an option for the lake, a schema or a table, after checking it.
  ///
  /// - Throws: ``LakeError`` with code `settings` when it may not be set.
  public func setOption(_ option: String, to value: String, schema: String? = nil, table: String? = nil)
    async throws
  {
    let hasViews = try await tables().contains { $0.kind == "view" }
    // What holds for the place: its own options before those of the whole lake.
    var others: [String: String] = [:]
    let place = [schema, table].compactMap { $0 }.joined(separator: ".")
    for entry in try await options()
    where entry.scope == "GLOBAL" || entry.scopeEntry?.hasSuffix(place) == true {
      if entry.scope != "GLOBAL" || others[entry.name] == nil { others[entry.name] = entry.value }
    }
    let checked = try LakeOptionRules.check(
      option, value, lakeHasViews: hasViews && table == nil, others: others)
    var arguments = [SQLLiteral.string(option), SQLLiteral.string(checked)]
    if let schema { arguments.append("schema => \(SQLLiteral.string(schema))") }
    if let table { arguments.append("table_name => \(SQLLiteral.string(table))") }
    let call =
      "CALL \(SQLIdentifier.quote(name.catalogAlias)).set_option(\(arguments.joined(separator: ", ")))"
    try await runTrusted(call)
  }
}
