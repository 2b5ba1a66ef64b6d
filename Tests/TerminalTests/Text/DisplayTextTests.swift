import Testing

@testable import Terminal

@Suite struct DisplayTextTests {
  @Test(arguments: [
    ("", 0), ("abc", 3), ("größe", 5), ("e\u{301}", 1), ("日本語", 6), ("한국", 4), ("ｆｕｌｌ", 8), ("🦆", 2),
    ("👩‍👩‍👧", 2),
    ("🇨🇭", 2), ("❤", 1), ("❤️", 2), ("👍🏽", 2), ("│─…", 3), ("\u{200B}", 0), ("กำ", 2), ("½", 1), ("Ω", 1),
    ("1️⃣", 2), ("각", 2),
  ])
  func widths(text: String, width: Int) {
    #expect(DisplayWidth.of(text) == width)
  }

  @Test func cutsAtWholeCharacters() {
    #expect(DisplayText.cut("abcdef", to: 6) == "abcdef")
    #expect(DisplayText.cut("abcdef", to: 4) == "abc…")
    #expect(DisplayText.cut("日本語", to: 5) == "日本…")
    #expect(DisplayText.cut("日本語", to: 4) == "日…")
    #expect(DisplayText.cut("abc", to: 1) == "…")
    #expect(DisplayText.cut("abc", to: 0) == "")
  }

  @Test func fillsToAWidth() {
    #expect(DisplayText.padded("日本", to: 6) == "日本  ")
    #expect(DisplayText.padded("7", to: 3, .right) == "  7")
    #expect(DisplayText.padded("ab", to: 5, .center) == " ab  ")
    #expect(DisplayText.padded("abcdef", to: 3) == "abcdef")
  }

  @Test func nothingInAValueReachesTheTerminalAsACommand() {
    #expect(DisplayText.visible("a\u{1B}[31mb\u{7}") == "a\\x1B[31mb\\x07")
    #expect(DisplayText.visible("\u{9B}31m") == "\\x9B31m")
    #expect(DisplayText.visible("safe\u{202E}evil") == "safe\\u202Eevil")
    #expect(DisplayText.visible("a\tb") == "a   b")
    #expect(DisplayText.visible("日\tb") == "日  b")
    #expect(DisplayText.visible("größe 👩‍👩‍👧") == "größe 👩‍👩‍👧")
  }

  @Test func linesOfAValue() {
    #expect(DisplayText.lines(of: "a\nb\r\nc") == ["a", "b", "c"])
    #expect(DisplayText.lines(of: "") == [""])
    #expect(DisplayText.lines(of: "a\r") == ["a\\x0D"])
    #expect(DisplayText.line(of: "a\nb") == "a\\nb")
  }
}

@Suite struct HumanTextTests {
  @Test(arguments: [(0, "0"), (999, "999"), (1000, "1,000"), (-1_234_567, "-1,234,567")])
  func counts(number: Int, text: String) {
    #expect(HumanText.count(number) == text)
  }

  @Test func countsWithNouns() {
    #expect(HumanText.count(1, "row") == "1 row")
    #expect(HumanText.count(0, "row") == "0 rows")
    #expect(HumanText.count(2, "query", plural: "queries") == "2 queries")
  }

  @Test(arguments: [
    (Duration.milliseconds(12), "0.012 s"), (.milliseconds(9_999), "9.999 s"),
    (.milliseconds(12_345), "12.3 s"),
    (.seconds(185), "3 m 05 s"), (.seconds(7_620), "2 h 07 m"), (.zero, "0.000 s"),
  ])
  func durations(duration: Duration, text: String) {
    #expect(HumanText.duration(duration) == text)
  }

  @Test(arguments: [
    (0, "0 B"), (512, "512 B"), (999, "999 B"), (1_234, "1.2 kB"), (1_234_567, "1.2 MB"),
    (123_456_789, "123 MB"),
    (34_000_000_000, "34.0 GB"), (Int.max, "9.2 EB"),
  ])
  func sizes(size: Int, text: String) {
    #expect(HumanText.bytes(size) == text)
  }
}
