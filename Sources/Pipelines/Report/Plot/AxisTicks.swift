import Foundation

/// Round values along an axis of numbers: multiples of 1, 2, 2.5 or 5 times a power of ten.
struct AxisTicks: Hashable {
  let values: [Double]
  let labels: [String]

  /// The first and the last tick.
  var range: ClosedRange<Double> {
    guard let first = values.first, let last = values.last else { return 0...1 }
    return first...last
  }

  /// Ticks for a range.
  ///
  /// - Parameters:
  ///   - range: what has to be shown.
  ///   - target: about how many steps.
  ///   - integers: whether only whole numbers make sense.
  ///   - covering: whether the first and last tick enclose the range; otherwise all lie inside it.
  init(_ range: ClosedRange<Double>, target: Int, integers: Bool = false, covering: Bool = true) {
    let range = Self.drawable(range)
    let step = Step(atLeast: (range.upperBound - range.lowerBound) / Double(target), integers: integers)
    let low = range.lowerBound / step.size
    let high = range.upperBound / step.size
    // Sums of decimals miss their multiple by a few units in the last place.
    let slack = 1e-9
    let first = covering ? (low + slack).rounded(.down) : (low - slack).rounded(.up)
    let last = covering ? (high - slack).rounded(.up) : (high + slack).rounded(.down)
    let values = first <= last ? (0...Int(last - first)).map { step.multiple(first + Double($0)) } : []
    self.values = values
    labels = NumberText.grouped(values.map { NumberText.fixed($0, decimals: step.decimals) })
  }

  /// Whether the ends of a range lie so far apart that a double can count the steps between them.
  static func isDrawable(_ range: ClosedRange<Double>) -> Bool {
    let largest = max(abs(range.lowerBound), abs(range.upperBound))
    return range.upperBound - range.lowerBound > largest * 1e-9 && largest > smallest
  }

  /// Powers of ten below it are not exact enough, and soon zero.
  private static let smallest = 1e-290

  /// A range with room between its ends: a single value gets the zero line as its other end.
  private static func drawable(_ range: ClosedRange<Double>) -> ClosedRange<Double> {
    if isDrawable(range) { return range }
    let (low, high) = (range.lowerBound, range.upperBound)
    if high > smallest { return 0...high }
    return low < -smallest ? low...0 : 0...1
  }

  private struct Step {
    private let mantissa: Double
    private let exponent: Int

    init(atLeast size: Double, integers: Bool) {
      let power = log10(size).rounded(.down)
      let fraction = size / pow(10, power)
      let tolerance = 1 + 1e-9
      let round: (mantissa: Double, exponent: Int) =
        switch fraction {
        case ...tolerance: (1, Int(power))
        case ...(2 * tolerance): (2, Int(power))
        case ...(2.5 * tolerance): (25, Int(power) - 1)
        case ...(5 * tolerance): (5, Int(power))
        default: (1, Int(power) + 1)
        }
      guard integers, round.exponent < 0 else {
        (mantissa, exponent) = round
        return
      }
      mantissa = size <= tolerance ? 1 : 5
      exponent = 0
    }

    var size: Double { multiple(1) }
    var decimals: Int { max(0, -exponent) }

    /// Dividing by a power of ten gives the double nearest to the decimal; multiplying by 0.1 does not.
    func multiple(_ count: Double) -> Double {
      exponent < 0
        ? count * mantissa / pow(10, Double(-exponent)) : count * mantissa * pow(10, Double(exponent))
    }
  }
}
