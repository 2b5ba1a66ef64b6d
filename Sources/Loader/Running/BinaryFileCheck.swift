import Lake

/// Looks whether files are what they are named, one by one: of Avro and Excel DuckDB tells what is wrong, but not where.
enum BinaryFileCheck {
  /// - Throws: ``LoadError`` with code `source` that names the first file that cannot be read.
  static func check(_ source: SourceText, _ session: EngineSession) async throws {
    for file in source.files {
      if source.format == .avro, !file.contains("://"), !AvroBlocks.areWhole(file) {
        throw LoadError(
          .source, "'\(file)' is cut off or damaged: its last block does not come to its end",
          hint: "Fetch or write the file again.")
      }
      var one = source
      one.files = [file]
      do { _ = try await session.runTrusted("SELECT * FROM \(one.relation([])) LIMIT 0") } catch let error
        as LakeError
      {
        throw explained(error, file, one)
      }
    }
  }

  private static func explained(_ error: LakeError, _ file: String, _ source: SourceText) -> any Error {
    let text = error.message
    if ["No files found", "does not exist", "Cannot open file"].contains(where: text.contains) {
      return LoadError(
        .source, "there is no file like \(file)",
        hint: "Give an existing file, or a pattern like data/*.xlsx.")
    }
    if source.format == .avro {
      // The reader of Avro has no other errors of its own.
      return LoadError(
        .source, "'\(file)' is no file of Avro: \(firstLine(text))", hint: "Fetch or write the file again.")
    }
    if let sheet = source.sheet, text.contains("not found in xlsx") {
      return LoadError(
        .source, "'\(file)' has no sheet '\(sheet)'", hint: error.hint ?? "Name one of its sheets.",
        key: "sheet")
    }
    if text.contains("zip") || text.contains("[Content_Types]") {
      return LoadError(
        .source, "'\(file)' is no Excel workbook (.xlsx)", hint: "Save it as one, or load it as what it is.")
    }
    return LoadError(.source, "'\(file)' cannot be read: \(firstLine(text))")
  }

  private static func firstLine(_ text: String) -> String {
    String(text.prefix { !$0.isNewline }.drop { $0 == " " })
  }
}
