/// Round dates and times along an axis.
struct TimeTicks: Hashable {
  let values: [Double]
  let labels: [String]

  fileprivate enum Unit {
    case seconds(Int)
    case days(Int)
    case months(Int)
    case years(Int)
  }

  /// From fine to coarse; each step is the next one's part as far as the calendar allows.
  private static let units: [Unit] =
    [1, 5, 15, 30, 60, 300, 900, 1800, 3600, 10_800, 21_600, 43_200].map(Unit.seconds)
    + [1, 2, 7, 14].map(Unit.days) + [1, 2, 3, 6].map(Unit.months)
    + [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000].map(Unit.years)

  /// Ticks that lie in a range of seconds since 1970, at most `limit`.
  init(_ range: ClosedRange<Double>, limit: Int) {
    for unit in Self.units
    where (range.upperBound - range.lowerBound) / unit.approximateSeconds < Double(limit) {
      let values = Self.values(range, unit)
      guard values.count <= limit else { continue }
      self.values = values
      labels = values.map { unit.label(CalendarTime(epochSeconds: $0)) }
      return
    }
    values = []
    labels = []
  }

  private static func values(_ range: ClosedRange<Double>, _ unit: Unit) -> [Double] {
    let start = CalendarTime(epochSeconds: range.lowerBound)
    var values: [Double] = []
    switch unit {
    case .seconds(let step): values = multiples(of: Double(step), in: range)
    case .days(let step):
      // 1970 began on a Thursday, weeks begin on Mondays.
      values = multiples(of: Double(step) * 86_400, from: step.isMultiple(of: 7) ? 4 * 86_400 : 0, in: range)
    case .months(let step):
      var month = (start.month - 1) / step * step + 1
      while let next = upTo(range, CalendarTime.epochSeconds(year: start.year, month: month)) {
        values.append(next)
        month += step
      }
    case .years(let step):
      var year = start.year / step * step
      while let next = upTo(range, CalendarTime.epochSeconds(year: year, month: 1)) {
        values.append(next)
        year += step
      }
    }
    return values.filter(range.contains)
  }

  private static func upTo(_ range: ClosedRange<Double>, _ value: Double) -> Double? {
    value <= range.upperBound ? value : nil
  }

  private static func multiples(
    of step: Double, from origin: Double = 0, in range: ClosedRange<Double>
  ) -> [Double] {
    let first = ((range.lowerBound - origin) / step).rounded(.up) * step + origin
    return Array(stride(from: first, through: range.upperBound, by: step))
  }
}

extension TimeTicks.Unit {
  fileprivate var approximateSeconds: Double {
    switch self {
    case .seconds(let count): Double(count)
    case .days(let count): Double(count) * 86_400
    case .months(let count): Double(count) * 28 * 86_400
    case .years(let count): Double(count) * 365 * 86_400
    }
  }

  fileprivate func label(_ time: CalendarTime) -> String {
    let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
    let month = months[time.month - 1]
    func twoDigits(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
    switch self {
    case .years: return "\(time.year)"
    case .months: return "\(month) \(time.year)"
    case .days: return "\(time.day) \(month) \(time.year)"
    case .seconds(let step):
      let total = Int(time.seconds)
      let clock = "\(twoDigits(total / 3600)):\(twoDigits(total / 60 % 60))"
      return "\(time.day) \(month) " + clock + (step < 60 ? ":" + twoDigits(total % 60) : "")
    }
  }
}
