/// A reproducible source of random numbers (SplitMix64).
struct SeededGenerator: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}

/// Builds SQL texts at random, from pieces that are closed and from pieces that are not.
struct SQLPieces {
  private var generator: SeededGenerator

  init(seed: UInt64) { generator = SeededGenerator(seed: seed) }

  private static let closed = [
    "select", "Größe", "_x", "a$b", "1", "1.5e-3", ".5", "1..2", "$name", "$1", "?", "?2", "'a;b'", "''",
    "'it''s'",
    #"E'\';'"#, "x'ab;'", #""q;""z""#, "$$;'$$", "$t$ $$ ; $t$", "-- c;'\n", "/* ; /* ' */ */", "(", ")", "[",
    "]", "{",
    "}", ",", ".", "::", ":=", "->>", "<=", "-", "+", "*", "/", "||", "~", "#", "\\", ";", ";", "\n", "\r\n",
    " ", "\t",
    "\u{3000}",
  ]
  private static let open = [
    "'", "\"", "$$", "$t$", "$t", "E'", "x'", "U&'", "--", "/*", "*/", "\\", "é", "\r",
  ]

  /// - Parameter allowingOpen: whether quotes and comments may stay open.
  mutating func text(allowingOpen: Bool) -> String {
    let pieces = allowingOpen ? Self.closed + Self.open : Self.closed
    let count = Int.random(in: 0...40, using: &generator)
    return (0..<count).map { _ in
      let piece = pieces.randomElement(using: &generator) ?? ""
      // Without blanks between them, pieces melt into new ones and may open a quote.
      return allowingOpen ? piece : piece + " "
    }.joined()
  }
}
