internal import Foundation
internal import JSON
internal import Jobs

/// A script in Python, with its arguments and a folder of its own.
struct PythonScript: Sendable {
  let assignment: WorkerMessages.Assignment
  /// How the script reaches the server.
  let server: String
  /// What the script asks first.
  let endpoint: String
  let host: PythonHost
  /// Where its folder is made.
  let folder: String
  /// Gets what the script prints.
  let log: @Sendable (String) async -> Void

  private static let memory = 4 << 30
  /// How often what the script has printed is passed on.
  private static let logPause = Duration.milliseconds(300)

  /// - Throws: ``PythonHostError``; `CancellationError`.
  func run() async throws -> JobOutcome {
    let own = "\(folder)/\(assignment.job.id)-\(assignment.job.attempt)"
    do {
      try FileManager.default.createDirectory(
        atPath: own, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
      try assignment.job.content.write(toFile: own + "/script.py", atomically: false, encoding: .utf8)
      try assignment.arguments.write(toFile: own + "/arguments.json", atomically: false, encoding: .utf8)
    } catch { throw PythonHostError("cannot write the script's folder: \(error.localizedDescription)") }
    defer { try? FileManager.default.removeItem(atPath: own) }

    let log = ScriptLog(path: own + "/log.txt", pass: log)
    let following = Task { await log.follow(every: Self.logPause) }
    let status: Int
    do {
      status = try await Deadline.limit(assignment.job.timeout) {
        try await host.run(
          in: own, environment: environment(own), memory: Self.memory)
      }
    } catch {
      following.cancel()
      await following.value
      await log.passOn()
      throw error
    }
    following.cancel()
    await following.value
    await log.passOn()
    try Task.checkCancellation()
    return outcome(status, own)
  }

  private func outcome(_ status: Int, _ own: String) -> JobOutcome {
    guard let text = try? String(contentsOfFile: own + "/result.json", encoding: .utf8),
      let object = (try? JSONValue(parsing: text))?.object
    else {
      let how = status < 0 ? "by signal \(-status)" : "with status \(status)"
      let hint = status == -9 ? "; most often for lack of memory" : ""
      return .failure(name: "ScriptEnded", message: "the script ended \(how) before it gave a result\(hint)")
    }
    guard let result = object["result"] else { return JobOutcome(state: .failure, result: text) }
    return JobOutcome(state: .success, result: result.text)
  }

  /// What `wmill` and our own clients read. Nothing of the worker's environment is among it.
  private func environment(_ own: String) -> [String: String] {
    let job = assignment.job
    let path = job.path ?? "u/\(job.createdBy)/preview"
    return [
      "PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": own, "TMPDIR": own, "LANG": "C.UTF-8",
      "PYTHONUTF8": "1",
      "PYTHONUNBUFFERED": "1",
      "BASE_INTERNAL_URL": endpoint, "WM_BASE_URL": server, "WM_TOKEN": assignment.token,
      "WM_WORKSPACE": job.workspace,
      "WM_JOB_ID": job.id.text, "WM_JOB_PATH": path, "WM_OBJECT_PATH": path, "WM_USERNAME": job.createdBy,
      "WM_EMAIL": assignment.email, "WM_PERMISSIONED_AS": "u/" + job.createdBy,
      "WM_ROOT_FLOW_JOB_ID": job.root?.text ?? "", "WM_STATE_PATH": "\(path)/state",
      "WM_STATE_PATH_NEW": "\(path)/state",
      "TARN_URL": server, "TARN_TOKEN": assignment.token, "TARN_WORKSPACE": job.workspace,
    ]
  }
}

/// What a script prints, as it grows.
private actor ScriptLog {
  private let path: String
  private let pass: @Sendable (String) async -> Void
  private var handle: FileHandle?
  private var rest: [UInt8] = []

  /// A script that prints more is cut here, once.
  private static let largest = 16 << 20
  private var total = 0

  init(path: String, pass: @escaping @Sendable (String) async -> Void) {
    self.path = path
    self.pass = pass
  }

  func follow(every pause: Duration) async {
    while (try? await Task.sleep(for: pause)) != nil { await passOn() }
  }

  func passOn() async {
    if handle == nil { handle = FileHandle(forReadingAtPath: path) }
    guard let data = try? handle?.read(upToCount: 512 << 10), !data.isEmpty, total < Self.largest else {
      return
    }
    total += data.count
    rest += data
    // A character may have come in part.
    let end = rest.lastIndex { $0 < 0x80 }.map { $0 + 1 } ?? (rest.count > 8 ? rest.count : 0)
    guard end > 0 else { return }
    let text = String(decoding: rest[..<end], as: UTF8.self)
    rest.removeFirst(end)
    await pass(total < Self.largest ? text : text + "\n… the rest is not kept\n")
    await passOn()
  }
}
