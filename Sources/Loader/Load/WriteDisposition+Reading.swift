extension WriteDisposition {
  private static let words = ["append", "replace", "merge", "skip"]

  /// Reads a word, or an object with `disposition`, `strategy` and the strategy's options.
  ///
  /// - Throws: ``LoadError`` with code `declaration`.
  init(_ value: JSONValue) throws(LoadError) {
    if let word = value.string {
      self = try Self.plain(word)
      return
    }
    let reader = try DeclarationReader(
      value, "write_disposition",
      keys: [
        "disposition", "strategy", "deduplicated", "source_filter", "destination_scope",
        "skip_unchanged_rows", "row_version_column_name",
        "validity_column_names", "boundary_timestamp", "active_record_timestamp",
      ])
    let word = try reader.text("disposition") ?? "merge"
    guard word == "merge" else {
      if word == "replace", let strategy: ReplaceStrategy = try reader.word("strategy") {
        self = .replace(strategy)
      } else {
        self = try Self.plain(word)
      }
      return
    }
    self = .merge(try MergeStrategy(reader))
  }

  private static func plain(_ word: String) throws(LoadError) -> WriteDisposition {
    switch word {
    case "append": return .append
    case "replace": return .replace()
    case "merge": return .merge(.deleteInsert())
    case "skip": return .skip
    default:
      throw LoadError(
        .declaration, "write_disposition cannot be '\(word)'",
        hint: DeclarationReader.hint(word, among: words))
    }
  }
}

extension MergeStrategy {
  fileprivate init(_ reader: DeclarationReader) throws(LoadError) {
    let options = MergeOptions(
      isDeduplicated: try reader.flag("deduplicated") ?? false,
      skipsUnchangedRows: try reader.flag("skip_unchanged_rows") ?? false,
      rowVersion: try reader.text("row_version_column_name"),
      destinationScope: try reader.text("destination_scope"), sourceFilter: try reader.text("source_filter"))
    switch try reader.text("strategy") ?? "delete-insert" {
    case "delete-insert": self = .deleteInsert(options)
    case "upsert": self = .upsert(options)
    case "insert-only": self = .insertOnly
    case "cdc": self = .cdc(options)
    case "scd2":
      let names = try reader.texts("validity_column_names")
      guard names.isEmpty || names.count == 2 else {
        throw LoadError(.declaration, "validity_column_names takes two names")
      }
      var changing = SlowlyChanging(
        boundary: try reader.text("boundary_timestamp"),
        activeTimestamp: try reader.text("active_record_timestamp"), rowVersion: options.rowVersion)
      if names.count == 2 { (changing.validFrom, changing.validTo) = (names[0], names[1]) }
      self = .scd2(changing)
    case let word:
      throw LoadError(
        .declaration, "strategy cannot be '\(word)'",
        hint: DeclarationReader.hint(word, among: Self.words), key: "strategy")
    }
  }
}
