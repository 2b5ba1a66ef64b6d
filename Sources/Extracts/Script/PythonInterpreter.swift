import Foundation
import LoadFiles
import Loader

/// What runs a script: the Python that is named or found, or `uv` for a script that names its dependencies (PEP 723).
struct PythonInterpreter {
  /// The program and the arguments that come before those of ours.
  let command: [String]
  /// Whether the program that is run must have the script's header, by which `uv` knows the dependencies.
  let needsHeader: Bool
  /// Whether the script names dependencies that nobody is there to fetch.
  let lacksRunner: Bool

  /// - Parameter header: the script's header with its dependencies; nil when it has none.
  /// - Throws: `LoadError` when there is no Python.
  init(_ script: DeclaredScript, header: String?) throws(LoadError) {
    if header != nil, let uv = Self.find("uv") {
      command = [uv, "run", "--quiet"] + (script.python.map { ["--python", $0] } ?? []) + ["--script"]
      needsHeader = true
      lacksRunner = false
      return
    }
    let name = script.python ?? "python3"
    guard let python = Self.find(name) else {
      throw LoadError(
        .source, "there is no program '\(name)' to run \(script.path)",
        hint: script.python == nil ? "Install Python 3, or name one with --python." : "Name another Python.")
    }
    command = [python]
    needsHeader = false
    lacksRunner = header != nil
  }

  /// The lines of a script that name its dependencies; nil without them.
  static func header(of script: String) -> String? {
    let lines = script.split(separator: "\n", omittingEmptySubsequences: false)
    guard let start = lines.firstIndex(of: "# /// script") else { return nil }
    let rest = lines[(start + 1)...]
    guard let end = rest.firstIndex(of: "# ///"), lines[start..<end].allSatisfy({ $0.hasPrefix("#") }) else {
      return nil
    }
    return lines[start...end].joined(separator: "\n")
  }

  /// A program by its name, as a shell finds it, or by its path.
  private static func find(_ name: String) -> String? {
    func isProgram(_ path: String) -> Bool {
      var isFolder: ObjCBool = false
      return FileManager.default.isExecutableFile(atPath: path)
        && FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) && !isFolder.boolValue
    }
    if name.contains("/") { return isProgram(name) ? name : nil }
    let folders = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/local/bin:/usr/bin:/bin"
    return folders.split(separator: ":").map { "\($0)/\(name)" }.first(where: isProgram)
  }
}
