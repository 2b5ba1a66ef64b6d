internal import SQLText

/// Reads the report lines of a script: comments that stand alone on their line, `-- key: value`.
struct ReportPlanParser {
  private enum Key: String, CaseIterable { case report, section, text }

  private struct Directive {
    let key: Key
    let value: Substring
    let line: Int
    let column: Int
    let offset: Int
  }

  /// A section that still waits for the text lines below it.
  private struct OpenSection {
    let heading: String
    let chart: ReportChart?
    let statement: Int
    let line: Int
    var texts: [String] = []
  }

  private let statements: [SQLStatement]
  private var problems: [ReportError.Problem] = []
  private var reportLine: Int?
  private var file: String?
  private var title: String?
  private var introduction: [String] = []
  private var sections: [OpenSection] = []

  static func parse(_ source: String) throws(ReportError) -> ReportPlan? {
    let tokens: [SQLToken]
    let statements: [SQLStatement]
    do {
      tokens = try SQLTokenizer.tokenize(source)
      statements = try SQLStatements.split(source)
    } catch {
      throw ReportError(line: error.line, column: error.column, error.message)
    }
    var parser = ReportPlanParser(statements: statements)
    let directives = parser.directives(among: tokens)
    guard directives.contains(where: { $0.key == .report }) else { return nil }
    for directive in directives { parser.take(directive) }
    return try parser.plan()
  }

  private init(statements: [SQLStatement]) {
    self.statements = statements
  }

  // MARK: Comments to directives

  private mutating func directives(among tokens: [SQLToken]) -> [Directive] {
    var found: [Directive] = []
    var lastLine = 0
    for token in tokens {
      let newlines = token.text.utf8.count(where: { $0 == 10 })
      defer { lastLine = token.line + newlines }
      // A comment behind code on the same line is about that code.
      guard token.kind == .lineComment, token.line > lastLine else { continue }
      let text = token.text
      guard let start = text.firstIndex(where: { $0 != "-" && !$0.isWhitespace }),
        let colon = text[start...].firstIndex(where: { !$0.isLetter }), text[colon] == ":"
      else { continue }
      let word = text[start..<colon].lowercased()
      let afterColon = text.index(after: colon)
      let valueStart = text[afterColon...].firstIndex { !$0.isWhitespace } ?? text.endIndex
      guard let key = Key(rawValue: word) else {
        checkSpelling(of: word, line: token.line, column: token.column + text[..<start].unicodeScalars.count)
        continue
      }
      found.append(
        Directive(
          key: key, value: text[valueStart...].trimmedEnd, line: token.line,
          column: token.column + text[..<valueStart].unicodeScalars.count, offset: token.utf8Offset))
    }
    return found
  }

  /// Only a long key is told from an ordinary comment by nearness: `-- test:` and `-- next:` are plain words.
  private mutating func checkSpelling(of word: String, line: Int, column: Int) {
    guard NearestName.suggestion(for: word, among: [Key.section.rawValue]) != nil else { return }
    report(
      line, column, "unknown report line `\(word):`",
      hint: "Did you mean `section:`? Leave the colon out if this is an ordinary comment")
  }

  // MARK: Directives to a plan

  private mutating func take(_ directive: Directive) {
    let next = statements.firstIndex { $0.utf8Range.lowerBound > directive.offset } ?? statements.count
    if next > 0, statements[next - 1].utf8Range.contains(directive.offset) {
      report(
        directive.line, nil,
        "`\(directive.key.rawValue):` stands inside the statement that starts in line \(statements[next - 1].line)",
        hint: "End that statement with `;`")
      return
    }
    switch directive.key {
    case .report: takeReport(directive)
    case .section: takeSection(directive, statement: next)
    case .text: takeText(directive, statement: next)
    }
  }

  private mutating func takeReport(_ directive: Directive) {
    guard reportLine == nil else {
      report(directive.line, nil, "a script makes one report, but this is its second `report:` line")
      return
    }
    reportLine = directive.line
    guard let options = options(directive.value, of: directive, allowed: ["file", "title"]) else { return }
    title = options["title"]?.value
    file = options["file"]?.value
    guard let option = options["file"] else {
      report(
        directive.line, directive.column, "the report has no file",
        hint: "Write -- report: file=reports/NAME.md title=\"…\"")
      return
    }
    if let refusal = ReportPath.refusal(of: option.value) {
      report(
        directive.line, option.column, "the file `\(option.value)` cannot be used: \(refusal)",
        hint: "Name a file inside the workspace, such as reports/retail.md")
    } else if !option.value.hasSuffix(".md") || ReportPath.stem(of: option.value).hasPrefix(".") {
      report(
        directive.line, option.column, "the file `\(option.value)` does not end in .md",
        hint: "Reports are Markdown files")
    }
  }

