import ArgumentParser
import Foundation
import Lake
import LakeSettings
import Terminal
import Workspaces

struct LakeCommand: AsyncParsableCommand {
  static var configuration: CommandConfiguration {
    CommandConfiguration(
      commandName: "lake", abstract: "Lakes: make, adopt, look into.",
      subcommands: [
        List.self, Create.self, Add.self, Info.self, Snapshots.self, Tables.self, Files.self, Options.self,
        Committed.self,
        Maintain.self, Transactions.self,
        BranchCommand.self,
        Tag.self, Protect.self, Untag.self, Tags.self, Diff.self, Restore.self, Undrop.self, History.self,
        Check.self, Backup.self, Recover.self,
      ])
  }

  /// A lake named on the command line, in a workspace.
  struct LakeOptions: ParsableArguments {
    @OptionGroup var workspace: WorkspaceOptions
    @Option(name: .long, help: "The lake.") var lake: String = "main"
    @Flag(name: .long, help: "Print one JSON value.") var json = false

    func withLake<Result>(_ body: (Lake) async throws -> Result) async throws -> Result {
      let open = try workspace.open()
      let name = try open.lakeName(lake)
      return try await open.withEngine { try await body(await $0.lake(name)) }
    }
  }

  struct List: AsyncParsableCommand {
    static var configuration: CommandConfiguration {
      CommandConfiguration(commandName: "list", abstract: "The workspace's lakes.")
    }
    @OptionGroup var workspace: WorkspaceOptions
    @Flag(name: .long, help: "Print one JSON value.") var json = false

    private struct Entry: Encodable {
      let name: String
      let catalog: String
      let location: String
      let storage: String
    }

    func run() async throws {
      let entries = try workspace.open().workspace.lakes.map { lake in
        Entry(
          name: lake.name.text, catalog: lake.catalog.kind, location: lake.catalog.place,
          storage: lake.storage.dataPath)
      }
      if json { return try JSONOutput.print(entries) }
      TablePrinter.print(
        ["lake", "catalog", "at", "files"], entries.map { [$0.name, $0.catalog, $0.location, $0.storage] })
    }
  }

  struct Create: AsyncParsableCommand {
    static var configuration: CommandConfiguration {
      CommandConfiguration(
        commandName: "create", abstract: "Make a new lake and write it into tarn.yaml.")
    }
    @OptionGroup var workspace: WorkspaceOptions
    @Argument(help: "The lake's name.") var name: String
    @Option(name: .long, help: "sqlite or duckdb. (For PostgreSQL edit tarn.yaml, then tarn lake info.)")
    var catalog: String = "sqlite"
    @Option(name: .long, help: "A folder, or s3://bucket/prefix.") var storage: String = "local"

    func run() async throws {
      let open = try workspace.open()
      let name = try LakeName(self.name)
      guard ["sqlite", "duckdb"].contains(catalog) else {
        throw CommandFailure.wrongUse("--catalog is sqlite or duckdb, not '\(catalog)'")
      }
      let lines = ["catalog: \(catalog)", "storage: \(YAMLText.quoted(storage))"]
      let snapshot = try await open.add(lake: name, lines: lines) { try await $0.currentSnapshot() }
      Console.note("made lake '\(name)' (snapshot \(snapshot)) and wrote it into \(open.workspace.file)")
    }
  }

  struct Add: AsyncParsableCommand {
    static var configuration: CommandConfiguration {
      CommandConfiguration(
        commandName: "add", abstract: "Adopt a lake that plain DuckDB, dlt or another Tarn made.")
    }
    @OptionGroup var workspace: WorkspaceOptions
    @Argument(help: "The lake's name in this workspace.") var name: String
    @Option(name: .long, help: "The catalog: a SQLite or DuckDB file.") var catalog: String
    @Option(name: .long, help: "The files' place, when the catalog names none that is right from here.")
    var storage: String?

    func run() async throws {
      let open = try workspace.open()
      let name = try LakeName(self.name)
      let path = open.path(catalog)
      let kind = try CatalogFile.kind(of: path)
      let adopted = try await LakeAdoption.inspect(
        catalog: kind == "sqlite" ? .sqlite(path: path) : .duckdb(path: path))
      let place = storage.map { $0.contains("://") ? $0 : open.path($0) } ?? adopted.dataPath
      let lines = [
        "catalog: { type: \(kind), path: \(YAMLText.quoted(path)) }", "storage: \(YAMLText.quoted(place))",
      ]
      let tables = try await open.add(lake: name, lines: lines) { try await $0.tables() }
      Console.note(
        "adopted lake '\(name)' with \(tables.count) tables and wrote it into \(open.workspace.file)")
    }
  }

  struct Info: AsyncParsableCommand {
    static var configuration: CommandConfiguration {
      CommandConfiguration(
        commandName: "info", abstract: "One lake: where it is, how large, its newest snapshot.")
    }
    @OptionGroup var options: LakeOptions

