/// Bars in groups: upright where the names below them fit, else lying.
struct BarMarks {
  private static let height = 280.0
  /// Up to here each bar of a single series has its value beside it.
  private static let valueLimit = 20

  let data: PlotData

  private var groups: Int { data.positions.count }
  private var bars: Int { data.series.count }

  /// The values' texts, when they are written beside the bars.
  private var valueTexts: [String?]? {
    guard bars == 1, groups <= Self.valueLimit, let values = data.series.first?.values,
      data.numbers.allSatisfy({ $0 >= 0 })
    else { return nil }
    let texts = NumberText.grouped(values.map { $0?.text ?? "" })
    return zip(values, texts).map { $0?.number == nil ? nil : $1 }
  }

  /// Draws the chart.
  ///
  /// - Parameter top: where it may start.
  /// - Returns: where it ends.
  func draw(on canvas: inout SVGCanvas, top: Double) -> Double {
    let axis = ValueAxis(data.numbers, fromZero: true)
    let left = PlotLayout.margin + axis.labelWidth + PlotLayout.gap
    let groupWidth = (PlotLayout.width - PlotLayout.margin - left) / Double(groups)
    let names = data.positions.map { TextMeasure.lines($0.label, width: groupWidth - 5, limit: 2) }
    if names.allSatisfy({ $0 != nil }) {
      return drawUpright(on: &canvas, axis, top: top, left: left, names: names.compactMap { $0 })
    }
    if data.scale == .names { return drawLying(on: &canvas, axis, top: top) }
    let labels = PlotLabels.thinned(
      data.positions.enumerated().map { (Double($0), $1.label) }, within: groupWidth * Double(groups))
    var kept = [[String]](repeating: [], count: groups)
    for label in labels { kept[Int(label.x)] = [label.text] }
    return drawUpright(on: &canvas, axis, top: top, left: left, names: kept)
  }

  private func drawUpright(
    on canvas: inout SVGCanvas, _ axis: ValueAxis, top: Double, left: Double, names: [[String]]
  ) -> Double {
    let right = PlotLayout.width - PlotLayout.margin
    let bottom = top + Self.height
    axis.drawUpright(on: &canvas, left: left, right: right, top: top, height: Self.height)
    let groupWidth = (right - left) / Double(groups)
    let barWidth = min(groupWidth * 0.8 / Double(bars), 64)
    let valueTexts = self.valueTexts.flatMap { texts in
      texts.allSatisfy { TextMeasure.width($0 ?? "", size: 11) <= groupWidth - 2 } ? texts : nil
    }
    for group in 0..<groups {
      let center = left + groupWidth * (Double(group) + 0.5)
      for (index, series) in data.series.enumerated() {
        guard let value = series.values[group], let number = value.number else { continue }
        let x = center + (Double(index) - Double(bars) / 2) * barWidth
        let y = bottom - Self.height * axis.share(number)
        canvas.rectangle(
          .init(x: x + inset(barWidth), y: bottom - Self.height * axis.zero),
          .init(x: x + barWidth - inset(barWidth), y: y), style: "f\(index)",
          tooltip: tooltip(group, series, value))
        if let text = valueTexts?[group] {
          canvas.text(text, at: .init(x: center, y: y - 5), anchor: .middle, style: "muted")
        }
      }
      for (line, text) in names[group].enumerated() {
        canvas.text(
          text, at: .init(x: PlotLayout.center(of: text, at: center), y: bottom + 18 + 14 * Double(line)),
          anchor: .middle)
      }
    }
    return bottom + 10 + 14 * Double(names.map(\.count).max() ?? 1)
  }

  private func drawLying(on canvas: inout SVGCanvas, _ axis: ValueAxis, top: Double) -> Double {
    let names = data.positions.map { TextMeasure.truncated($0.label, to: 240) }
    let left = PlotLayout.margin + (names.map { TextMeasure.width($0) }.max() ?? 0) + PlotLayout.gap
    let valueTexts = self.valueTexts
    let valueWidth = valueTexts?.map { TextMeasure.width($0 ?? "") }.max() ?? 0
    let right = PlotLayout.width - max(30, PlotLayout.margin + valueWidth)
    let barHeight = bars == 1 ? 18.0 : bars <= 3 ? 12 : bars <= 6 ? 9 : 6
    let space = bars == 1 ? 8.0 : 12
    let groupHeight = barHeight * Double(bars) + space
    let bottom = top + groupHeight * Double(groups)
    axis.drawLevel(on: &canvas, left: left, right: right, top: top, bottom: bottom)
    for group in 0..<groups {
      let start = top + groupHeight * Double(group) + space / 2
      canvas.text(
        names[group], at: .init(x: left - PlotLayout.gap, y: start + barHeight * Double(bars) / 2 + 4),
        anchor: .end)
      for (index, series) in data.series.enumerated() {
        guard let value = series.values[group], let number = value.number else { continue }
        let y = start + barHeight * Double(index)
        let x = left + (right - left) * axis.share(number)
        canvas.rectangle(
          .init(x: left + (right - left) * axis.zero, y: y + inset(barHeight)),
          .init(x: x, y: y + barHeight - inset(barHeight)), style: "f\(index)",
          tooltip: tooltip(group, series, value))
        if let text = valueTexts?[group] {
          canvas.text(text, at: .init(x: x + 6, y: y + barHeight / 2 + 4), style: "muted")
        }
      }
    }
    return bottom + 24
  }

  /// A hair of ground between neighbours, as long as bars are wide enough to give it.
  private func inset(_ size: Double) -> Double { size >= 5 && bars > 1 ? 0.5 : 0 }

  private func tooltip(_ group: Int, _ series: PlotData.Series, _ value: PlotData.Value) -> String {
    let names = [data.positions[group].label, series.name].filter { !$0.isEmpty }
    return names.joined(separator: ", ") + ": " + value.text
  }
}
