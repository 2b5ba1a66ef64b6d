import ArgumentParser

/// `tarn load`: rows from files and databases into a lake's tables.
struct LoadCommand: AsyncParsableCommand {
  static var configuration: CommandConfiguration {
    CommandConfiguration(
      commandName: "load", abstract: "Load files and databases into tables of a lake.",
      discussion: """
        tarn load SOURCE… --into [LAKE/]SCHEMA loads; tarn load run --help tells its options.
        A source is a file, a pattern, a folder, - for standard input, or the address of a database. \
        All tables of a load become visible in one snapshot, or none does.
        """,
      subcommands: [
        Run.self, Init.self, Status.self, History.self, Schema.self, Drop.self, Sync.self,
      ], defaultSubcommand: Run.self)
  }
}
