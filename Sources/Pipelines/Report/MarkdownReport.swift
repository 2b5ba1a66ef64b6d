/// Writes a report as Markdown with its charts as SVG files beside it.
public enum MarkdownReport {
  /// Renders a report. The same input gives the same files, byte for byte.
  ///
  /// A section with a chart shows the chart and keeps its table folded. Numbers are aligned to the right, at most 200
  /// rows of a table are shown, and a line says how many are not.
  ///
  /// - Parameters:
  ///   - plan: what to render.
  ///   - tables: the results of the sections' statements, one for each section, in their order.
  ///   - generatedAt: a time to print below the title; nil for none.
  /// - Returns: the charts and, last, the Markdown file that links to them.
  /// - Throws: ``ReportError`` when a chart names a column that its table does not have or that holds no numbers, or
  ///   when there are not as many tables as sections.
  public static func render(
    _ plan: ReportPlan, tables: [ReportTable], generatedAt: String? = nil
  ) throws(ReportError) -> [ReportFile] {
    guard tables.count == plan.sections.count else {
      throw ReportError(
        line: plan.sections.first?.line ?? 1,
        "the report has \(plan.sections.count) sections, but \(tables.count) results were given")
    }
    var names = FileNames()
    var files: [ReportFile] = []
    var problems: [ReportError.Problem] = []
    var blocks = ["# \(plan.title)"]
    if let generatedAt { blocks.append("_Generated \(MarkdownText.escaped(generatedAt))_") }
    blocks += paragraphs(plan.introduction)
    for (section, table) in zip(plan.sections, tables) {
      blocks.append("## \(section.heading)")
      blocks += paragraphs(section.texts)
      let rendered = MarkdownTable(table: table)
      guard let chart = section.chart else {
        blocks.append(rendered.text)
        continue
      }
      do {
        let plot = try SVGPlot(title: section.heading, chart: chart, table: table, line: section.line)
        let path = plan.chartFolder + names.next(for: section.heading) + ".svg"
        files.append(ReportFile(relativePath: path, contents: plot.svg))
        let link = path.dropFirst(ReportPath.folder(of: plan.file).count)
        let description = MarkdownText.escaped(section.heading + ". " + plot.summary)
        blocks.append("![\(description)](\(MarkdownText.link(String(link))))")
        blocks.append("<details>\n<summary>\(summary(of: table))</summary>")
        blocks.append(rendered.text)
        blocks.append("</details>")
      } catch {
        problems += error.problems
      }
    }
    guard problems.isEmpty else { throw ReportError(problems: problems) }
    let contents = blocks.joined(separator: "\n\n") + "\n"
    return files + [ReportFile(relativePath: plan.file, contents: contents)]
  }

  private static func summary(of table: ReportTable) -> String {
    let count = table.rows.count + table.omittedRows
    let text = NumberText.grouped(["\(count)"]).joined()
    return "The numbers behind the chart (\(text) \(count == 1 ? "row" : "rows"))"
  }

  /// Lines of text as paragraphs, which an empty line parts.
  private static func paragraphs(_ texts: [String]) -> [String] {
    texts.split(separator: "").map { $0.joined(separator: "\n") }
  }

  /// Names of files after headings, each given once.
  private struct FileNames {
    private var taken: Set<String> = []

    mutating func next(for heading: String) -> String {
      let words = heading.lowercased().split { !($0.isASCII && ($0.isLetter || $0.isNumber)) }
      let base = words.isEmpty ? "chart" : words.joined(separator: "-")
      let shortened = base.count > 80 ? String(base.prefix(80)) : base
      var name = shortened
      var number = 2
      while !taken.insert(name).inserted {
        name = "\(shortened)-\(number)"
        number += 1
      }
      return name
    }
  }
}

extension ReportPlan {
  /// The folder of the report's charts, beside its file and with its name.
  fileprivate var chartFolder: String { ReportPath.folder(of: file) + ReportPath.stem(of: file) + "/" }
}
