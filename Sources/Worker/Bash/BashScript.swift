internal import Foundation
internal import JSON
internal import Jobs
internal import Signatures

/// A script in Bash. Its arguments are `$1`, `$2`, … in the order in which its `name="$1"` lines name them.
///
/// Its result is what it leaves in result.json or result.out, else the last line that it prints to standard output.
struct BashScript: Sendable {
  let run: ScriptRun
  /// The program, by its path.
  let bash: String

  /// - Throws: ``ScriptProcessError``; `ArgumentError`; `CancellationError`.
  func outcome() async throws -> JobOutcome {
    let arguments = try self.arguments()
    let folder = try run.makeFolder()
    try folder.write(run.job.content, to: "script.sh")
    let output = open(folder.log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
    let errors = open(folder.log, O_WRONLY | O_APPEND | O_CLOEXEC)
    defer {
      close(output)
      close(errors)
    }
    let program = SandboxedProcess.Program(
      command: [bash, "script.sh"] + arguments, environment: run.environment(in: folder), folder: folder.path,
      output: output, errors: errors, limits: run.limits, writable: [folder.path])
    return try await run.run(in: folder) {
      try await SandboxedProcess(program).wait()
    } outcome: { status in
      guard status == 0 else { return Self.failure(status, folder) }
      return JobOutcome(state: .success, result: Self.result(in: folder, output: output).text)
    }
  }

  private func arguments() throws -> [String] {
    let given = (try? JSONValue(parsing: run.assignment.arguments).object) ?? JSONObject()
    let signature = try Signature(of: run.job.content, language: .bash, path: run.job.path ?? "preview")
    try signature.check(given)
    return signature.parameters.map { parameter in
      switch given[parameter.name] ?? parameter.default ?? .null {
      case .null: ""
      case .string(let text): text
      case let other: other.text
      }
    }
  }

  private static func result(in folder: ScriptFolder, output: Int32) -> JSONValue {
    if let text = folder.read("result.json") { return (try? JSONValue(parsing: text)) ?? .string(text) }
    if let text = folder.read("result.out") {
      return .string(text.hasSuffix("\n") ? String(text.dropLast()) : text)
    }
    return lastLine(in: folder, output: output).map(JSONValue.string) ?? .null
  }

  /// The last line on standard output, which goes to the same file as standard error: a descriptor that appends stands where
  /// its own last write has ended.
  private static func lastLine(in folder: ScriptFolder, output: Int32) -> String? {
    let end = lseek(output, 0, SEEK_CUR)
    guard end > 0, let handle = FileHandle(forReadingAtPath: folder.log) else { return nil }
    let start = max(0, Int(end) - longestLine)
    guard (try? handle.seek(toOffset: UInt64(start))) != nil,
      let data = try? handle.read(upToCount: Int(end) - start)
    else { return nil }
    let newline = UInt8(ascii: "\n")
    var bytes = [UInt8](data)[...]
    while bytes.last == newline { bytes.removeLast() }
    if let index = bytes.lastIndex(of: newline) { bytes = bytes[(index + 1)...] }
    return String(decoding: bytes, as: UTF8.self)
  }

  private static let longestLine = 1 << 20

  /// With the last line that was printed, which most often says why.
  private static func failure(_ status: Int, _ folder: ScriptFolder) -> JobOutcome {
    let descriptor = open(folder.log, O_RDONLY | O_CLOEXEC)
    defer { close(descriptor) }
    lseek(descriptor, 0, SEEK_END)
    return ScriptRun.ended(
      status, detail: lastLine(in: folder, output: descriptor).map { String($0.suffix(500)) } ?? "")
  }
}
