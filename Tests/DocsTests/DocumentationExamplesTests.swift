import Foundation
import TestKit
import Testing

/// Runs what the documentation tells its readers to type, and compares what it prints with what the page shows.
///
/// Each page gets a new workspace (a folder in which `tarn init` was run) and one shell. In a `console` block the
/// lines that start with `$ ` are typed and the others are what is printed. A block of SQL or YAML whose first line
/// names a file (`-- file: hello.sql`) is written to that file. A command fails where its output has an error line,
/// and only there. Where a page starts a server, TARN_PORT and TARN_URL name a free port.
@Suite struct DocumentationExamplesTests {
  @Test(arguments: DocumentationPage.withCommands)
  func commandsPrintWhatThePageShows(page: DocumentationPage) async throws {
    let folder = try TemporaryFolder("docs")
    try FileManager.default.createDirectory(atPath: folder["home"], withIntermediateDirectories: true)
    let made = try await TarnProcess(in: folder.path).run("init", "workspace")
    try #require(made.status == 0, "\(made)")

    let examples = PageExamples(page)
    try folder.write(examples.bashScript, to: "page.sh")
    let binaries = (Checkout.binary as NSString).deletingLastPathComponent
    let port = try FreePort.find()
    let shell = TarnProcess(
      in: folder["workspace"],
      environment: [
        "PATH": "\(binaries):/usr/bin:/bin", "HOME": folder["home"], "TARN_PORT": String(port),
        "TARN_URL": "http://127.0.0.1:\(port)",
      ],
      executable: "/bin/bash")
    let results = PageExamples.results(in: try await shell.run(folder["page.sh"]).output)

    #expect(results.count == examples.commands.count, "the shell ended before the page did")
    for (command, result) in zip(examples.commands, results) {
      #expect(
        PageOutput.matches(result.lines, command.expected),
        """
        \(page.path):\(command.line): $ \(command.text)
        the page shows:
        \(command.expected.joined(separator: "\n"))
        printed was:
        \(result.lines.joined(separator: "\n"))
        """)
      #expect(
        (result.status != 0) == command.fails,
        "\(page.path):\(command.line): $ \(command.text) ended with \(result.status)")
    }
  }

  /// Examples that need a network, a server or minutes. A new one has to be added here, so that nobody hides one.
  @Test func examplesThatAreNotRunAreKnown() {
    let leftOut = DocumentationPage.all.flatMap { page in
      page.blocks.filter(\.isLeftOut).map { "\(page.path): \($0.lines.first ?? "")" }
    }
    #expect(leftOut.sorted() == Self.notRun.sorted())
  }

  private static let notRun = [
    "docs/reference/tarn-example.md: $ tarn example tpcds --scale 1",
    "docs/reference/tarn-lake-backup.md: $ duckdb -c \"ATTACH 'ducklake:kept/orders.duckdb' AS l (READ_ONLY); "
      + "SELECT count(*) FROM l.orders\"",
  ]

  /// A page for each command that `tarn --help` lists.
  @Test func everyCommandHasAPage() async throws {
    let folder = try TemporaryFolder("docs")
    let help = try await TarnProcess(in: folder.path).run("--help").output
    let start = try #require(help.firstRange(of: "SUBCOMMANDS:"))
    let names = help[start.upperBound...].matches(of: #/\n {2}([a-z]+) {2}/#).map { String($0.1) }
    #expect(names.count >= 7)
    for name in names where name != "help" {
      #expect(
        FileManager.default.fileExists(atPath: "\(Checkout.folder)/docs/reference/tarn-\(name).md"),
        "tarn \(name) has no page in docs/reference")
    }
  }

  @Test func someExamplesAreRun() {
    let commands = DocumentationPage.withCommands.map { PageExamples($0).commands.count }
    #expect(commands.reduce(0, +) >= 60)
  }
}

/// The comparison itself.
@Suite struct PageOutputTests {
  @Test(arguments: [
    (["a", "b"], ["a", "b"], true),
    (["a ", "b", ""], ["a", "b"], true),
    (["a"], ["a", "b"], false),
    (["a", "b", "c"], ["a", "..."], true),
    (["a", "b", "c"], ["...", "c"], true),
    (["a", "b", "c"], ["...", "b"], false),
    (["made in 12 ms"], ["made in 0.4 s"], true),
    (["made 12 rows"], ["made 13 rows"], false),
    (["a      b", "──"], ["a  b", "─────"], true),
    (["ab"], ["a...b...b"], false),
    (["axbyb"], ["a...b...b"], true),
    ([], ["..."], true),
  ])
  func matches(printed: [String], expected: [String], result: Bool) {
    #expect(PageOutput.matches(printed, expected) == result)
  }

  @Test func commandsAreReadFromAConsoleBlock() {
    let block = DocumentationPage.Block(
      info: "console", line: 10,
      lines: ["$ tarn sql 'SELECT 1", "> AS x'", "x", "", "$ tarn nothing", "tarn: no", ""])
    let commands = PageExamples.commands(in: block)
    #expect(commands.map(\.text) == ["tarn sql 'SELECT 1\nAS x'", "tarn nothing"])
    #expect(commands.map(\.expected) == [["x"], ["tarn: no"]])
    #expect(commands.map(\.fails) == [false, true])
    #expect(commands.map(\.line) == [11, 15])
  }
}
