import ArgumentParser
import LakeSettings
import LoadFiles
import Loader

/// A load as it is said on the command line. Its words are those of a declared load.
struct LoadOptions: ParsableArguments {
  @Argument(
    help: ArgumentHelp(
      "Files, patterns, a folder, - for standard input, a Python script; or postgresql://…, mysql://…, a SQLite or DuckDB file, ducklake://LAKE/SCHEMA."
    ), completion: .file())
  var source: [String] = []

  @Option(name: .long, help: ArgumentHelp("Where the tables go: [LAKE/]SCHEMA.", valueName: "schema"))
  var into: String?

  @Option(name: .long, help: "The one table that all rows go into; else files and folders tell.")
  var table: String?

  @Option(
    name: .long,
    help: ArgumentHelp("Of a database or folder only these, such as orders,items.", valueName: "names"))
  var tables: String?

  @Option(
    name: .long, help: ArgumentHelp("append (the default), replace, merge or skip.", valueName: "word"),
    completion: .list(["append", "replace", "merge", "skip"]))
  var writeDisposition: String?

  @Option(
    name: .long,
    help: ArgumentHelp(
      "How rows are merged: delete-insert (the default), upsert, insert-only, scd2 or cdc.", valueName: "word"
    ),
    completion: .list(["delete-insert", "upsert", "insert-only", "scd2", "cdc"]))
  var strategy: String?

  @Option(
    name: .long,
    help: ArgumentHelp("The columns that tell one row from another, such as id.", valueName: "columns"))
  var primaryKey: String?

  @Option(
    name: .long,
    help: ArgumentHelp("The columns whose values a load takes the place of.", valueName: "columns"))
  var mergeKey: String?

  @Option(
    name: .long,
    help: ArgumentHelp(
      "Types of columns, such as day:date,total:decimal(12,2).", valueName: "name:type"))
  var columns: String?

  @Option(
    name: .long,
    help: ArgumentHelp("jsonl, json, csv, tsv, parquet, avro or excel; else names tell.", valueName: "word"),
    completion: .list(LoadSource.FileFormat.allCases.map(\.rawValue)))
  var format: String?

  @Option(name: .long, help: "The sheet of Excel workbooks; else the first.")
  var sheet: String?

  @Flag(name: .long, help: "The first row of a sheet is no header.")
  var noHeader = false

  @Option(
    name: .long,
    help: ArgumentHelp(
      "Only rows past the last value of this field; known files are skipped.", valueName: "field"))
  var incremental: String?

  @Option(
    name: .long, help: ArgumentHelp("Where the first incremental load begins.", valueName: "value"))
  var initialValue: String?

  @Option(name: .long, help: ArgumentHelp("Where an incremental load ends.", valueName: "value"))
  var endValue: String?

  @Option(
    name: .long,
    help: ArgumentHelp("How far before the last value to begin, in seconds or units.", valueName: "n"))
  var lag: Double?

  @Flag(name: .long, help: "Skip files that have been loaded: by name, size and time of change or ETag.")
  var newFiles = false

  @Option(
    name: .long,
    help: ArgumentHelp(
      "What may change in the schema: evolve (the default), freeze, discard_row or discard_value.",
      valueName: "word"), completion: .list(SchemaContract.Mode.allCases.map(\.rawValue)))
  var contract: String?

  @Option(
    name: .long,
    help: ArgumentHelp(
      "Lines that cannot be read: stop (the default), or set_aside in _rejects.", valueName: "word"),
    completion: .list(Load.BadRows.allCases.map(\.rawValue)))
  var badRows: String?

  @Option(
    name: .long,
    help: ArgumentHelp(
      "Parquet files: rewrite (the default), or copy, as they are and without dlt's columns.",
      valueName: "word"),
    completion: .list(Load.ParquetFiles.allCases.map(\.rawValue)))
  var parquet: String?

  @Option(
    name: .long,
    help: ArgumentHelp("How many levels of lists become tables; deeper ones stay JSON.", valueName: "n"))
  var maxTableNesting: Int?

  @Option(
    name: .long,
    help: ArgumentHelp("The name that the books are kept under; else the schema's.", valueName: "name"))
  var pipeline: String?

  @Option(
    name: .long,
    help: ArgumentHelp("The environment variable that holds a database's password.", valueName: "name"))
  var passwordEnv: String?

  @Option(
    name: .long,
    help: ArgumentHelp("A file whose first line is a database's password.", valueName: "file"),
    completion: .file())
  var passwordFile: String?

