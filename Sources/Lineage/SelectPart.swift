import SQLText

/// A query found inside a statement, in a shape that DuckDB's parser takes by itself.
///
/// Only SELECT can be given to DuckDB to be parsed without binding, so the sources of an UPDATE, DELETE or
/// MERGE are put into a SELECT with the same FROM clause and the same subqueries. The written table itself is
/// left out of it: what remains are reads.
public struct SelectPart: Sendable, Hashable {
  /// The query's text: pieces of the statement as written, joined by the words that make them a SELECT.
  public let text: String

  /// The pieces' tokens, with their lines in the script; words that were added have none of their own.
  let tokens: [SQLToken]

  /// Whether the query can name a table at all; `INSERT … VALUES` of constants need not be asked about.
  public var mayNameTables: Bool {
    tokens.contains { token in
      switch token.keyword {
      case "FROM", "TABLE", "PIVOT", "UNPIVOT", "PIVOT_WIDER", "PIVOT_LONGER", "DESCRIBE", "DESC",
        "SUMMARIZE":
        true
      default: false
      }
    }
  }
}

/// Puts a `SelectPart` together from ranges of a statement's tokens and added words.
struct SelectPartBuilder {
  private let list: TokenList
  private let source: [UInt8]
  private let start: Int
  private var text = ""
  private var tokens: [SQLToken] = []

  init(list: TokenList, statement: SQLStatement) {
    self.list = list
    source = Array(statement.text.utf8)
    start = statement.utf8Range.lowerBound
  }

  mutating func append(_ added: String) {
    separate()
    text += added
    tokens += (try? SQLTokenizer.tokenize(added)) ?? []
  }

  mutating func append(_ range: Range<Int>) {
    let piece = list.tokens[range.clamped(to: list.tokens.indices)]
    guard let first = piece.first, let last = piece.last else { return }
    separate()
    // The statement's text between the tokens keeps what was written, comments included.
    let bytes = first.utf8Offset - start..<last.utf8Range.upperBound - start
    if bytes.lowerBound >= 0, bytes.upperBound <= source.count {
      text += String(decoding: source[bytes], as: UTF8.self)
    } else {
      text += piece.map(\.text).joined(separator: " ")
    }
    tokens += piece
  }

  func build() -> SelectPart { SelectPart(text: text, tokens: tokens) }

  private mutating func separate() {
    if !text.isEmpty { text += " " }
  }
}
