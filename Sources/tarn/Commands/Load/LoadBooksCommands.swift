import ArgumentParser
import Extracts
import Foundation
import Lake
import LakeSettings
import LoadFiles
import Loader
import Terminal
import Workspaces

/// `[LAKE/]SCHEMA` in a workspace.
struct DatasetOptions: ParsableArguments {
  @OptionGroup var workspace: WorkspaceOptions
  @Argument(help: ArgumentHelp("The dataset: [LAKE/]SCHEMA.", valueName: "schema")) var dataset: String
  @Flag(name: .long, help: "Print one JSON value.") var json = false

  var schema: String { String(dataset.split(separator: "/").last ?? "") }

  func withLoader<Result>(_ body: (Loader, OpenWorkspace, LakeName) async throws -> Result) async throws
    -> Result
  {
    let open = try workspace.open()
    let parts = dataset.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
    guard parts.count <= 2, parts.allSatisfy({ !$0.isEmpty }) else {
      throw CommandFailure.wrongUse("'\(dataset)' is no dataset. Write SCHEMA or LAKE/SCHEMA.")
    }
    let name = try open.lakeName(parts.count == 2 ? parts[0] : nil)
    return try await open.withEngine { engine in
      let loader = Loader(try await engine.lake(name), packageFolder: open.loadFolder)
      do {
        let result = try await body(loader, open, name)
        await loader.close()
        return result
      } catch {
        await loader.close()
        throw error
      }
    }
  }
}

extension OpenWorkspace {
  /// Where loads that are under way are noted.
  var loadFolder: String { workspace.privateFolder + "/loads" }
  /// Where sources that are read into files have folders, for each lake and dataset.
  var extractsFolder: String { workspace.privateFolder + "/extracts" }
}

extension LoadCommand {
  /// `tarn load status`: loads that have not come to their end.
  struct Status: AsyncParsableCommand {
    static var configuration: CommandConfiguration {
      CommandConfiguration(
        commandName: "status", abstract: "Loads that were begun and have not come to their end.",
        discussion: "Run the command of such a load again: it goes on, and writes nothing twice.")
    }

    @OptionGroup var workspace: WorkspaceOptions
    @Flag(name: .long, help: "Print one JSON value.") var json = false

    private struct Entry: Encodable {
      /// Nil while the source is read.
      let loadID: String?
      let begun: String
      let lake: String
      let dataset: String
      let tables: [String]
      let source: [String]
      /// The snapshot, when it was committed and only its command did not come to its end.
      let snapshot: Int64?
      /// `reading`, `pending`, or `written`.
      let state: String
    }

    private static func entry(_ load: PendingLoad, _ lake: Lake?) async throws -> Entry {
      let snapshot = try await lake?.snapshot(ofKey: load.key)
      return Entry(
        loadID: load.loadID, begun: load.begun.formatted(.iso8601), lake: load.lake, dataset: load.dataset,
        tables: load.tables, source: load.source, snapshot: snapshot,
        state: snapshot == nil ? "pending" : "written")
    }

    func run() async throws {
      let open = try workspace.open()
      let pending = PendingLoad.all(in: open.loadFolder)
      var entries: [Entry] = []
      if !pending.isEmpty {
        entries = try await open.withEngine { engine in
          var entries: [Entry] = []
          for load in pending {
            let name = try? open.lakeName(load.lake)
            let lake = name == nil ? nil : try await engine.lake(name ?? .main)
            entries.append(try await Self.entry(load, lake))
          }
          return entries
        }
      }
      entries += ReadingLoad.all(in: open.extractsFolder).map { load in
        Entry(
          loadID: nil, begun: load.begun.formatted(.iso8601), lake: load.lake, dataset: load.dataset,
          tables: [], source: [load.source], snapshot: nil, state: "reading")
      }
      if json { return try JSONOutput.print(entries) }
      if entries.isEmpty { return print("nothing is pending") }
      TablePrinter.print(
        ["load", "begun", "into", "tables", "state"],
        entries.map { entry in
          [
            entry.loadID ?? "", entry.begun, "\(entry.lake)/\(entry.dataset)",
            entry.tables.joined(separator: ", "),
            entry.snapshot.map { "written with snapshot \($0)" }
              ?? (entry.loadID == nil ? "reads \(entry.source.joined())" : "not written"),
          ]
        })
    }
  }

  /// `tarn load history`: what the books of a dataset say.
  struct History: AsyncParsableCommand {
    static var configuration: CommandConfiguration {
      CommandConfiguration(commandName: "history", abstract: "The loads into a dataset, the newest first.")
    }

    @OptionGroup var options: DatasetOptions
    @Option(name: .long, help: "How many at most.") var limit: Int = 50