  private mutating func takeSection(_ directive: Directive, statement: Int) {
    let bar = directive.value.lastIndex(of: "|")
    let heading = String(directive.value[..<(bar ?? directive.value.endIndex)].trimmedEnd)
    var chart: ReportChart?
    if let bar {
      let start = directive.value.index(after: bar)
      chart = self.chart(
        directive.value[start...], of: directive,
        column: directive.column + directive.value[..<start].unicodeScalars.count)
    }
    if heading.isEmpty {
      report(
        directive.line, directive.column, "the section has no heading", hint: "Write -- section: Heading")
    }
    sections.append(
      OpenSection(heading: heading, chart: chart, statement: statement, line: directive.line))
  }

  private mutating func takeText(_ directive: Directive, statement: Int) {
    guard let last = sections.last else {
      introduction.append(String(directive.value))
      return
    }
    guard last.statement == statement else {
      report(
        directive.line, nil,
        "this text belongs to no section: the statement of `\(last.heading)` stands above it",
        hint: "Put it between the section's line and its statement")
      return
    }
    sections[sections.count - 1].texts.append(String(directive.value))
  }

  private mutating func chart(_ text: Substring, of directive: Directive, column: Int) -> ReportChart? {
    guard
      let options = options(text, of: directive, column: column, allowed: ["chart", "x", "y", "series"])
    else { return nil }
    let example = "Write | chart=line x=COLUMN y=COLUMN, and series=COLUMN for several lines"
    guard let kindOption = options["chart"] else {
      report(directive.line, column, "behind `|` stands a chart, but `chart` is missing", hint: example)
      return nil
    }
    guard let kind = ReportChart.Kind(rawValue: kindOption.value) else {
      let kinds = ReportChart.Kind.allCases.map(\.rawValue)
      let nearest = NearestName.suggestion(for: kindOption.value, among: kinds)
      report(
        directive.line, kindOption.column, "there is no chart `\(kindOption.value)`",
        hint: nearest.map { "Did you mean chart=\($0)?" } ?? "There are: \(kinds.joined(separator: ", "))")
      return nil
    }
    guard let x = options["x"]?.value, let y = options["y"]?.value else {
      let missing = ["x", "y"].filter { options[$0] == nil }.map { "`\($0)`" }.joined(separator: " and ")
      report(directive.line, column, "the chart lacks \(missing)", hint: example)
      return nil
    }
    return ReportChart(kind: kind, x: x, y: y, series: options["series"]?.value)
  }

  private mutating func options(
    _ text: Substring, of directive: Directive, column: Int? = nil, allowed: [String]
  ) -> ReportOptions? {
    do {
      return try ReportOptions(text, column: column ?? directive.column, allowed: allowed)
    } catch {
      report(directive.line, error.column, error.message, hint: error.hint)
      return nil
    }
  }

  private mutating func plan() throws(ReportError) -> ReportPlan {
    if sections.isEmpty {
      report(
        reportLine ?? 1, nil, "the report has no sections",
        hint: "Write -- section: Heading above each query that it shows")
    }
    for (index, section) in sections.enumerated() {
      let following = index + 1 < sections.count ? sections[index + 1].statement : statements.count
      if section.statement >= following {
        report(
          section.line, nil, "the section `\(section.heading)` has no statement",
          hint: "Put the query that it shows below it")
      }
    }
    guard problems.isEmpty, let file else {
      throw ReportError(problems: problems.sorted { $0.line < $1.line })
    }
    return ReportPlan(
      file: file, title: title ?? ReportPath.stem(of: file), introduction: introduction,
      sections: sections.map {
        ReportSection(
          heading: $0.heading, texts: $0.texts, chart: $0.chart, statement: $0.statement, line: $0.line)
      })
  }

  private mutating func report(_ line: Int, _ column: Int?, _ message: String, hint: String? = nil) {
    problems.append(ReportError.Problem(line: line, column: column, message: message, hint: hint))
  }
}

extension Substring {
  /// Without white space at its end.
  fileprivate var trimmedEnd: Substring {
    guard let last = lastIndex(where: { !$0.isWhitespace }) else { return self[startIndex..<startIndex] }
    return self[...last]
  }
}
