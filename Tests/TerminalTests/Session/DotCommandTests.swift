import Testing

@testable import Terminal

@Suite struct DotCommandTests {
  @Test(arguments: [
    (".tables", DotCommand.tables(pattern: nil)), (".tables ord%", .tables(pattern: "ord%")),
    (".schema orders;", .schema(table: "orders")), (".SNAPSHOTS", .snapshots), (".lakes ;", .lakes),
    (".use archive", .use(lake: "archive")), (".mode", .mode(nil)), (".mode CSV", .mode(.csv)),
    (".output a.csv", .output(file: "a.csv")), (".output 'my file.csv'", .output(file: "my file.csv")),
    (".output -", .output(file: nil)), (".timer on", .timer(true)), (".timer off", .timer(false)),
    (".limit 10", .limit(10)), (".limit off", .limit(nil)), (".limit 0", .limit(nil)),
    (".read a.sql", .read(file: "a.sql")), (".help", .help), (".quit", .quit), (".exit", .quit),
  ])
  func commands(line: String, expected: DotCommand) throws {
    #expect(try DotCommand.parse(line) == expected)
  }

  @Test(arguments: [
    (".tabels", "unknown command .tabels. Did you mean .tables?"),
    (".xyzzy", "unknown command .xyzzy. .help lists the commands."),
    (".", "unknown command .. .help lists the commands."),
    (".mode cvs", "unknown mode cvs. Did you mean csv?"),
    (".mode xml", "unknown mode xml. Known: table, csv, json, ndjson, markdown, line."),
    (".use", "usage: .use LAKE"), (".timer maybe", "usage: .timer on|off"),
    (".limit -1", "usage: .limit N|off"),
    (".quit now", "usage: .quit"), (".read 'a", "a quote (') is not closed"),
  ])
  func mistakes(line: String, expected: String) {
    let error = #expect(throws: DotCommandError.self) { try DotCommand.parse(line) }
    #expect(error?.description == expected)
  }
}
