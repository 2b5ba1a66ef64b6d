import Testing

@testable import Terminal

@Suite struct TextTableTests {
  private var lakes: TextTable {
    var table = TextTable(["lake", "catalog", .init("rows", .right)])
    table.add(["main", "sqlite", "1,234"])
    table.add(["日本", "a much longer catalog name", "7"])
    return table
  }

  @Test func columnsAlign() {
    #expect(
      lakes.render() == [
        "lake  catalog                      rows",
        "main  sqlite                      1,234",
        "日本  a much longer catalog name      7",
      ])
  }

  @Test func textGivesWayToTheWidth() {
    #expect(
      lakes.render(width: 30) == [
        "lake  catalog             rows",
        "main  sqlite             1,234",
        "日本  a much longer ca…      7",
      ])
  }

  @Test func aFooterStandsApart() {
    var table = TextTable(["stage", .init("rows", .right)])
    table.add(["one", "1"])
    table.setFooter(["total", "1"])
    #expect(table.render() == ["stage  rows", "one       1", "───────────", "total     1"])
  }

  @Test func cellsMayBeMissingAndHoldAnything() {
    var table = TextTable(["", ""])
    table.add(["a"])
    table.add(["b", "x\ny\u{1B}", "too many"])
    #expect(table.render() == ["a", "b  x\\ny\\x1B"])
  }
}

@Suite struct ColumnFitTests {
  private func fit(_ columns: [(Int, Int)], _ available: Int?) -> ([Int], [Int], Int?) {
    let fit = ColumnFit(
      columns.map { ColumnFit.Column(natural: $0.0, uncuttable: $0.1) }, available: available, perColumn: 3,
      fixed: 1)
    return (fit.widths.map(\.column), fit.widths.map(\.width), fit.gap)
  }

  @Test func withoutALimitNothingIsCut() {
    #expect(fit([(5, 0), (500, 0)], nil) == ([0, 1], [5, 500], nil))
  }

  @Test func theWidestGivesUpFirst() {
    #expect(fit([(5, 0), (50, 0), (20, 0)], 60) == ([0, 1, 2], [5, 25, 20], nil))
    #expect(fit([(5, 0), (50, 0), (20, 0)], 41) == ([0, 1, 2], [5, 13, 13], nil))
  }

  @Test func theLastColumnsOfSpaceAreUsedToo() {
    #expect(fit([(50, 0), (50, 0), (50, 0)], 48) == ([0, 1, 2], [13, 13, 12], nil))
  }

  @Test func numbersAreNotCut() {
    #expect(fit([(30, 30), (50, 0)], 50) == ([0, 1], [30, 13], nil))
  }

  @Test func columnsInTheMiddleAreLeftOut() {
    #expect(fit([(8, 0), (8, 0), (8, 0), (8, 0)], 40) == ([0, 1, 3], [8, 8, 8], 2))
    #expect(fit(Array(repeating: (8, 0), count: 100), 20).0 == [0])
  }

  @Test func oneColumnTakesWhatThereIs() {
    #expect(fit([(30, 30)], 20) == ([0], [16], nil))
    #expect(fit([(30, 30)], 3) == ([0], [1], nil))
    #expect(fit([], 20) == ([], [], nil))
  }
}
