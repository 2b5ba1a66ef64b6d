internal import CDuckDB

/// Taking apart the texts in which DuckDB reports errors: `Binder Error: message`, names to use instead, and
/// the source line with a caret under it.
extension DuckDBError {
  /// Reads a text such as `Catalog Error: Table x does not exist!\nDid you mean "y"?\n\nLINE 1: …`.
  ///
  /// - Parameters:
  ///   - text: DuckDB's text.
  ///   - type: DuckDB's own type of the error, where it gives one.
  ///   - sql: The text that failed.
  init(text: String, type: duckdb_error_type? = nil, sql: String? = nil) {
    var kind = type.flatMap(Kind.init(_:))
    var rest = Substring(text)
    if let prefix = Kind.prefix(of: rest) {
      rest = rest[prefix.end...]
      kind = kind ?? prefix.kind
    }
    let located = SourceExcerpt(splitting: rest)
    self.init(
      kind: kind ?? .unknown,
      message: String(located.message),
      position: located.position(in: sql),
      candidates: DuckDBError.candidates(in: located.message),
      sql: sql)
  }

  /// The names that DuckDB offers: those in quotes on a line that begins with `Did you mean` or `Candidate`.
  private static func candidates(in message: Substring) -> [String] {
    var names: [String] = []
    for line in message.split(whereSeparator: \.isNewline) {
      let line = line.drop(while: \.isWhitespace)
      guard line.hasPrefix("Did you mean") || line.hasPrefix("Candidate") else { continue }
      let pieces = line.split(separator: "\"", omittingEmptySubsequences: false)
      for index in stride(from: 1, to: pieces.count - 1, by: 2) where !names.contains(String(pieces[index])) {
        names.append(String(pieces[index]))
      }
    }
    return names
  }
}

extension DuckDBError.Kind {
  /// DuckDB's numbers of its error types that this binding names. Others are read from the text.
  init?(_ type: duckdb_error_type) {
    let names: [(duckdb_error_type, DuckDBError.Kind)] = [
      (DUCKDB_ERROR_OUT_OF_RANGE, .outOfRange), (DUCKDB_ERROR_CONVERSION, .conversion),
      (DUCKDB_ERROR_MISMATCH_TYPE, .mismatchType), (DUCKDB_ERROR_DIVIDE_BY_ZERO, .divideByZero),
      (DUCKDB_ERROR_INVALID_TYPE, .invalidType), (DUCKDB_ERROR_SERIALIZATION, .serialization),
      (DUCKDB_ERROR_TRANSACTION, .transaction), (DUCKDB_ERROR_NOT_IMPLEMENTED, .notImplemented),
      (DUCKDB_ERROR_CATALOG, .catalog), (DUCKDB_ERROR_PARSER, .parser), (DUCKDB_ERROR_PLANNER, .planner),
      (DUCKDB_ERROR_CONSTRAINT, .constraint), (DUCKDB_ERROR_CONNECTION, .connection),
      (DUCKDB_ERROR_SYNTAX, .syntax), (DUCKDB_ERROR_BINDER, .binder), (DUCKDB_ERROR_NETWORK, .network),
      (DUCKDB_ERROR_IO, .io), (DUCKDB_ERROR_INTERRUPT, .interrupt), (DUCKDB_ERROR_FATAL, .fatal),
      (DUCKDB_ERROR_INTERNAL, .internal), (DUCKDB_ERROR_INVALID_INPUT, .invalidInput),
      (DUCKDB_ERROR_OUT_OF_MEMORY, .outOfMemory), (DUCKDB_ERROR_PERMISSION, .permission),
      (DUCKDB_ERROR_PARAMETER_NOT_RESOLVED, .parameterNotResolved),
      (DUCKDB_ERROR_PARAMETER_NOT_ALLOWED, .parameterNotAllowed), (DUCKDB_ERROR_DEPENDENCY, .dependency),
      (DUCKDB_ERROR_HTTP, .http), (DUCKDB_ERROR_MISSING_EXTENSION, .missingExtension),
      (DUCKDB_ERROR_AUTOLOAD, .autoload), (DUCKDB_ERROR_SEQUENCE, .sequence),
      (DUCKDB_INVALID_CONFIGURATION, .invalidConfiguration),
    ]
    guard let kind = names.first(where: { $0.0 == type })?.1 else { return nil }
    self = kind
  }

