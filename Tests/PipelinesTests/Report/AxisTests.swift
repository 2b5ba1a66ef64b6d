import Testing

@testable import Pipelines

@Suite("Axes of charts")
struct AxisTests {
  @Test(
    "ticks are round numbers that enclose the values",
    arguments: [
      (0.0...97, false, ["0", "20", "40", "60", "80", "100"]),
      (0.0...0.7, false, ["0.0", "0.2", "0.4", "0.6", "0.8"]),
      (0.0...0.3, false, ["0.0", "0.1", "0.2", "0.3"]),
      (0.0...12, false, ["0.0", "2.5", "5.0", "7.5", "10.0", "12.5"]),
      (0.0...12, true, ["0", "5", "10", "15"]),
      (-30.0...50, false, ["-40", "-20", "0", "20", "40", "60"]),
      (-5.0 ... -1, false, ["-5", "-4", "-3", "-2", "-1"]),
      (0.0...8000, true, ["0", "2000", "4000", "6000", "8000"]),
      (0.0...9000, true, ["0", "2,000", "4,000", "6,000", "8,000", "10,000"]),
      (0.0...16_953, true, ["0", "5,000", "10,000", "15,000", "20,000"]),
      (42.0...42, true, ["0", "10", "20", "30", "40", "50"]),
      (-42.0 ... -42, true, ["-50", "-40", "-30", "-20", "-10", "0"]),
      (0.0...0, true, ["0", "1"]),
      (0.0...1e300, false, ["0", "2e+299", "4e+299", "6e+299", "8e+299", "1e+300"]),
    ])
  func covering(range: ClosedRange<Double>, integers: Bool, expected: [String]) {
    #expect(AxisTicks(range, target: 5, integers: integers).labels == expected)
  }

  @Test("ticks along numbers lie inside them, and years are whole")
  func inside() {
    let ticks = AxisTicks(1990...2001, target: 8, integers: true, covering: false)
    #expect(ticks.values == [1990, 1992, 1994, 1996, 1998, 2000])
    #expect(ticks.labels.last == "2000")
    #expect(AxisTicks(0.1...0.9, target: 4, covering: false).labels == ["0.2", "0.4", "0.6", "0.8"])
  }

  @Test("zero is on a line's axis when it is near, and always on that of bars")
  func zero() {
    #expect(ValueAxis([30, 161], fromZero: false).share(0) == 0)
    #expect(ValueAxis([30, 161], fromZero: false).share(161) > 0.9)
    #expect(ValueAxis([9000, 9010], fromZero: false).share(9000) == 0)
    #expect(ValueAxis([9000, 9010], fromZero: true).share(9000) > 0.8)
    #expect(ValueAxis([-10, -9], fromZero: true).zero == 1)
    #expect(ValueAxis([-50, 50], fromZero: true).zero == 0.5)
    #expect(ValueAxis([7, 7], fromZero: false).share(0) == 0)
  }

  private func ticks(_ from: String, _ to: String) throws -> [String] {
    let low = try #require(CalendarTime(from)).epochSeconds
    let high = try #require(CalendarTime(to)).epochSeconds
    return TimeTicks(low...high, limit: 8).labels
  }

  @Test("ticks along dates follow the calendar")
  func times() throws {
    #expect(try ticks("1998-01-01", "2002-12-01") == ["1998", "1999", "2000", "2001", "2002"])
    #expect(
      try ticks("2001-01-15", "2002-02-15")
        == ["Mar 2001", "May 2001", "Jul 2001", "Sep 2001", "Nov 2001", "Jan 2002"])
    #expect(
      try ticks("2001-01-01", "2001-03-30")
        == ["8 Jan 2001", "22 Jan 2001", "5 Feb 2001", "19 Feb 2001", "5 Mar 2001", "19 Mar 2001"])
    #expect(
      try ticks("2001-01-01 00:00:00", "2001-01-01 10:00:00")
        == ["1 Jan 00:00", "1 Jan 03:00", "1 Jan 06:00", "1 Jan 09:00"])
    #expect(try ticks("0001-01-01", "9999-12-31") == ["2000", "4000", "6000", "8000"])
  }

  @Test(
    "dates and times are read as DuckDB prints them",
    arguments: [
      ("1970-01-01", 0.0), ("1969-12-31", -86_400), ("2000-02-29", 951_782_400),
      ("1900-03-01", -2_203_891_200),
      ("2001-05", 988_675_200), ("2001-05-30 10:00:00", 991_216_800), ("2001-05-30 12:00:00+02", 991_216_800),
      ("2001-05-30T04:30:00.5-05:30", 991_216_800.5), ("2001-05-30 10:00Z", 991_216_800),
    ])
  func reads(text: String, expected: Double) {
    #expect(CalendarTime(text)?.epochSeconds == expected)
  }

  @Test(
    "what is no date is none",
    arguments: [
      "", "2001", "2001-13-01", "2001-02-29", "2001-00", "2001-05-30x", "2001-05-30 25:00:00", "20010530",
      "infinity",
      "0044-03-15 (BC)", "१२३४-०१-०१",
    ])
  func refuses(text: String) {
    #expect(CalendarTime(text) == nil)
  }

  @Test("every day survives the way to seconds and back")
  func calendar() {
    for day in stride(from: -800_000, to: 3_000_000, by: 97) {
      let time = CalendarTime(epochSeconds: Double(day) * 86_400 + 5)
      #expect(time.epochSeconds == Double(day) * 86_400 + 5)
      #expect((1...12).contains(time.month) && (1...31).contains(time.day) && time.seconds == 5)
    }
  }

  @Test("numbers that stand together are grouped together")
  func grouping() {
    #expect(NumberText.grouped(["1234", "99"]) == ["1234", "99"])
    #expect(
      NumberText.grouped(["1234", "12345.678", "-1234567", "nan", "x1", "", "1."]) == [
        "1,234", "12,345.678", "-1,234,567", "nan", "x1", "", "1.",
      ])
    #expect(NumberText.fixed(-0.001, decimals: 1) == "0.0")
    #expect(NumberText.fixed(1e15, decimals: 0) == "1e+15")
  }

  @Test("long text is cut or broken to a width")
  func measures() {
    #expect(TextMeasure.truncated("short", to: 100) == "short")
    #expect(TextMeasure.truncated("a longer text than fits", to: 62) == "a longer…")
    #expect(TextMeasure.lines("100 to 120", width: 50, limit: 2) == ["100 to", "120"])
    #expect(TextMeasure.lines("Electronics", width: 40, limit: 2) == nil)
    #expect(TextMeasure.lines("a b c d e f g h", width: 20, limit: 2) == nil)
  }
}
