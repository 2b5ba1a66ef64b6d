import ArgumentParser
import Foundation
import Scripts

struct RunCommand: AsyncParsableCommand {
  static var configuration: CommandConfiguration {
    CommandConfiguration(
      commandName: "run", abstract: "Run one SQL script.",
      discussion:
        "Arguments that the script declares (-- $name (type) = default) are given as --arg name=value.")
  }

  @OptionGroup var workspace: WorkspaceOptions
  @Argument(help: "The script's file.", completion: .file(extensions: ["sql"])) var file: String
  @Option(
    name: .long, parsing: .singleValue,
    help: ArgumentHelp("An argument; @FILE takes a file's text.", valueName: "name=value"))
  var arg: [String] = []
  @Option(name: .long, help: "Run all of it as one transaction that this key applies once.") var key: String?
  @OptionGroup var output: OutputOptions

  func run() async throws {
    let open = try workspace.open()
    let path = open.path(file)
    let source: String
    do { source = try String(contentsOfFile: path, encoding: .utf8) } catch {
      throw CommandFailure.failed(FileErrors.cannotRead(file, path: path))
    }
    let script = try SQLScript.parse(source, path: file)
    let arguments = try script.bind(arguments: try ArgumentTexts.parse(arg, in: open))
    try await ScriptExecution(script: script, arguments: arguments, output: output, key: key).run(in: open)
  }
}

/// `--arg name=value` options.
enum ArgumentTexts {
  /// - Throws: ``CommandFailure`` when one is no `name=value`, stands twice, or names a file that cannot be read.
  static func parse(_ options: [String], in workspace: OpenWorkspace) throws -> [String: String] {
    var texts: [String: String] = [:]
    for option in options {
      guard let sign = option.firstIndex(of: "="), sign != option.startIndex else {
        throw CommandFailure.wrongUse("--arg takes name=value, not '\(option)'")
      }
      let name = String(option[..<sign])
      guard texts[name] == nil else { throw CommandFailure.wrongUse("--arg \(name) is given twice") }
      let value = String(option[option.index(after: sign)...])
      if value.hasPrefix("@") {
        let file = String(value.dropFirst())
        let path = workspace.path(file)
        guard let text = try? String(contentsOfFile: path, encoding: .utf8) else {
          throw CommandFailure.failed(FileErrors.cannotRead(file, path: path))
        }
        texts[name] = text
      } else {
        texts[name] = value
      }
    }
    return texts
  }
}

/// Why a file cannot be read, in one line.
enum FileErrors {
  static func cannotRead(_ name: String, path: String) -> String {
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
      let folder = (path as NSString).deletingLastPathComponent
      let near = Nearby.file(path)
      return near.map { "there is no file \(name). Did you mean '\($0)'?" }
        ?? "there is no file \(name) in \(folder)"
    }
    return isFolder.boolValue ? "\(name) is a folder" : "\(name) cannot be read as UTF-8 text"
  }
}
