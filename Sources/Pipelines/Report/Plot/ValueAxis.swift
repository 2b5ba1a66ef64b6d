/// The axis of a chart's values, upright or, for bars that lie, level.
struct ValueAxis {
  private let ticks: [(value: Double, label: String)]
  private let range: ClosedRange<Double>

  /// An axis for all values of a chart.
  ///
  /// - Parameters:
  ///   - numbers: the values; not empty.
  ///   - fromZero: whether zero has to be on it, as for bars, whose length is what they say. Otherwise it is
  ///     left out where the values lie far from it.
  init(_ numbers: [Double], fromZero: Bool) {
    var low = numbers.min() ?? 0
    var high = numbers.max() ?? 0
    if fromZero || low <= 0.6 * high || low == high { low = min(low, 0) }
    if fromZero || high >= 0.6 * low || low == high { high = max(high, 0) }
    let ticks = AxisTicks(low...high, target: 5, integers: numbers.allSatisfy { $0 == $0.rounded() })
    let range = Self.trimmed(ticks.range, to: low...high)
    self.range = range
    self.ticks = zip(ticks.values, ticks.labels).filter { range.contains($0.0) }.map { ($0, $1) }
  }

  /// Ends the axis at a tick where one is near, and else a little beyond the values: half a step of nothing
  /// makes all differences smaller.
  private static func trimmed(_ ticks: ClosedRange<Double>, to values: ClosedRange<Double>) -> ClosedRange<
    Double
  > {
    let span = values.upperBound / 2 - values.lowerBound / 2
    guard span > 0 else { return ticks }
    let low = values.lowerBound - 0.1 * span
    let high = values.upperBound + 0.1 * span
    let far = 0.24 * span
    let lower = values.lowerBound - ticks.lowerBound > far ? low : ticks.lowerBound
    let upper = ticks.upperBound - values.upperBound > far ? high : ticks.upperBound
    return lower...upper
  }

  /// How wide the widest label is.
  var labelWidth: Double { ticks.map { TextMeasure.width($0.label) }.max() ?? 0 }

  /// A value's share of the way along the axis, from 0 to 1.
  func share(_ value: Double) -> Double {
    // Halves, because the difference of two halves cannot overflow.
    let span = range.upperBound / 2 - range.lowerBound / 2
    return min(max((value / 2 - range.lowerBound / 2) / span, 0), 1)
  }

  /// Where bars start: zero, which is always on their axis.
  var zero: Double { share(0) }

  /// Draws grid and labels of an upright axis.
  func drawUpright(on canvas: inout SVGCanvas, left: Double, right: Double, top: Double, height: Double) {
    for (value, label) in ticks {
      let y = top + height * (1 - share(value))
      canvas.line(from: .init(x: left, y: y), to: .init(x: right, y: y), style: value == 0 ? "axis" : "grid")
      canvas.text(label, at: .init(x: left - PlotLayout.gap, y: y + 4), anchor: .end)
    }
  }

  /// Draws grid and labels of a level axis.
  func drawLevel(on canvas: inout SVGCanvas, left: Double, right: Double, top: Double, bottom: Double) {
    for (value, label) in ticks {
      let x = left + (right - left) * share(value)
      canvas.line(from: .init(x: x, y: top), to: .init(x: x, y: bottom), style: value == 0 ? "axis" : "grid")
      canvas.text(label, at: .init(x: PlotLayout.center(of: label, at: x), y: bottom + 18), anchor: .middle)
    }
  }
}
