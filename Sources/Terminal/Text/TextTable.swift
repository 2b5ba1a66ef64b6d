/// A small table without lines around it, for lists and closing summaries.
///
/// ```swift
/// var table = TextTable(["lake", "catalog", .init("rows", .right)])
/// table.add(["main", "sqlite", HumanText.count(1234)])
/// for line in table.render(width: terminal.width, style: terminal.style) { print(line) }
/// ```
public struct TextTable: Sendable, Hashable {
  /// A column's heading.
  public struct Column: Sendable, Hashable, ExpressibleByStringLiteral {
    /// The heading; empty for none.
    public var title: String

    /// On which side its texts stand.
    public var alignment: Alignment

    /// Makes a column.
    public init(_ title: String, _ alignment: Alignment = .left) {
      self.title = title
      self.alignment = alignment
    }

    /// Makes a column whose texts stand on the left.
    public init(stringLiteral title: String) {
      self.init(title)
    }
  }

  /// The columns.
  public let columns: [Column]

  private var rows: [[String]] = []
  private var footer: [String]?

  /// Makes an empty table.
  public init(_ columns: [Column]) {
    self.columns = columns
  }

  /// How many rows it has, the footer aside.
  public var rowCount: Int { rows.count }

  /// Adds a row. Missing cells are empty, cells too many are dropped.
  public mutating func add(_ cells: [String]) {
    rows.append(completed(cells))
  }

  /// Sets a last row, apart from the others, for sums.
  public mutating func setFooter(_ cells: [String]) {
    footer = completed(cells)
  }

  /// The table's lines.
  ///
  /// - Parameters:
  ///   - width: How wide it may be; nil for no limit.
  ///   - style: Colours and weights.
  public func render(width: Int? = nil, style: TextStyle = .plain) -> [String] {
    let titles = columns.map(\.title)
    let all = [titles] + rows + (footer.map { [$0] } ?? [])
    let fit = ColumnFit(
      columns.indices.map { column in
        let natural = all.map { DisplayWidth.of($0[column]) }.max() ?? 0
        return ColumnFit.Column(
          natural: natural, uncuttable: columns[column].alignment == .left ? 0 : natural)
      }, available: width, perColumn: 2, fixed: -2)

    var lines: [String] = []
    if titles.contains(where: { !$0.isEmpty }) { lines.append(line(titles, fit, style.bold)) }
    lines += rows.map { line($0, fit) { $0 } }
    if let footer {
      let width = fit.widths.reduce(-2) { $0 + $1.width + 2 }
      lines.append(style.dim(String(repeating: "─", count: max(0, width))))
      lines.append(line(footer, fit, style.bold))
    }
    return lines
  }

  private func completed(_ cells: [String]) -> [String] {
    columns.indices.map { $0 < cells.count ? DisplayText.line(of: cells[$0]) : "" }
  }

  private func line(_ cells: [String], _ fit: ColumnFit, _ decorate: (String) -> String) -> String {
    var parts = fit.widths.map { column, width in
      DisplayText.padded(DisplayText.cut(cells[column], to: width), to: width, columns[column].alignment)
    }
    if let gap = fit.gap { parts.insert("…", at: gap) }
    var text = parts.joined(separator: "  ")
    while text.last == " " { text.removeLast() }
    return decorate(text)
  }
}
