import DuckDB
import Lake
import SQLText

/// Finds a source's files and what their rows have.
struct SourceReader: Sendable {
  let session: EngineSession

  /// How many rows are looked at in their order, to learn what came first.
  static let headRows = 256

  /// A file of a source, and what tells its versions apart.
  struct SourceFile: Sendable, Hashable {
    let name: String
    let size: Int
    /// When it was changed, as ISO text.
    let modified: String

    /// What its server calls this version; nil when it does not.
    var tag: String?

    /// What a pipeline remembers of it.
    var memory: JSONValue {
      .array([.int(size), .string(modified)] + [tag].compactMap { $0.map(JSONValue.string) })
    }

    /// Whether it is the version that a pipeline remembers: with the same tag where both have one, else of the same time.
    func isKnown(by memory: JSONValue?) -> Bool {
      guard let facts = memory?.array, facts.count >= 2, facts[0].int == size else { return false }
      if let tag, facts.count > 2 { return facts[2].string == tag }
      return facts[1].string == modified
    }
  }

  /// The files of a source that names each of them; nil when there are patterns. Whether they are there shows when they
  /// are read.
  func namedFiles(of source: LoadSource) -> [SourceFile]? {
    guard !source.paths.contains(where: { $0.contains { "*?[{".contains($0) } }) else { return nil }
    return source.paths.map { SourceFile(name: $0, size: 0, modified: "") }
  }

  /// The files that a source names.
  ///
  /// - Throws: ``LoadError`` with code `source` when there are none.
  func files(of source: LoadSource) async throws -> [SourceFile] {
    var files: [SourceFile] = []
    for pattern in source.paths {
      let found = try await session.runTrusted(
        "SELECT filename, size::BIGINT, strftime(last_modified::TIMESTAMP, '%Y-%m-%dT%H:%M:%S.%fZ') FROM read_blob(\(SQLLiteral.string(pattern))) ORDER BY filename"
      )
      guard found.rowCount > 0 else {
        throw LoadError(
          .source, "there is no file like '\(pattern)'",
          hint: "Give an existing file, or a pattern like data/*.jsonl.")
      }
      files += found.rows.map { row in
        SourceFile(
          name: row[0].stringValue ?? "", size: row[1].intValue.map { Int($0) } ?? 0,
          modified: row[2].stringValue ?? "")
      }
    }
    return files
  }

  /// What is in files, by what is said or by their names.
  ///
  /// - Throws: ``LoadError`` with code `source` when nobody can tell, or they are of several kinds.
  func text(of files: [SourceFile], _ source: LoadSource) throws(LoadError) -> SourceText {
    let names = files.map(\.name)
    if case .files(_, let declared?) = source { return SourceText(files: names, format: declared) }
    if case .extracted(let rows) = source { return SourceText(files: names, format: rows.format) }
    let formats = names.map { LoadSource.FileFormat(path: $0) }
    if let index = formats.firstIndex(of: nil) {
      throw LoadError(
        .source, "nobody can tell from its name what is in '\(names[index])'",
        hint: "Say it with format: jsonl, json, csv, tsv, parquet, avro or excel.")
    }
    let distinct = Set(formats.compactMap(\.self))
    guard let format = distinct.first, distinct.count == 1 else {
      throw LoadError(
        .source,
        "the files are of several kinds: \(distinct.map(\.rawValue).sorted().joined(separator: ", "))",
        hint: "Load one kind at a time, or say which with format.")
    }
    return SourceText(files: names, format: format)
  }

  /// What divides the fields of CSV: of the usual signs the one that the first line has most of, quoted text aside.
  func delimiter(of source: SourceText) async throws -> String {
    guard source.format == .csv else { return "\t" }
    let line = try await session.runTrusted(source.firstLine).scalar()?.stringValue ?? ""
    let plain = Self.unquoted(line)
    let counts = [",", ";", "\t", "|"].map { sign in (sign, plain.count { String($0) == sign }) }
    let best = counts.max { $0.1 < $1.1 }
    return best.flatMap { $0.1 > 0 ? $0.0 : nil } ?? ","
  }

  /// What the rows have, all of them.
  ///
  /// - Returns: the shape, whether the source has so few rows that all were looked at in order, and how many those are.
  func shape(of source: SourceText) async throws -> (shape: Shape, isSmall: Bool, headCount: Int) {
    do { return try await lookAtRows(of: source) } catch let error as LakeError
      where error.message.contains("Malformed JSON") && source.format == .jsonl
    {
      throw try await located(error, in: source)
    } catch let error as LakeError where error.message.contains("sniffing") {
      try await locateRaggedRow(in: source)
      throw error
    }
  }