    private struct Report: Encodable {
      let name: String
      let catalog: String
      let location: String
      let storage: String
      let snapshot: Int64
      let tables: Int
      let views: Int
      let rows: Int64
      let files: Int64
      let bytes: Int64
    }

    func run() async throws {
      try await options.withLake { lake in
        let tables = try await lake.tables()
        let report = Report(
          name: lake.name.text, catalog: lake.configuration.catalog.kind,
          location: lake.configuration.catalog.place, storage: lake.configuration.storage.dataPath,
          snapshot: try await lake.currentSnapshot(), tables: tables.count { $0.kind == "table" },
          views: tables.count { $0.kind == "view" }, rows: tables.reduce(0) { $0 + ($1.rows ?? 0) },
          files: tables.reduce(0) { $0 + ($1.files ?? 0) }, bytes: tables.reduce(0) { $0 + ($1.bytes ?? 0) })
        if options.json { return try JSONOutput.print(report) }
        TablePrinter.print(
          ["", ""],
          [
            ["lake", report.name], ["catalog", "\(report.catalog), \(report.location)"],
            ["files in", report.storage], ["snapshot", "\(report.snapshot)"],
            ["tables", "\(report.tables)"], ["views", "\(report.views)"], ["rows", "\(report.rows)"],
            ["files", "\(report.files)"], ["bytes", "\(report.bytes)"],
          ])
      }
    }
  }

  struct Snapshots: AsyncParsableCommand {
    static var configuration: CommandConfiguration {
      CommandConfiguration(
        commandName: "snapshots", abstract: "Versions of a lake, newest first.")
    }
    @OptionGroup var options: LakeOptions
    @Option(name: .long, help: "How many at most.") var limit: Int = 50

    func run() async throws {
      try await options.withLake { lake in
        let snapshots = try await lake.snapshots(limit: limit)
        if options.json { return try JSONOutput.print(snapshots) }
        let rows = snapshots.map { snapshot in
          [
            String(snapshot.id), snapshot.time.formatted(.iso8601),
            SnapshotText.changes(snapshot),
            snapshot.author ?? "", snapshot.message ?? "",
          ]
        }
        TablePrinter.print(["snapshot", "time", "changes", "author", "message"], rows)
      }
    }
  }

  struct Tables: AsyncParsableCommand {
    static var configuration: CommandConfiguration {
      CommandConfiguration(
        commandName: "tables", abstract: "Tables and views, with rows, files and bytes.")
    }
    @OptionGroup var options: LakeOptions

    func run() async throws {
      try await options.withLake { lake in
        let tables = try await lake.tables()
        if options.json { return try JSONOutput.print(tables) }
        let rows = tables.map { table in
          [
            table.schema, table.name, table.kind, table.rows.map(String.init) ?? "",
            String(table.columnCount),
            table.files.map(String.init) ?? "", table.bytes.map(String.init) ?? "",
          ]
        }
        TablePrinter.print(
          [
            "schema", "name", "kind", TextTable.Column("rows", .right), .init("columns", .right),
            .init("files", .right), .init("bytes", .right),
          ], rows)
      }
    }
  }

  struct Files: AsyncParsableCommand {
    static var configuration: CommandConfiguration {
      CommandConfiguration(
        commandName: "files", abstract: "The Parquet files of a table in its present version.")
    }
    @OptionGroup var options: LakeOptions
    @Argument(help: "The table: TABLE or SCHEMA.TABLE.") var table: String

    func run() async throws {
      try await options.withLake { lake in
        let (schema, name) = TableArgument.split(table)
        let files = try await lake.files(of: name, schema: schema)
        if options.json { return try JSONOutput.print(files) }
        let rows = files.map { [$0.path, String($0.bytes), $0.deleteFile ?? ""] }
        TablePrinter.print(["file", TextTable.Column("bytes", .right), "delete file"], rows)
      }
    }
  }

  struct Options: AsyncParsableCommand {
    static var configuration: CommandConfiguration {
      CommandConfiguration(
        commandName: "options", abstract: "Show a lake's options, or set one (checked first).")
    }
    @OptionGroup var options: LakeOptions
    @Argument(help: "NAME=VALUE to set; none to show.") var assignment: String?
    @Option(name: .long, help: "Set it for one table: TABLE or SCHEMA.TABLE.") var table: String?
    @Option(name: .long, help: "Set it for one schema.") var schema: String?

    func run() async throws {
      try await options.withLake { lake in
        if let assignment {
          guard let sign = assignment.firstIndex(of: "=") else {
            throw CommandFailure.wrongUse("an option is set as NAME=VALUE, not '\(assignment)'")
          }
          let target = table.map(TableArgument.split)
          try await lake.setOption(
            String(assignment[..<sign]), to: String(assignment[assignment.index(after: sign)...]),
            schema: target?.schema ?? schema, table: target?.table)
        }
        let entries = try await lake.options()
        if options.json { return try JSONOutput.print(entries) }
        let rows = entries.map { [$0.name, $0.value, $0.scope.lowercased(), $0.scopeEntry ?? ""] }
        TablePrinter.print(["option", "value", "scope", "of"], rows)
      }
    }
  }
}
