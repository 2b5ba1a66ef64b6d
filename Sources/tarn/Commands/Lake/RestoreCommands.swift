import ArgumentParser
import Lake
import Terminal

extension LakeCommand {
  struct Restore: AsyncParsableCommand {
    static var configuration: CommandConfiguration {
      CommandConfiguration(
        commandName: "restore",
        abstract: "Make a lake, or one table, what it was; as a new snapshot, so nothing is lost.")
    }
    @OptionGroup var options: LakeOptions
    @Option(name: .long, help: "The snapshot: a number, a time, or a tag.") var to: String
    @Option(name: .long, help: "One table: TABLE or SCHEMA.TABLE; without it, the whole lake.")
    var table: String?

    func run() async throws {
      try await options.withLake { lake in
        let target = table.map(TableArgument.split)
        let report = try await lake.restore(
          to: try await lake.snapshot(to), table: target.map { ($0.schema, $0.table) }, author: Author.name)
        if options.json { return try JSONOutput.print(report) }
        RestoreText.print(report)
      }
    }
  }

  struct Undrop: AsyncParsableCommand {
    static var configuration: CommandConfiguration {
      CommandConfiguration(
        commandName: "undrop", abstract: "Bring back the last dropped table of a name.")
    }
    @OptionGroup var options: LakeOptions
    @Argument(help: "The table: TABLE or SCHEMA.TABLE.") var table: String
    @Option(name: .long, help: "Its schema.") var schema: String?

    func run() async throws {
      try await options.withLake { lake in
        let target = schema.map { ($0, table) } ?? TableArgument.split(table)
        let report = try await lake.undrop(target.1, schema: target.0, author: Author.name)
        if options.json { return try JSONOutput.print(report) }
        RestoreText.print(report)
      }
    }
  }
}

/// What a restore did, for people.
private enum RestoreText {
  static func print(_ report: RestoreReport) {
    for line in report.leftOut { Console.note("left out: \(line)") }
    guard let snapshot = report.snapshot else {
      return Console.note("nothing to do: all is as it was at snapshot \(report.restored)")
    }
    Console.note("restored to snapshot \(report.restored), as snapshot \(snapshot)")
    if !report.tables.isEmpty {
      TablePrinter.print(
        [
          "table", "how", TextTable.Column("inserted", .right), .init("deleted", .right),
          .init("updated", .right),
        ],
        report.tables.map { table in
          let name = "\(table.schema).\(table.table)"
          let counts = [table.inserted, table.deleted, table.updated].map(String.init)
          return [name, table.way.description] + (table.way == .dropped ? ["", "", ""] : counts)
        })
    }
    for line in report.others { Swift.print(line) }
  }
}
