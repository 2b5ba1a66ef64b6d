import DuckDB
import Lake
import SQLText

/// Finds a source's files and what their rows have.
struct SourceReader: Sendable {
  let session: EngineSession

  /// How many rows are looked at in their order, to learn what came first.
  static let headRows = 256

  /// The files that a source names.
  ///
  /// - Throws: ``LoadError`` with code `source` when there are none, or of several kinds.
  func files(of source: LoadSource) async throws -> SourceText {
    guard case .files(let patterns, let declared) = source else {
      throw LoadError(.source, "this source has no files")
    }
    var files: [String] = []
    for pattern in patterns {
      let found = try await session.runTrusted("SELECT file FROM glob(\(SQLLiteral.string(pattern))) ORDER BY file")
      let names = found.rows.compactMap { $0[0].stringValue }
      guard !names.isEmpty else {
        throw LoadError(
          .source, "there is no file '\(pattern)'", hint: "Give an existing file, or a pattern like data/*.jsonl.")
      }
      files += names
    }
    if let declared { return SourceText(files: files, format: declared) }
    let formats = files.map { LoadSource.FileFormat(path: $0) }
    if let index = formats.firstIndex(of: nil) {
      throw LoadError(
        .source, "nobody can tell from its name what is in '\(files[index])'",
        hint: "Say it with format: jsonl, json, csv, tsv or parquet.")
    }
    let distinct = Set(formats.compactMap(\.self))
    guard let format = distinct.first, distinct.count == 1 else {
      throw LoadError(
        .source, "the files are of several kinds: \(distinct.map(\.rawValue).sorted().joined(separator: ", "))",
        hint: "Load one kind at a time, or say which with format.")
    }
    return SourceText(files: files, format: format)
  }

  /// What the rows have, all of them.
  ///
  /// - Returns: the shape, and whether the source has so few rows that all were looked at in order.
  func shape(of source: SourceText) async throws -> (shape: Shape, isSmall: Bool) {
    guard source.isJSON else { return (try await declaredShape(of: source), false) }
    let head = try await session.runTrusted("SELECT json FROM \(source.objects) LIMIT \(Self.headRows)")
    var shape = Self.scan(head)
    guard head.rowCount == Self.headRows else { return (shape, true) }
    let observer = ShapeObserver()
    _ = try await session.runTrusted(
      "SELECT count(*) FROM \(source.objects) WHERE \(ShapeFunction.call(observer, "json"))")
    shape.merge(observer.shape)
    return (shape, false)
  }

  private static func scan(_ rows: QueryResult) -> Shape {
    var scanner = ShapeScanner()
    for (number, row) in rows.rows.enumerated() {
      guard var text = row[0].stringValue else { continue }
      text.withUTF8 { scanner.scan(UnsafeRawBufferPointer($0), row: number) }
    }
    return scanner.shape
  }

  /// The shape of rows whose columns have types of their own.
  private func declaredShape(of source: SourceText) async throws -> Shape {
    let empty = try await session.runTrusted("SELECT * FROM \(source.relation([])) LIMIT 0")
    return Shape(
      kinds: .object, firstRows: [.object: 0],
      members: empty.columns.map { Shape(key: $0.name, declared: $0.type) })
  }
}
