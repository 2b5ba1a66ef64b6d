/// One chart, drawn as SVG.
///
/// This is a drawing program of our own because no charting library for Swift can be had from the package
/// registries that Tarn builds from. Reports use nothing of it but ``svg`` and ``summary``, so that one can take its
/// place.
struct SVGPlot {
  let title: String
  let chart: ReportChart
  let data: PlotData

  /// A chart of a table.
  ///
  /// - Parameters:
  ///   - title: what the chart is called.
  ///   - line: the script's line that asks for the chart, for errors.
  /// - Throws: ``ReportError`` when the table lacks a column, or has no numbers to draw.
  init(title: String, chart: ReportChart, table: ReportTable, line: Int) throws(ReportError) {
    self.title = title
    self.chart = chart
    data = try PlotData(table, chart: chart, line: line)
  }

  /// The picture.
  var svg: String {
    let colours = PlotStyle.colours(data.series.count, ordered: data.hasOrderedSeries)
    var canvas = SVGCanvas()
    var top = header(on: &canvas, from: 26)
    if data.numbers.isEmpty {
      canvas.text(
        "No data", at: .init(x: PlotLayout.width / 2, y: top + 60), anchor: .middle, style: "muted")
      top += 110
    } else {
      switch chart.kind {
      case .line: top = LineMarks(data: data).draw(on: &canvas, top: top)
      case .bar: top = BarMarks(data: data).draw(on: &canvas, top: top)
      }
    }
    for note in notes {
      top += 16
      canvas.text(note, at: .init(x: PlotLayout.margin, y: top), style: "muted")
    }
    let (width, height) = (Int(PlotLayout.width), Int(top.rounded(.up)) + 14)
    return """
      <svg xmlns='http://www.w3.org/2000/svg' width='\(width)' height='\(height)' viewBox='0 0 \(width) \(height)' \
      role='img' aria-labelledby='title desc' font-size='12' \
      font-family='system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif'>
      <title id='title'>\(XMLText.escaped(title))</title>
      <desc id='desc'>\(XMLText.escaped(summary))</desc>
      <style>
      \(PlotStyle.sheet(colours))
      </style>
      <rect class='ground' width='\(width)' height='\(height)' rx='6'/>
      \(canvas.elements.joined(separator: "\n"))
      </svg>

      """
  }

  /// What the chart shows, in words, for those who do not see it.
  var summary: String {
    let kind = chart.kind == .line ? "Line chart" : "Bar chart"
    guard let low = data.numbers.min(), let high = data.numbers.max() else {
      return "\(kind), \(caption): no data"
    }
    let texts = data.series.flatMap { $0.values.compactMap { $0 } }
    func text(of number: Double) -> String {
      NumberText.grouped(texts.filter { $0.number == number }.prefix(1).map(\.text)).joined()
    }
    var parts = ["\(kind), \(caption)"]
    if let first = data.positions.first, let last = data.positions.last, data.positions.count > 1 {
      parts.append(
        data.scale == .names
          ? "\(data.positions.count) values of \(Self.readable(chart.x)), from \(first.label) to \(last.label)"
          : "from \(first.label) to \(last.label)")
    }
    if let name = chart.series {
      parts.append("\(Self.readable(name)): " + data.series.map(\.name).joined(separator: ", "))
    }
    parts.append(low == high ? "all \(text(of: low))" : "between \(text(of: low)) and \(text(of: high))")
    return parts.joined(separator: "; ")
  }

  private var caption: String { "\(Self.readable(chart.y)) by \(Self.readable(chart.x))" }

  private var notes: [String] {
    var notes: [String] = []
    if data.omittedSeries > 0 {
      notes.append("Not drawn: \(data.omittedSeries) more of \(Self.readable(chart.series ?? ""))")
    }
    if data.omittedPositions > 0 {
      notes.append("Not drawn: \(data.omittedPositions) more of \(Self.readable(chart.x))")
    }
    return notes
  }

  /// A column's name as words.
  private static func readable(_ column: String) -> String {
    column.split(separator: "_").joined(separator: " ")
  }

  /// Draws caption and legend from a first line of text downwards.
  ///
  /// - Returns: where the drawing below may start.
  private func header(on canvas: inout SVGCanvas, from first: Double) -> Double {
    let right = PlotLayout.width - PlotLayout.margin
    canvas.text(
      TextMeasure.truncated(
        caption.prefix(1).uppercased() + caption.dropFirst(), to: right - PlotLayout.margin),
      at: .init(x: PlotLayout.margin, y: first), style: "muted")
    guard chart.series != nil else { return first + 18 }
    var x = PlotLayout.margin
    var y = first + 24
    for (index, series) in data.series.enumerated() {
      let name = TextMeasure.truncated(series.name, to: 240)
      let width = 24 + TextMeasure.width(name)
      if x > PlotLayout.margin, x + width > right {
        x = PlotLayout.margin
        y += 20
      }
      switch chart.kind {
      case .line: canvas.line(from: .init(x: x, y: y - 4), to: .init(x: x + 18, y: y - 4), style: "l\(index)")
      case .bar:
        canvas.rectangle(.init(x: x + 4, y: y - 10), .init(x: x + 16, y: y + 2), style: "f\(index)")
      }
      canvas.text(name, at: .init(x: x + 24, y: y))
      x += width + 18
    }
    return y + 18
  }
}

/// Measures that all charts share.
enum PlotLayout {
  static let width = 760.0
  static let margin = 16.0
  /// Room between labels and what they belong to.
  static let gap = 8.0

  /// A centred label's place, moved inward where it would leave the picture.
  static func center(of label: String, at x: Double) -> Double {
    let half = TextMeasure.width(label) / 2 + 4
    return min(max(x, half), width - half)
  }
}