    func run() async throws {
      try await options.withLoader { loader, _, _ in
        let loads = try await loader.history(of: options.schema, limit: limit)
        if options.json { return try JSONOutput.print(loads) }
        TablePrinter.print(
          ["load", "completed", "schema", TextTable.Column("snapshot", .right), "rows"],
          loads.map { load in
            let rows = load.rows.sorted { $0.key < $1.key }.map { "\($0.key) \(HumanText.count($0.value))" }
            return [
              load.loadID, load.time, load.schema, load.snapshot.map(String.init) ?? "",
              rows.joined(separator: ", "),
            ]
          })
      }
    }
  }

  /// `tarn load schema`: the stored schemas.
  struct Schema: AsyncParsableCommand {
    static var configuration: CommandConfiguration {
      CommandConfiguration(
        commandName: "schema", abstract: "The schema that is stored with a dataset, as YAML or JSON.")
    }

    @OptionGroup var options: DatasetOptions
    @Option(name: .long, help: "Of several schemas this one.") var name: String?

    func run() async throws {
      try await options.withLoader { loader, _, _ in
        let schemas = try await loader.schemas(of: options.schema)
        guard let schema = schemas.first(where: { name == nil || $0.name == name }) else {
          throw CommandFailure.failed(
            "there is no schema '\(name ?? "")'. There are: \(schemas.map(\.name).joined(separator: ", ")).")
        }
        if name == nil, schemas.count > 1 {
          Console.note("of \(schemas.map(\.name).joined(separator: ", ")); choose with --name")
        }
        print(
          options.json ? schema.text : try LoadSchemaText.yaml(schema), terminator: options.json ? "\n" : "")
      }
    }
  }

  /// `tarn load drop`: tables of a dataset with all that is known of them.
  struct Drop: AsyncParsableCommand {
    static var configuration: CommandConfiguration {
      CommandConfiguration(
        commandName: "drop", abstract: "Drop tables of a dataset, with what loads remember of them.",
        discussion:
          "Tables below them go with them. All of it is one snapshot, so tarn lake restore brings it back.")
    }

    @OptionGroup var options: DatasetOptions
    @Argument(help: ArgumentHelp("The tables.", valueName: "table")) var tables: [String]
    @Flag(name: .shortAndLong, help: "Do not ask.") var yes = false

    func run() async throws {
      try await options.withLoader { loader, _, lake in
        let names = tables.joined(separator: ", ")
        if !yes {
          guard isatty(STDIN_FILENO) == 1, Console.isTerminal else {
            throw CommandFailure.wrongUse("this drops \(names) of \(lake)/\(options.schema). Say --yes.")
          }
          Console.note("This drops \(names) of \(lake)/\(options.schema), and the tables below. Type yes:")
          guard readLine() == "yes" else { throw CommandFailure.failed("nothing was dropped") }
        }
        let summary = try await loader.drop(tables, from: options.schema)
        if options.json { return try JSONOutput.print(summary) }
        Console.note(
          "dropped \(summary.tables.joined(separator: ", ")) of \(lake)/\(options.schema) (snapshot \(summary.snapshot ?? 0))"
        )
      }
    }
  }

  /// `tarn load sync`: what the lake knows, into the workspace.
  struct Sync: AsyncParsableCommand {
    static var configuration: CommandConfiguration {
      CommandConfiguration(
        commandName: "sync",
        abstract:
          "Take a dataset's schemas and state from the lake, and forget loads that are done or given up.",
        discussion: "They are written below .tarn/loads/SCHEMA, as dlt keeps them.")
    }

    @OptionGroup var options: DatasetOptions

    private struct Report: Encodable {
      var folder: String
      var files: [String] = []
      var forgotten: [String] = []
    }

    func run() async throws {
      try await options.withLoader { loader, open, lake in
        var report = Report(folder: "\(open.loadFolder)/\(options.schema)")
        for schema in try await loader.schemas(of: options.schema) {
          report.files.append(try write(schema.text, "schemas/\(schema.name).schema.json", report.folder))
        }
        for (pipeline, state) in try await loader.states(of: options.schema) {
          report.files.append(try write(state.text, "\(pipeline).state.json", report.folder))
        }
        for load in PendingLoad.all(in: open.loadFolder)
        where load.lake == lake.text && load.dataset == options.schema {
          try load.forget()
          report.forgotten.append(load.loadID)
        }
        ExtractFolder.removeAll(
          in: "\(open.extractsFolder)/\(lake.text)/\(options.schema)")
        if options.json { return try JSONOutput.print(report) }
        for file in report.files { Console.note("wrote \(file)") }
        for load in report.forgotten { Console.note("forgot load \(load)") }
      }
    }

    private func write(_ text: String, _ name: String, _ folder: String) throws -> String {
      let path = "\(folder)/\(name)"
      do {
        try FileManager.default.createDirectory(
          atPath: (path as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
        try Data((text + "\n").utf8).write(to: URL(fileURLWithPath: path), options: .atomic)
      } catch { throw CommandFailure.failed("cannot write \(path)") }
      return path
    }
  }
}
