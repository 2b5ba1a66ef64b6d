import Foundation
import TestKit
import Testing

@testable import Pipelines

@Suite("Report plans")
struct ReportPlanTests {
  private func problems(_ source: String) -> [String] {
    do {
      _ = try ReportPlan.parse(source: source)
      return []
    } catch {
      return error.problems.map(\.description)
    }
  }

  @Test("a script's report lines become title, file, introduction and sections")
  func parses() throws {
    let plan = try ReportPlan.parse(
      source: """
        -- What this is for, in words: nothing to read.
        -- report: file=reports/retail.md title="The ""retail"" report"
        -- text: First line.
        CREATE TEMP TABLE t AS SELECT 1;

        -- section: Money | by month | chart=line x=month y="Revenue, millions" series=channel
        -- text: One.
        -- text:
        -- text: Two.
        SELECT ';' AS a -- text: about the column
        FROM t;

        /* -- section: not here */
        SELECT 'set-up';
        -- section: Plain
        SELECT 2
        """)
    #expect(
      plan
        == ReportPlan(
          file: "reports/retail.md", title: "The \"retail\" report", introduction: ["First line."],
          sections: [
            ReportSection(
              heading: "Money | by month", texts: ["One.", "", "Two."],
              chart: ReportChart(kind: .line, x: "month", y: "Revenue, millions", series: "channel"),
              statement: 1, line: 6),
            ReportSection(heading: "Plain", statement: 3, line: 15),
          ]))
  }

  @Test(
    "a script without a report line is no report", arguments: ["", "SELECT 1", "-- section: A\nSELECT 1"])
  func noReport(source: String) throws {
    #expect(try ReportPlan.parse(source: source) == nil)
  }

  @Test("the title is the file's name when none is given, and lines may end as on Windows")
  func defaults() throws {
    let plan = try #require(
      try ReportPlan.parse(source: "--report: file=a/b.c.md\r\n-- Section: S \r\n-- text: T \r\nSELECT 1\r\n")
    )
    #expect(plan.title == "b.c")
    #expect(plan.sections.map(\.heading) == ["S"])
    #expect(plan.sections.map(\.texts) == [["T"]])
  }

  @Test("the retail example is a report with charts of both kinds and a text for every section")
  func example() throws {
    let source = try String(
      contentsOfFile: Checkout.folder + "/examples/tpcds/publish/report.sql", encoding: .utf8)
    let plan = try #require(try ReportPlan.parse(source: source))
    #expect(plan.file == "reports/retail.md")
    #expect(plan.title == "Retail report")
    #expect(plan.sections.map(\.statement) == Array(0..<plan.sections.count))
    #expect(plan.sections.contains { $0.chart?.kind == .line })
    #expect(plan.sections.contains { $0.chart?.kind == .bar })
    #expect(plan.sections.allSatisfy { !$0.texts.isEmpty })
  }

  @Test(
    "errors name the place, what was read and what is allowed",
    arguments: [
      (
        "-- report: title=\"T\"\n-- section: A\nSELECT 1",
        "1:12: the report has no file. Write -- report: file=reports/NAME.md title=\"…\""
      ),
      (
        "-- report: file=a.md titel=T\n-- section: A\nSELECT 1",
        "1:22: unknown option `titel`. Did you mean `title`?"
      ),
      (
        "-- report: file=a.md colour=red\n-- section: A\nSELECT 1",
        "1:22: unknown option `colour`. Allowed here: file, title"
      ),
      (
        "-- report: file=a.md file=b.md\n-- section: A\nSELECT 1",
        "1:22: option `file` is given twice"
      ),
      (
        "-- report: file=a.md title=\"T\n-- section: A\nSELECT 1",
        "1:22: the quote around the value of `title` is not closed. "
          + "End the value with \"; write \"\" for a quote inside"
      ),
      (
        "-- report: file=a.md title=Two words\n-- section: A\nSELECT 1",
        "1:32: expected key=value, found `words`. Put a value with spaces in double quotes"
      ),
      (
        "-- report: file=\n-- section: A\nSELECT 1",
        "1:12: option `file` has no value. Write file=…"
      ),
      (
        "-- report: file=../a.md\n-- section: A\nSELECT 1",
        "1:12: the file `../a.md` cannot be used: `..` leads out of the folder. "
          + "Name a file inside the workspace, such as reports/retail.md"
      ),
      (
        "-- report: file=/etc/a.md\n-- section: A\nSELECT 1",
        "1:12: the file `/etc/a.md` cannot be used: it is absolute. "
          + "Name a file inside the workspace, such as reports/retail.md"
      ),
      (
        "-- report: file=a.html\n-- section: A\nSELECT 1",
        "1:12: the file `a.html` does not end in .md. Reports are Markdown files"
      ),
      (
        "-- report: file=a.md\nSELECT 1",
        "1: the report has no sections. Write -- section: Heading above each query that it shows"
      ),
      (
        "-- report: file=a.md\n-- section:\nSELECT 1",
        "2:12: the section has no heading. Write -- section: Heading"
      ),
      (
        "-- report: file=a.md\n-- section: A | chart=pie x=a y=b\nSELECT 1",
        "2:17: there is no chart `pie`. There are: line, bar"
      ),
      (
        "-- report: file=a.md\n-- section: A | chart=lien x=a y=b\nSELECT 1",
        "2:17: there is no chart `lien`. Did you mean chart=line?"
      ),
      (
        "-- report: file=a.md\n-- section: A | chart=bar y=b\nSELECT 1",
        "2:16: the chart lacks `x`. Write | chart=line x=COLUMN y=COLUMN, and series=COLUMN for several lines"
      ),
      (
        "-- report: file=a.md\n-- section: A | x=a y=b\nSELECT 1",
        "2:16: behind `|` stands a chart, but `chart` is missing. "
          + "Write | chart=line x=COLUMN y=COLUMN, and series=COLUMN for several lines"
      ),
      (
        "-- report: file=a.md\n-- section: Ä | chart=bar x=a y=b sereis=c\nSELECT 1",
        "2:35: unknown option `sereis`. Did you mean `series`?"
      ),
      (
        "-- report: file=a.md\n-- section: A\n-- section: B\nSELECT 1",
        "2: the section `A` has no statement. Put the query that it shows below it"
      ),
      (
        "-- report: file=a.md\n-- section: A\nSELECT 1\n-- section: B\nSELECT 2",
        "4: `section:` stands inside the statement that starts in line 3. End that statement with `;`"
      ),
      (
        "-- report: file=a.md\n-- section: A\nSELECT 1;\n-- text: late\nSELECT 2",
        "4: this text belongs to no section: the statement of `A` stands above it. "
          + "Put it between the section's line and its statement"
      ),
      (
        "-- report: file=a.md\n-- report: file=b.md\n-- section: A\nSELECT 1",
        "2: a script makes one report, but this is its second `report:` line"
      ),
      (
        "-- report: file=a.md\n-- secton: A\nSELECT 1;\n-- section: B\nSELECT 1",
        "2:4: unknown report line `secton:`. Did you mean `section:`? "
          + "Leave the colon out if this is an ordinary comment"
      ),
    ])
  func teaches(source: String, expected: String) {
    #expect(problems(source) == [expected])
  }

  @Test("all problems are collected, and the description is one line with the first and a count")
  func collects() throws {
    let source = "-- report: fiel=a.md\n-- section: A | chart=pie x=a y=b\nSELECT 1;\n-- section: B"
    #expect(problems(source).count == 3)
    let error = #expect(throws: ReportError.self) { try ReportPlan.parse(source: source) }
    #expect(
      error?.inFile("publish/report.sql").description
        == "publish/report.sql:1:12: unknown option `fiel`. Did you mean `file`? (and 2 more)")
    #expect(error?.description.hasPrefix("line 1:12: unknown") == true)
    #expect(error?.line == 1)
    #expect(error?.message == "unknown option `fiel`. Did you mean `file`? (and 2 more)")
  }

  @Test("a script that is no SQL is told so with its place")
  func unterminated() {
    let error = #expect(throws: ReportError.self) {
      try ReportPlan.parse(source: "-- report: file=a.md\n-- section: A\nSELECT 'open")
    }
    #expect(error?.problems.map(\.line) == [3])
  }
}