  /// Whether nothing was said.
  var isEmpty: Bool {
    source.isEmpty && into == nil && table == nil && settings.members.isEmpty && tables == nil
      && passwordEnv == nil && passwordFile == nil
  }

  /// - Throws: `ValidationError` when it cannot be a load.
  func requireSource() throws {
    guard !source.isEmpty else {
      throw ValidationError("tell what to load: tarn load SOURCE --into SCHEMA, or tarn load -f FILE")
    }
    guard into != nil else {
      throw ValidationError("tell where the rows go: --into SCHEMA or --into LAKE/SCHEMA")
    }
    if strategy != nil, let writeDisposition, !["merge", "replace"].contains(writeDisposition) {
      throw ValidationError("--strategy goes with --write-disposition merge")
    }
    if incremental == nil, initialValue != nil || endValue != nil || lag != nil {
      throw ValidationError("--initial-value, --end-value and --lag go with --incremental FIELD")
    }
    if table != nil, tables != nil { throw ValidationError("--table and --tables exclude each other") }
    _ = try columnHints()
  }

  /// Where a database's password is.
  var secret: SecretSource? { passwordEnv.map { .environment($0) } ?? passwordFile.map { .file($0) } }

  /// The load in the words of a file.
  func declared() throws -> DeclaredLoad {
    var object = JSONObject()
    object["source"] = .array(source.map { .string($0) })
    object["into"] = into.map { .string($0) }
    object["table"] = table.map { .string($0) }
    object["tables"] = tables.map { .string($0) }
    for member in settings.members { object[member.key] = member.value }
    let hints = try columnHints()
    if !hints.members.isEmpty { object["columns"] = .object(hints) }
    do { return try DeclaredLoad(LoadDocument(.object(object))) } catch let error as LoadError
      where error.code == .declaration
    {
      throw CommandFailure.wrongUse(error.description)
    }
  }

  private var settings: JSONObject {
    var object = JSONObject()
    if let strategy {
      object["write_disposition"] = .object(
        JSONObject(pairs: [
          "disposition": .string(writeDisposition ?? "merge"), "strategy": .string(strategy),
        ]))
    } else {
      object["write_disposition"] = writeDisposition.map { .string($0) }
    }
    object["primary_key"] = Self.names(primaryKey)
    object["merge_key"] = Self.names(mergeKey)
    object["format"] = format.map { .string($0) }
    object["sheet"] = sheet.map { .string($0) }
    if noHeader { object["header"] = .bool(false) }
    object["schema_contract"] = contract.map { .string($0) }
    object["bad_rows"] = badRows.map { .string($0) }
    object["parquet"] = parquet.map { .string($0) }
    object["max_table_nesting"] = maxTableNesting.map { .int($0) }
    object["pipeline"] = pipeline.map { .string($0) }
    if let incremental {
      var cursor = JSONObject(pairs: ["cursor_path": .string(incremental)])
      cursor["initial_value"] = initialValue.map { .string($0) }
      cursor["end_value"] = endValue.map { .string($0) }
      cursor["lag"] = lag.map { .number("\($0)") }
      object["incremental"] = .object(cursor)
    } else if newFiles {
      object["incremental"] = .bool(true)
    }
    return object
  }

  private static func names(_ text: String?) -> JSONValue? {
    text.map { .array($0.split(separator: ",").map { .string($0.trimmingPrefix(" ").description) }) }
  }

  /// `day:date,total:decimal(12,2)` in the words of a file.
  private func columnHints() throws -> JSONObject {
    var hints = JSONObject()
    guard let columns else { return hints }
    for match in columns.matches(of: #/([^,:]+):([^,(]+)(?:\(([0-9, ]+)\))?/#) {
      var hint = JSONObject(pairs: ["data_type": .string(match.2.trimmingPrefix(" ").description)])
      let numbers = (match.3 ?? "").split { !$0.isNumber }.compactMap { Int($0) }
      if let precision = numbers.first { hint["precision"] = .int(precision) }
      if numbers.count > 1 { hint["scale"] = .int(numbers[1]) }
      hints[match.1.trimmingPrefix(" ").description] = .object(hint)
    }
    guard !hints.members.isEmpty else {
      throw ValidationError("--columns is NAME:TYPE, such as day:date,total:decimal(12,2), not '\(columns)'")
    }
    return hints
  }
}
