/// What a report script asks for: the file to write, and what stands in it.
///
/// A report is a SQL script whose comments say how its results are shown:
/// ```sql
/// -- report: file=reports/retail.md title="Retail report"
/// -- section: Monthly revenue | chart=line x=month y=revenue series=channel
/// -- text: Revenue is what customers paid after coupons.
/// SELECT month, channel, revenue FROM monthly_revenue ORDER BY month;
/// ```
/// A statement without a `section:` line above it is set-up and is not shown.
public struct ReportPlan: Sendable, Hashable {
  /// The Markdown file, relative to the folder that reports are written to.
  public let file: String
  /// The report's title.
  public let title: String
  /// The `text:` lines above the first section.
  public let introduction: [String]
  /// The sections, in the order of the script.
  public let sections: [ReportSection]

  /// A plan from its parts; the charts' columns are checked when it is rendered.
  public init(file: String, title: String, introduction: [String] = [], sections: [ReportSection]) {
    self.file = file
    self.title = title
    self.introduction = introduction
    self.sections = sections
  }

  /// Reads the report lines of a script.
  ///
  /// - Parameter source: the whole script.
  /// - Returns: nil when the script has no `-- report:` line, and so makes no report.
  /// - Throws: ``ReportError`` with everything that is wrong in the report lines, or with the first unterminated
  ///   quote or comment of the script.
  public static func parse(source: String) throws(ReportError) -> ReportPlan? {
    try ReportPlanParser.parse(source)
  }
}

/// One heading of a report with the statement whose result it shows.
public struct ReportSection: Sendable, Hashable {
  /// The heading.
  public let heading: String
  /// The `text:` lines below the heading. They are Markdown; an empty one starts a new paragraph.
  public let texts: [String]
  /// The chart, when the section has one besides its table.
  public let chart: ReportChart?
  /// The statement among the script's statements, from 0.
  public let statement: Int
  /// The line of the `section:` comment, from 1.
  public let line: Int

  /// A section from its parts.
  public init(heading: String, texts: [String] = [], chart: ReportChart? = nil, statement: Int, line: Int) {
    self.heading = heading
    self.texts = texts
    self.chart = chart
    self.statement = statement
    self.line = line
  }
}

/// How a section's result is drawn.
public struct ReportChart: Sendable, Hashable {
  /// The kinds of charts.
  public enum Kind: String, Sendable, CaseIterable {
    case line, bar
  }

  /// The kind of chart.
  public let kind: Kind
  /// The column along the axis: numbers, dates or names.
  public let x: String
  /// The column with the values.
  public let y: String
  /// The column that tells several lines, or bars side by side, apart.
  public let series: String?

  /// A chart from its parts.
  public init(kind: Kind, x: String, y: String, series: String? = nil) {
    self.kind = kind
    self.x = x
    self.y = y
    self.series = series
  }
}
