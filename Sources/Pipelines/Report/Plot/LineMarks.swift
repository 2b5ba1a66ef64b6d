/// Lines over numbers, times or names.
struct LineMarks {
  private static let height = 280.0
  /// Up to here each value gets a dot; more dots hide the line.
  private static let dotLimit = 32

  let data: PlotData

  /// Draws the chart.
  ///
  /// - Parameter top: where it may start.
  /// - Returns: where it ends.
  func draw(on canvas: inout SVGCanvas, top: Double) -> Double {
    let axis = ValueAxis(data.numbers, fromZero: false)
    let left = PlotLayout.margin + axis.labelWidth + PlotLayout.gap
    let right = PlotLayout.width - 30
    let bottom = top + Self.height
    axis.drawUpright(on: &canvas, left: left, right: right, top: top, height: Self.height)
    let places = self.places(from: left + 6, to: right - 6)
    drawLabels(on: &canvas, places, left: left, right: right, bottom: bottom)
    for (index, series) in data.series.enumerated() {
      var parts: [[SVGCanvas.Point]] = [[]]
      for (x, value) in zip(places, series.values) {
        guard let value else { continue }
        guard let number = value.number else {
          parts.append([])
          continue
        }
        parts[parts.count - 1].append(.init(x: x, y: bottom - Self.height * axis.share(number)))
      }
      canvas.polyline(parts, style: "l\(index)")
      // A value alone between gaps makes no line, and would not be seen.
      let dotted = places.count <= Self.dotLimit
      for part in parts where dotted || part.count == 1 {
        for point in part { canvas.circle(point, radius: 2.8, style: "f\(index)") }
      }
    }
    return bottom + 24
  }

  private var placeRange: ClosedRange<Double>? {
    let places = data.positions.compactMap(\.place)
    guard let low = places.min(), let high = places.max(), AxisTicks.isDrawable(low...high) else {
      return nil
    }
    return low...high
  }

  private func places(from left: Double, to right: Double) -> [Double] {
    let count = Double(data.positions.count)
    guard data.scale != .names else {
      return data.positions.indices.map { left + (Double($0) + 0.5) / count * (right - left) }
    }
    return data.positions.map { position in
      guard let range = placeRange, let place = position.place else { return (left + right) / 2 }
      let span = range.upperBound / 2 - range.lowerBound / 2
      return left + (place / 2 - range.lowerBound / 2) / span * (right - left)
    }
  }

  private func drawLabels(
    on canvas: inout SVGCanvas, _ places: [Double], left: Double, right: Double, bottom: Double
  ) {
    var labels: [(x: Double, text: String)] = []
    if data.scale == .names || placeRange == nil {
      labels = PlotLabels.thinned(
        zip(places, data.positions).map { ($0, TextMeasure.truncated($1.label, to: 140)) },
        within: right - left)
    } else if let range = placeRange {
      let ticks: (values: [Double], labels: [String])
      if data.scale == .times {
        let times = TimeTicks(range, limit: 8)
        ticks = (times.values, times.labels)
      } else {
        let whole = data.positions.allSatisfy { $0.place == $0.place?.rounded() }
        let numbers = AxisTicks(range, target: 8, integers: whole, covering: false)
        ticks = (numbers.values, numbers.labels)
      }
      let span = range.upperBound / 2 - range.lowerBound / 2
      labels = zip(ticks.values, ticks.labels).map { value, text in
        (left + 6 + (value / 2 - range.lowerBound / 2) / span * (right - left - 12), text)
      }
    }
    for label in labels {
      canvas.line(from: .init(x: label.x, y: bottom), to: .init(x: label.x, y: bottom + 5), style: "axis")
      canvas.text(
        label.text, at: .init(x: PlotLayout.center(of: label.text, at: label.x), y: bottom + 20),
        anchor: .middle)
    }
  }
}

/// Labels along a level axis.
enum PlotLabels {
  /// Every second, third, … label, so that none touches the next.
  static func thinned(_ labels: [(x: Double, text: String)], within width: Double) -> [(
    x: Double, text: String
  )] {
    guard labels.count > 1 else { return labels }
    let widest = labels.map { TextMeasure.width($0.text) }.max() ?? 0
    let spacing = width / Double(labels.count)
    let every = max(1, Int(((widest + 10) / spacing).rounded(.up)))
    return labels.enumerated().filter { $0.offset.isMultiple(of: every) }.map(\.element)
  }
}
