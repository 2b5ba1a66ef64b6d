import ArgumentParser
import Lake
import Terminal

extension LakeCommand {
  struct Diff: AsyncParsableCommand {
    static var configuration: CommandConfiguration {
      CommandConfiguration(
        commandName: "diff", abstract: "What differs between two snapshots: schema and rows.")
    }
    @OptionGroup var options: LakeOptions
    @Argument(help: "The snapshot to start from: a number, a time, or a tag.") var from: String
    @Argument(help: "The snapshot to arrive at; it may be the older one.") var to: String
    @Argument(help: "One table: TABLE or SCHEMA.TABLE.") var table: String?
    @Option(name: .long, help: "Show up to N rows of each kind for each table.") var samples: Int = 0

    func validate() throws {
      guard (0...1000).contains(samples) else { throw ValidationError("--samples takes 0 to 1000") }
    }

    func run() async throws {
      try await options.withLake { lake in
        let target = table.map(TableArgument.split)
        let diff = try await lake.diff(
          from: try await lake.snapshot(from), to: try await lake.snapshot(to),
          table: target.map { ($0.schema, $0.table) }, samples: samples)
        if options.json { return try JSONOutput.print(diff) }
        DiffText.print(diff)
      }
    }
  }
}

/// A diff for people.
private enum DiffText {
  static func print(_ diff: LakeDiff) {
    if diff.schema.isEmpty, diff.tables.isEmpty {
      return Console.note("snapshots \(diff.from) and \(diff.to) do not differ")
    }
    if !diff.schema.isEmpty {
      TablePrinter.print(
        ["change", "of", "before", "after"],
        diff.schema.map { [$0.kind.description, $0.object, $0.before ?? "", $0.after ?? ""] })
    }
    if !diff.schema.isEmpty, !diff.tables.isEmpty { Swift.print() }
    if !diff.tables.isEmpty {
      TablePrinter.print(
        [
          "table", TextTable.Column("inserted", .right), .init("deleted", .right), .init("updated", .right),
        ],
        diff.tables.map { ["\($0.schema).\($0.table)", "\($0.inserted)", "\($0.deleted)", "\($0.updated)"] })
    }
    for table in diff.tables where !table.samples.isEmpty {
      Swift.print("\n\(table.schema).\(table.table)")
      for line in table.samples.flatMap(\.lines) { Swift.print(line) }
    }
  }
}

extension RowSample {
  fileprivate var lines: [String] {
    func text(_ row: [String: SampleValue]) -> String {
      row.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: " ")
    }
    return (before.map { ["- " + text($0)] } ?? []) + (after.map { ["+ " + text($0)] } ?? [])
  }
}