  /// The kind that a text begins with, as in `Out of Memory Error: …`, and where the message starts.
  fileprivate static func prefix(of text: Substring) -> (kind: DuckDBError.Kind, end: Substring.Index)? {
    // DuckDB's longest kind has 22 characters; a message of its own may hold "Error: " further on.
    let head = text.prefix(48)
    var index = head.startIndex
    while let space = head[index...].firstIndex(of: " ") {
      if text[space...].hasPrefix(" Error: ") {
        let name = text[..<space]
        guard name.allSatisfy({ $0.isLetter || $0 == " " }) else { return nil }
        return (DuckDBError.Kind(rawValue: String(name)), text.index(space, offsetBy: 8))
      }
      index = head.index(after: space)
    }
    return nil
  }
}

/// The end of an error text, where DuckDB quotes the source line and points at the place:
/// ```
/// LINE 2: ...a, b FROM nowhere
///                      ^
/// ```
private struct SourceExcerpt {
  let message: Substring
  let line: Int?
  let quoted: Substring
  let caret: Int

  init(splitting text: Substring) {
    guard let found = SourceExcerpt.lastLineMark(in: text),
      let colon = text[found...].firstIndex(of: ":"),
      let line = Int(text[text.index(found, offsetBy: 7)..<colon]),
      let end: Substring.Index = text[colon...].firstIndex(where: { $0.isNewline })
    else {
      message = text
      line = nil
      quoted = ""
      caret = 0
      return
    }
    let pointer = text[text.index(after: end)...]
    message = text[..<found]
    self.line = line
    let start = text.index(colon, offsetBy: 2, limitedBy: end) ?? end
    quoted = text[start..<end]
    // The caret stands under the quoted line, which begins after "LINE n: ".
    caret =
      pointer.prefix { $0 == " " }.count - text.distance(from: text.index(found, offsetBy: 2), to: colon) - 2
  }

  /// Where `\n\nLINE ` begins for the last time.
  private static func lastLineMark(in text: Substring) -> Substring.Index? {
    var found: Substring.Index?
    var index = text.startIndex
    while let newline = text[index...].firstIndex(of: "\n") {
      if text[newline...].hasPrefix("\n\nLINE ") { found = newline }
      index = text.index(after: newline)
    }
    return found
  }

  func position(in sql: String?) -> DuckDBError.SourcePosition? {
    guard let line, caret >= 0 else { return nil }
    var shown = quoted
    var offset = caret
    var start = 0
    if let sql, let source = SourceExcerpt.line(line, of: sql) {
      // A long line is cut at both ends and marked with dots there.
      let isWhole = shown.elementsEqual(source)
      if !isWhole, shown.hasPrefix("..."), offset >= 3 {
        shown = shown.dropFirst(3)
        offset -= 3
        let middle = shown.hasSuffix("...") ? shown.dropLast(3) : shown
        start = SourceExcerpt.offset(of: middle, in: source) ?? 0
      }
    }
    return DuckDBError.SourcePosition(
      line: line, column: start + SourceExcerpt.scalars(before: offset, in: shown) + 1)
  }

  /// How many Unicode scalars come before the display column `width`: DuckDB counts wide characters twice.
  private static func scalars(before width: Int, in text: Substring) -> Int {
    var columns = 0
    var count = 0
    for character in text {
      if columns >= width { break }
      columns += character.unicodeScalars.contains(where: isWide) ? 2 : 1
      count += character.unicodeScalars.count
    }
    return count
  }

  private static func isWide(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x1100...0x115F, 0x2E80...0xA4CF, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F, 0xFF00...0xFF60,
      0xFFE0...0xFFE6, 0x1F300...0x1FAFF, 0x20000...0x3FFFD:
      true
    default: false
    }
  }

  private static func line(_ number: Int, of sql: String) -> Substring? {
    let lines = sql.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
    return lines.indices.contains(number - 1) ? lines[number - 1] : nil
  }

  /// How many Unicode scalars of `line` come before `part`.
  private static func offset(of part: Substring, in line: Substring) -> Int? {
    var index = line.startIndex
    while index < line.endIndex {
      if line[index...].hasPrefix(part) {
        return line.unicodeScalars.distance(from: line.startIndex, to: index)
      }
      index = line.index(after: index)
    }
    return nil
  }
}
