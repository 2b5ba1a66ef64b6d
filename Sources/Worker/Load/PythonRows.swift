internal import Extracts
internal import Foundation
internal import Jobs
internal import Loader
internal import Signatures
internal import Synchronization
internal import Threads

/// A script in Python whose function yields rows: it runs as other scripts do, and what it has written is taken over.
struct PythonRows: Sendable {
  let run: ScriptRun
  let hosts: PythonHosts
  let program: ScriptProgram

  /// What the host runs: it knows of scripts with a `main`.
  private static let script = """
    import tarn_load_driver

    def main():
        tarn_load_driver.carry_out("CALL")
    """

  /// - Parameter target: gets the files.
  /// - Throws: ``ScriptProcessError``; `LoadError`; `CancellationError`.
  func write(into target: String) async throws {
    let folder = try run.makeFolder()
    let rows = try ScriptFolder(folder.path + "/rows")
    var call = program.call
    call["script"] = .string(folder.path + "/feed.py")
    call["folder"] = .string(rows.path)
    try folder.write(JSONValue.object(call).text, to: "call.json")
    try folder.write(program.driver, to: "tarn_load_driver.py")
    try folder.write(program.script, to: "feed.py")
    try folder.write(Self.script.replacing("CALL", with: folder.path + "/call.json"), to: "script.py")
    try folder.write("{}", to: "arguments.json")
    let source = PythonSource(program.script)
    let failure = Mutex<(any Error)?>(nil)
    let outcome = try await run.run(in: folder) {
      let host = try await hosts.host(for: source) { text in await run.log(text) }
      let status = try await host.run(
        in: folder.path, environment: run.environment(in: folder), imports: source.imports)
      // The script and all that it has started have ended.
      do { try await WorkThread.run { try Self.takeOver(rows.path, target) } } catch {
        failure.withLock { $0 = error }
      }
      return status
    } outcome: { status in
      run.written(status, in: folder)
    }
    if let failure = failure.withLock({ $0 }) { throw failure }
    let isTold = ["result.json", "error.json"].contains {
      FileManager.default.fileExists(atPath: target + "/" + $0)
    }
    guard !isTold else { return }
    let told = try? JSONValue(parsing: outcome.result).object?["error"]?.object?["message"]?.string
    throw LoadError(
      .source, "the script wrote no rows: \(told ?? "it ended before")", hint: "Nothing was loaded.")
  }

  /// Copies files that a script has made: files alone, and none that also lies elsewhere. The script could have made a link to what
  /// it may not read.
  private static func takeOver(_ folder: String, _ target: String) throws {
    let place = open(folder, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
    guard place >= 0 else { throw LoadError(.source, "the script has removed the folder of its rows") }
    defer { close(place) }
    let names = try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd/\(place)")
    for name in names.sorted() {
      let file = openat(place, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
      guard file >= 0 else { throw foreign(name) }
      let handle = FileHandle(fileDescriptor: file, closeOnDealloc: true)
      var about = stat()
      guard fstat(file, &about) == 0, about.st_mode & S_IFMT == S_IFREG, about.st_nlink == 1 else {
        throw foreign(name)
      }
      let path = target + "/" + name
      guard
        FileManager.default.createFile(atPath: path, contents: nil, attributes: [.posixPermissions: 0o600])
      else { throw LoadError(.source, "cannot write \(path)") }
      let copy = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
      while let piece = try handle.read(upToCount: 4 << 20), !piece.isEmpty {
        try copy.write(contentsOf: piece)
      }
      try copy.close()
    }
  }

  private static func foreign(_ name: String) -> LoadError {
    LoadError(
      .source, "'\(name.prefix(80))' in the folder of the script's rows is no file of its own",
      hint: "Nothing was loaded.")
  }
}
