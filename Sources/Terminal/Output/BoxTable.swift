/// A table in box-drawing lines, laid out from texts. Pure.
///
/// The layout comes from the rows that are known when it is made. Rows that are written later keep to it: what is too
/// wide then sticks out, or is cut where the table has a limit.
struct BoxTable {
  /// A column's heading.
  struct Column {
    var name: String
    /// Shown under the name, where it is not empty.
    var type: String
    var alignment: Alignment
  }

  /// The lines of each cell; nil is NULL.
  typealias Row = [[String]?]

  private let columns: [Column]
  private let fit: ColumnFit
  private let style: TextStyle
  private let isLimited: Bool

  /// A type's name does not make its column wider than this.
  private static let typeWidthLimit = 16

  private static let null = "NULL"

  /// Makes a layout.
  ///
  /// - Parameters:
  ///   - columns: The headings.
  ///   - rows: Rows that the columns have to hold.
  ///   - width: How wide the table may be; nil for no limit.
  ///   - style: Colours and weights.
  init(columns: [Column], rows: [Row], width: Int?, style: TextStyle = .plain) {
    self.columns = columns
    self.style = style
    isLimited = width != nil
    let naturals = columns.indices.map { column in
      var values = 1
      for row in rows {
        for line in row[column] ?? [Self.null] { values = max(values, DisplayWidth.of(line)) }
      }
      let name = DisplayWidth.of(DisplayText.line(of: columns[column].name))
      let type = min(Self.typeWidthLimit, DisplayWidth.of(columns[column].type))
      let isNumber = columns[column].alignment == .right
      return ColumnFit.Column(natural: max(name, type, values), uncuttable: isNumber ? values : 0)
    }
    fit = ColumnFit(naturals, available: width, perColumn: 3, fixed: 1)
  }

  /// The lines of a cell's text.
  ///
  /// - Parameters:
  ///   - text: The text, or nil for NULL.
  ///   - limit: How many lines it may take; nil for all.
  static func cell(_ text: String?, limit: Int?) -> [String]? {
    guard let text else { return nil }
    let lines = DisplayText.lines(of: text)
    guard let limit, lines.count > limit else { return lines }
    return lines.prefix(max(0, limit - 1)) + ["…"]
  }

  /// The lines above the rows.
  var top: [String] {
    var lines = [rule("┌", "┬", "┐")]
    let names = fit.widths.map { column, width in
      style.bold(fitted(DisplayText.line(of: columns[column].name), width, .center))
    }
    lines.append(line(names, gapMark: style.dim("…")))
    if columns.contains(where: { !$0.type.isEmpty }) {
      let types = fit.widths.map { column, width in
        style.dim(DisplayText.padded(DisplayText.cut(columns[column].type, to: width), to: width, .center))
      }
      lines.append(line(types, gapMark: " "))
    }
    lines.append(rule("├", "┼", "┤"))
    return lines
  }

  /// The line below the rows.
  var bottom: String { rule("└", "┴", "┘") }

  /// The line in place of rows that are left out.
  var gap: String {
    line(fit.widths.map { style.dim(fitted("⋮", $0.width, .center)) }, gapMark: " ")
  }

  /// The lines of a row.
  func lines(of row: Row) -> [String] {
    let height = fit.widths.map { row[$0.column]?.count ?? 1 }.max() ?? 1
    return (0..<height).map { index in
      let cells = fit.widths.map { column, width -> String in
        let alignment = columns[column].alignment
        guard let lines = row[column] else {
          return style.dim(fitted(index == 0 ? Self.null : "", width, alignment))
        }
        return fitted(index < lines.count ? lines[index] : "", width, alignment)
      }
      return line(cells, gapMark: style.dim("…"))
    }
  }

  private func rule(_ left: String, _ middle: String, _ right: String) -> String {
    var parts = fit.widths.map { String(repeating: "─", count: $0.width + 2) }
    if let gap = fit.gap { parts.insert(String(repeating: "─", count: ColumnFit.gapWidth + 2), at: gap) }
    return style.dim(left + parts.joined(separator: middle) + right)
  }

  /// One line of cells that have their width already.
  private func line(_ cells: [String], gapMark: String) -> String {
    var cells = cells
    if let gap = fit.gap { cells.insert(gapMark, at: gap) }
    let bar = style.dim("│")
    return "\(bar) " + cells.joined(separator: " \(bar) ") + " \(bar)"
  }

  private func fitted(_ text: String, _ width: Int, _ alignment: Alignment) -> String {
    DisplayText.padded(isLimited ? DisplayText.cut(text, to: width) : text, to: width, alignment)
  }
}
