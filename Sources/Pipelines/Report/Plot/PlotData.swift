internal import SQLText

/// What a chart shows, freed of tables: positions along x, and for each series its values there.
struct PlotData {
  /// What lies along x.
  enum Scale { case numbers, times, names }

  struct Position {
    let label: String
    /// Where it lies on an axis of numbers or times; nil for names.
    let place: Double?
  }

  struct Value {
    /// The number; nil for NULL and whatever cannot be drawn, such as NaN.
    let number: Double?
    let text: String
  }

  struct Series {
    let name: String
    /// One for each position; nil where the table has no row.
    var values: [Value?]
  }

  /// More cannot be told apart by colour, nor, for lines, by colour and dashes.
  static func seriesLimit(_ kind: ReportChart.Kind) -> Int { kind == .bar ? 8 : 12 }
  /// Names, each with its own label; more make a poster of the chart.
  static let nameLimit = 60
  /// Bars over numbers and times, where labels may be left out.
  static let barLimit = 240
  /// Larger numbers overflow in the arithmetic of axes.
  private static let largest = 1e300

  let scale: Scale
  let positions: [Position]
  let series: [Series]
  /// How many series and positions are not drawn.
  let omittedSeries: Int
  let omittedPositions: Int

  /// All numbers that are drawn.
  var numbers: [Double] { series.flatMap { $0.values.compactMap { $0?.number } } }

  /// Whether the series are steps of something, such as years, and not just different things.
  var hasOrderedSeries: Bool { series.count > 1 && series.allSatisfy { Double($0.name) != nil } }

  /// Takes a chart's columns out of a table.
  ///
  /// - Throws: ``ReportError`` for a column that the table does not have, or a y column that holds no numbers.
  init(_ table: ReportTable, chart: ReportChart, line: Int) throws(ReportError) {
    let xColumn = try table.column(chart.x, role: "x", line: line)
    let yColumn = try table.column(chart.y, role: "y", line: line)
    var seriesColumn: Int?
    if let name = chart.series { seriesColumn = try table.column(name, role: "series", line: line) }
    if let text = table.cells(yColumn).first(where: { !$0.isNull && $0.number == nil }) {
      throw ReportError(
        line: line,
        "the column `\(table.columns[yColumn])` cannot be drawn as y: `\(text.text.prefix(40))` is no number",
        hint: "Give y= a column of numbers")
    }

    scale = Self.scale(of: table.cells(xColumn))
    var grid = Grid()
    for row in table.rows {
      let x = row[xColumn]
      if x.isNull, scale != .names { continue }
      grid.add(
        x: x.isNull ? "(none)" : x.text, place: Self.place(of: x, on: scale),
        series: seriesColumn.map { row[$0].isNull ? "(none)" : row[$0].text } ?? "",
        value: Value(
          number: row[yColumn].number.flatMap { abs($0) <= Self.largest ? $0 : nil }, text: row[yColumn].text)
      )
    }
    var positionLimit = Int.max
    if chart.kind == .bar { positionLimit = scale == .names ? Self.nameLimit : Self.barLimit }
    let order = grid.order(sorted: chart.kind == .line && scale != .names).prefix(positionLimit)
    positions = order.map { grid.positions[$0] }
    series = grid.series.prefix(Self.seriesLimit(chart.kind)).map { name, values in
      Series(name: name, values: order.map { values[$0] })
    }
    omittedPositions = grid.positions.count - positions.count
    omittedSeries = grid.series.count - series.count
  }

  private static func scale(of cells: [ReportTable.Cell]) -> Scale {
    let present = cells.filter { !$0.isNull }
    if present.isEmpty { return .names }
    if present.allSatisfy({ $0.number.map { abs($0) <= largest } ?? false }) { return .numbers }
    return present.allSatisfy { CalendarTime($0.text) != nil } ? .times : .names
  }

  private static func place(of cell: ReportTable.Cell, on scale: Scale) -> Double? {
    switch scale {
    case .numbers: cell.number
    case .times: CalendarTime(cell.text)?.epochSeconds
    case .names: nil
    }
  }
}

/// Rows sorted into positions and series as they come.
private struct Grid {
  private struct Key: Hashable {
    let x: String
    let occurrence: Int
  }
  private struct Pair: Hashable {
    let x: String
    let series: Int
  }

  private(set) var positions: [PlotData.Position] = []
  private(set) var series: [(name: String, values: [Int: PlotData.Value])] = []
  private var positionIndex: [Key: Int] = [:]
  private var seriesIndex: [String: Int] = [:]
  private var occurrences: [Pair: Int] = [:]

  /// Rows with equal x and series get positions of their own, so that none hides another.
  mutating func add(x: String, place: Double?, series name: String, value: PlotData.Value) {
    let seriesAt = seriesIndex[name] ?? series.count
    if seriesAt == series.count {
      seriesIndex[name] = seriesAt
      series.append((name, [:]))
    }
    let occurrence = occurrences[Pair(x: x, series: seriesAt), default: 0]
    occurrences[Pair(x: x, series: seriesAt)] = occurrence + 1
    let key = Key(x: x, occurrence: occurrence)
    let positionAt = positionIndex[key] ?? positions.count
    if positionAt == positions.count {
      positionIndex[key] = positionAt
      positions.append(PlotData.Position(label: x, place: place))
    }
    series[seriesAt].values[positionAt] = value
  }

  func order(sorted: Bool) -> [Int] {
    guard sorted else { return Array(positions.indices) }
    return positions.indices.sorted {
      let (a, b) = (positions[$0].place ?? 0, positions[$1].place ?? 0)
      return a == b ? $0 < $1 : a < b
    }
  }
}

extension ReportTable {
  /// A column by name, as DuckDB compares names.
  fileprivate func column(_ name: String, role: String, line: Int) throws(ReportError) -> Int {
    if let exact = columns.firstIndex(of: name) { return exact }
    if let found = columns.firstIndex(where: { $0.lowercased() == name.lowercased() }) { return found }
    let known = columns.map { "`\($0)`" }.joined(separator: ", ")
    let nearest = NearestName.suggestion(for: name, among: columns).map { " Did you mean `\($0)`?" } ?? ""
    throw ReportError(
      line: line, "the chart's \(role) names the column `\(name)`, which the query does not return",
      hint: (known.isEmpty ? "It returns no columns" : "It returns \(known).") + nearest)
  }
}
