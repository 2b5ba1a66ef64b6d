import SQLText
import Testing

@Suite struct TokenizerPropertyTests {
  private static let whiteSpace: Set<Unicode.Scalar> = [
    " ", "\t", "\n", "\r", "\u{0C}", "\u{3000}",
  ]

  private func isWhiteSpace(_ bytes: ArraySlice<UInt8>) -> Bool {
    String(decoding: bytes, as: UTF8.self).unicodeScalars.allSatisfy { Self.whiteSpace.contains($0) }
  }

  @Test(arguments: 0..<8 as Range<UInt64>)
  func tokensAndTheWhiteSpaceBetweenThemAreTheSource(seed: UInt64) throws {
    var pieces = SQLPieces(seed: seed)
    var tokenized = 0
    for round in 0..<500 {
      let source = pieces.text(allowingOpen: round % 2 == 0)
      guard let tokens = try? SQLTokenizer.tokenize(source) else { continue }
      tokenized += 1
      let bytes = Array(source.utf8)
      var end = 0
      for token in tokens {
        #expect(token.utf8Offset >= end, "tokens overlap in \(source.debugDescription)")
        #expect(isWhiteSpace(bytes[end..<token.utf8Offset]), "lost text in \(source.debugDescription)")
        #expect(Array(token.text.utf8) == Array(bytes[token.utf8Range]))
        end = token.utf8Range.upperBound
      }
      #expect(isWhiteSpace(bytes[end...]), "lost the end of \(source.debugDescription)")
    }
    #expect(tokenized > 250)
  }

  @Test(arguments: 0..<8 as Range<UInt64>)
  func splittingLosesNothingButWhiteSpaceCommentsAndSemicolons(seed: UInt64) throws {
    var pieces = SQLPieces(seed: seed &+ 1000)
    var split = 0
    for _ in 0..<300 {
      let source = pieces.text(allowingOpen: false)
      // The one error left: a Unicode space between the parts of a string.
      guard let tokens = try? SQLTokenizer.tokenize(source) else { continue }
      split += 1
      let statements = try SQLStatements.split(source)
      let kept = tokens.filter { !$0.isComment && !$0.isSymbol(";") }
      #expect(statements.flatMap(\.tokens) == kept)
      for statement in statements {
        #expect(statement.utf8Range.lowerBound == statement.tokens.first?.utf8Offset)
        #expect(statement.utf8Range.upperBound == statement.tokens.last?.utf8Range.upperBound)
        #expect(statement.line == statement.tokens.first?.line)
        #expect(statement.text.utf8.count == statement.utf8Range.count)
        // Alone, a statement reads as it does in its script.
        let again = try SQLTokenizer.tokenize(statement.text).filter { !$0.isComment }
        #expect(again.map(\.text) == statement.tokens.map(\.text))
        #expect(
          again.map(\.utf8Offset) == statement.tokens.map { $0.utf8Offset - statement.utf8Range.lowerBound })
      }
    }
    #expect(split > 250)
  }

  @Test(arguments: 0..<4 as Range<UInt64>)
  func placesPointAtTheirTokens(seed: UInt64) throws {
    var pieces = SQLPieces(seed: seed &+ 2000)
    for _ in 0..<200 {
      let source = pieces.text(allowingOpen: false)
      // `Character` takes "\r\n" for one, as the tokenizer does.
      let lines = source.split(omittingEmptySubsequences: false) { $0 == "\n" || $0 == "\r" || $0 == "\r\n" }
      guard let tokens = try? SQLTokenizer.tokenize(source) else { continue }
      for token in tokens {
        let rest = lines[token.line - 1].unicodeScalars.dropFirst(token.column - 1)
        #expect(rest.first == token.text.unicodeScalars.first, "in \(source.debugDescription)")
      }
    }
  }
}