  /// DuckDB gives up on a file whose rows have different numbers of fields before it says where. Read as texts, it does.
  private func locateRaggedRow(in source: SourceText) async throws {
    for file in source.files {
      var one = source
      one.files = [file]
      let line = try await session.runTrusted(one.firstLine).scalar()?.stringValue ?? ""
      let plain = Self.unquoted(line).count { String($0) == source.delimiter }
      let columns = (0...plain).map { "'c\($0)': 'VARCHAR'" }.joined(separator: ", ")
      _ = try await session.runTrusted(
        """
        SELECT count(*) FROM read_csv(\(SQLLiteral.string(file)), auto_detect = false, header = true, \
        delim = \(SQLLiteral.string(source.delimiter)), quote = '"', escape = '"', columns = {\(columns)})
        """)
    }
  }

  /// A line without what stands in quotes.
  static func unquoted(_ line: String) -> String {
    line.split(separator: "\"", omittingEmptySubsequences: false).enumerated()
      .filter { $0.offset % 2 == 0 }.map(\.element).joined()
  }

  /// DuckDB counts lines from where it looked; here is which one it is, and what stands in it.
  private func located(_ error: LakeError, in source: SourceText) async throws -> LoadError {
    var hint = "Correct the line, or set such lines aside with bad_rows: set_aside."
    let bad = BadRows(session: session, source: source, part: 0, place: .ofSession)
    guard try await bad.find() > 0, let first = try await bad.first() else {
      return LoadError(.data, String(error.message.prefix { !$0.isNewline }), hint: hint)
    }
    let text = first.content
    if text.trimmingPrefix(" ") == "[" {
      hint = "It looks like one array over several lines: say format: json."
    }
    return LoadError(
      .data,
      "line \(first.line) of '\(first.file)' is \(first.reason == "no valid JSON" ? "no JSON" : "no UTF-8"): \(text.prefix(60))\(text.count > 60 ? "…" : "")",
      hint: hint)
  }

  /// What DuckDB finds out about a file of CSV, from all of its rows.
  ///
  /// - Returns: nil for several files, which it looks at when they are read, and where it finds out nothing: then reading
  ///   tells why.
  func knownText(of source: SourceText) async throws -> KnownText? {
    guard source.format == .csv || source.format == .tsv, !source.hasBadRows, let file = source.files.first,
      source.files.count == 1
    else { return nil }
    let query = """
      SELECT Columns, NewLineDelimiter, SkipRows, Comment, DateFormat, TimestampFormat \
      FROM sniff_csv(\(SQLLiteral.string(file)), \(source.dialect), header = true, sample_size = -1)
      """
    guard let found = try? await session.runTrusted(query), let row = found.rows.first(where: { _ in true })
    else {
      try Task.checkCancellation()
      return nil
    }
    return KnownText(sniffed: row)
  }

  private func lookAtRows(of source: SourceText) async throws -> (shape: Shape, isSmall: Bool, headCount: Int)
  {
    guard source.isJSON else { return (try await declaredShape(of: source), false, 0) }
    let head = try await session.runTrusted("SELECT json FROM \(source.objects) LIMIT \(Self.headRows)")
    var scanner = ShapeScanner()
    Self.scan(head, from: 0, with: &scanner)
    guard head.rowCount == Self.headRows else { return (scanner.shape, true, head.rowCount) }
    let observer = ShapeObserver()
    let novel = try await session.runTrusted(
      "SELECT json FROM \(source.objects) WHERE \(ShapeFunction.call(observer, "json"))")
    Self.scan(novel, from: head.rowCount, with: &scanner)
    var shape = scanner.shape
    shape.merge(observer.shape)
    return (shape, false, head.rowCount)
  }

  private static func scan(_ rows: QueryResult, from first: Int, with scanner: inout ShapeScanner) {
    for (number, row) in rows.rows.enumerated() {
      guard var text = row[0].stringValue else { continue }
      text.withUTF8 { _ = scanner.scan(UnsafeRawBufferPointer($0), row: first + number) }
    }
  }

  /// The shape of rows whose columns have types of their own.
  private func declaredShape(of source: SourceText) async throws -> Shape {
    if source.format == .avro || source.format == .excel { try await BinaryFileCheck.check(source, session) }
    let empty = try await session.runTrusted("SELECT * FROM \(source.relation([])) LIMIT 0")
    return Shape(
      kinds: .object, firstSights: [.object: FirstSight(row: 0)],
      members: empty.columns.map { Shape(key: $0.name, declared: $0.type) })
  }
}
