/// Finds widths for columns so that a table fits into a terminal.
///
/// First wide columns give up space, the widest first, each down to its minimum; then columns in the middle are left out.
struct ColumnFit {
  /// What is known of a column.
  struct Column {
    /// The width at which nothing is cut.
    var natural: Int

    /// The width below which a cut value says nothing any more.
    var minimum: Int

    /// - Parameter uncuttable: The width of what must not be cut, such as numbers.
    init(natural: Int, uncuttable: Int = 0) {
      self.natural = natural
      minimum = min(natural, max(uncuttable, Column.least))
    }

    private static let least = 8
  }

  /// The columns that are shown, with their widths.
  private(set) var widths: [(column: Int, width: Int)]

  /// How many of the shown columns stand before the place where columns were left out; nil when all are shown.
  private(set) var gap: Int?

  /// The width of the mark for columns that were left out.
  static let gapWidth = 1

  /// Fits columns.
  ///
  /// - Parameters:
  ///   - columns: The columns.
  ///   - available: How wide the table may be; nil for no limit.
  ///   - perColumn: The width of what stands between two columns.
  ///   - fixed: The width that is spent once.
  init(_ columns: [Column], available: Int?, perColumn: Int, fixed: Int) {
    widths = columns.enumerated().map { ($0, $1.natural) }
    guard let available else { return }

    func space(for count: Int, hasGap: Bool) -> Int {
      available - fixed - perColumn * (count + (hasGap ? 1 : 0)) - (hasGap ? Self.gapWidth : 0)
    }
    if let fitting = Self.lowered(columns, to: space(for: columns.count, hasGap: false)) {
      widths = fitting.enumerated().map { ($0, $1) }
      return
    }
    var front = (columns.count + 1) / 2
    var back = columns.count - front
    while front + back > 1 {
      if front > back { front -= 1 } else { back -= 1 }
      let chosen = Array(columns.indices.prefix(front) + columns.indices.suffix(back))
      if let fitting = Self.lowered(chosen.map { columns[$0] }, to: space(for: chosen.count, hasGap: true)) {
        widths = zip(chosen, fitting).map { ($0, $1) }
        gap = front
        return
      }
    }
    // Not even one column fits: it takes what there is.
    let hasGap = columns.count > 1
    widths = columns.isEmpty ? [] : [(0, max(1, min(columns[0].natural, space(for: 1, hasGap: hasGap))))]
    gap = hasGap ? 1 : nil
  }

  /// Lowers the widest columns until all fit; nil when they do not fit at their minimum.
  private static func lowered(_ columns: [Column], to space: Int) -> [Int]? {
    func widths(limit: Int) -> [Int] {
      columns.map { max(min($0.natural, limit), $0.minimum) }
    }
    func fits(_ limit: Int) -> Bool { widths(limit: limit).reduce(0, +) <= space }
    guard fits(0) else { return nil }
    var low = 0
    var high = columns.map(\.natural).max() ?? 0
    while low < high {
      let middle = (low + high + 1) / 2
      if fits(middle) { low = middle } else { high = middle - 1 }
    }
    var result = widths(limit: low)
    // What is left after the last whole step goes to the first columns that were cut.
    var rest = space - result.reduce(0, +)
    for index in result.indices where rest > 0 && result[index] < columns[index].natural {
      result[index] += 1
      rest -= 1
    }
    return result
  }
}
