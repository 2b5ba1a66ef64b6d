import ArgumentParser
import Foundation
import Lake
import Worker

/// The programs that a worker runs scripts with, and what scripts may use.
struct ScriptToolOptions: ParsableArguments {
  @Option(
    name: .long,
    help: ArgumentHelp("The Python that runs scripts; else python3 of the PATH.", valueName: "program"))
  var python: String?

  @Option(
    name: .long, help: ArgumentHelp("The Deno that runs TypeScript; else Tarn's own.", valueName: "program"))
  var deno: String?

  @Option(
    name: .long,
    help: ArgumentHelp("The uv that installs packages for scripts; else Tarn's own.", valueName: "program"))
  var uv: String?

  @Option(
    name: .long, help: ArgumentHelp("Memory that a script's process may have, in MiB.", valueName: "n"))
  var scriptMemory = 4096

  @Option(
    name: .long, parsing: .singleValue,
    help: ArgumentHelp("A folder that scripts may read; may stand several times.", valueName: "dir"))
  var scriptReads: [String] = []

  func validate() throws {
    if scriptMemory < 1024 { throw ValidationError("--script-memory must be at least 1024") }
  }

  /// - Throws: ``CommandFailure`` when a program that was named is not there.
  func set(_ configuration: inout Worker.Configuration, _ environment: [String: String]) throws {
    configuration.python = try program("python3", python ?? environment["TARN_PYTHON"], environment)
    configuration.deno = try program("deno", deno ?? environment["TARN_DENO"], environment)
    configuration.uv = try program("uv", uv ?? environment["TARN_UV"], environment)
    configuration.bash = try program("bash", nil, environment)
    configuration.limits.memory = scriptMemory << 20
    configuration.limits.readable = try scriptReads.map { path in
      guard FileManager.default.fileExists(atPath: path) else {
        throw CommandFailure.wrongUse("--script-reads: there is no '\(path)'")
      }
      return URL(fileURLWithPath: path).path
    }
    let caches = environment["XDG_CACHE_HOME"] ?? environment["HOME"].map { $0 + "/.cache" }
    configuration.cache = caches.map { $0 + "/tarn/scripts" }
  }

  /// What a worker does not run, and why.
  func missing(in configuration: Worker.Configuration) -> [String] {
    let programs = [
      (configuration.python, "there is no python3, so it runs no Python"),
      (configuration.deno, "there is no Deno, so it runs no TypeScript"),
      (configuration.bash, "there is no bash, so it runs no Bash"),
    ]
    return programs.compactMap { $0.0 == nil ? $0.1 : nil }
  }

  /// The program that was named; else the one that came with Tarn; else the one of the PATH. A worker without one runs what else
  /// there is, unless somebody has asked for it.
  private func program(_ name: String, _ named: String?, _ environment: [String: String]) throws -> String? {
    let folders = (environment["PATH"] ?? "/usr/local/bin:/usr/bin:/bin").split(separator: ":").map(
      String.init)
    let wanted = named ?? name
    let candidates =
      if wanted.contains("/") { [URL(fileURLWithPath: wanted).path] } else {
        (named == nil ? toolFolders : []) + folders
      }
    let found = candidates.lazy.map { wanted.contains("/") ? $0 : "\($0)/\(wanted)" }.first {
      FileManager.default.isExecutableFile(atPath: $0)
    }
    if found == nil, named != nil { throw CommandFailure.wrongUse("there is no program '\(wanted)'") }
    return found
  }

  /// `lib/tarn/tools`, beside the folder of this program in an installed copy, further up in a checkout.
  private var toolFolders: [String] {
    guard let library = try? ExtensionLibrary.beside() else { return [] }
    return [(library.folder as NSString).deletingLastPathComponent + "/tools"]
  }
}
