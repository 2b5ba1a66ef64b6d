import ArgumentParser
import Foundation
import LoadFiles
import Loader
import Terminal

extension LoadCommand {
  /// `tarn load init`: writes a declared load from a look at its source.
  struct Init: AsyncParsableCommand {
    static var configuration: CommandConfiguration {
      CommandConfiguration(
        commandName: "init", abstract: "Write a file that declares a load, from a look at the source.")
    }

    @OptionGroup var workspace: WorkspaceOptions
    @OptionGroup var options: LoadOptions
    @OptionGroup var script: ScriptOptions
    @Option(
      name: .shortAndLong, help: "The file to write; else NAME.load.yaml. Never one that is there.",
      completion: .file())
    var output: String?

    func validate() throws {
      guard !options.source.isEmpty else {
        throw ValidationError("tell what to look at: tarn load init SOURCE --into SCHEMA")
      }
      try options.requireSource()
    }

    func run() async throws {
      let declared = try options.declared()
      let open = try workspace.open()
      let request = try LoadRequest(
        declared, in: open, secret: options.secret, call: try script.call(in: open))
      let name = output ?? "\(Self.name(of: declared)).load.yaml"
      let path = open.path(name)
      // What is there is not read, let alone written over.
      guard !FileManager.default.fileExists(atPath: path) else {
        throw CommandFailure.failed("there is a file \(name) already. Name another with --output FILE.")
      }
      let tables = try await request.perform(isRehearsal: true) { loader, loads in
        var tables: [(name: String, schema: TableSchema)] = []
        for load in loads {
          // As if nothing had been loaded, so that all columns show.
          var look = load
          look.dataset = "tarn_look_\(UUID().uuidString.prefix(8).lowercased())"
          look.incremental = nil
          guard let root = try await loader.plan(look).roots.first else { continue }
          tables.append((load.table, root))
        }
        return tables
      }
      let text = LoadFileText(document: request.document, tables: tables).text(file: name)
      do { try Data(text.utf8).write(to: URL(fileURLWithPath: path), options: .withoutOverwriting) } catch {
        throw CommandFailure.failed("cannot write \(name): \(error.localizedDescription)")
      }
      Console.note(
        "wrote \(name) with \(HumanText.count(tables.count, "table")); run it with tarn load -f \(name)")
    }

    private static func name(of declared: DeclaredLoad) -> String {
      if let table = declared.table { return table }
      switch declared.source {
      case .files(let paths): return Load.tableName(of: paths.first ?? "")
      case .script(let script): return Load.tableName(of: script.path)
      default: return declared.dataset
      }
    }
  }
}
