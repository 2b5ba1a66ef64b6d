internal import Foundation
internal import JSON
internal import Jobs

/// What scripts of all languages have in common: a folder, an environment, a log that is followed, and an end in time.
struct ScriptRun: Sendable {
  let assignment: WorkerMessages.Assignment
  /// How the script reaches the server.
  let server: String
  /// What the script asks first.
  let endpoint: String
  /// Where it has its folder.
  let folders: String
  let limits: ScriptLimits
  /// Gets what the script prints.
  let log: @Sendable (String) async -> Void

  /// How often what the script has printed is passed on.
  private static let logPause = Duration.milliseconds(300)

  var job: Job { assignment.job }

  /// A new folder for the script.
  ///
  /// - Throws: ``ScriptProcessError``.
  func makeFolder() throws(ScriptProcessError) -> ScriptFolder {
    try ScriptFolder("\(folders)/\(job.id)-\(job.attempt)")
  }

  /// Runs a script's process, and passes on what it prints meanwhile. The folder is removed at the end.
  ///
  /// - Parameters:
  ///   - body: runs the process; it ends the process when its task is cancelled.
  ///   - outcome: reads what the process has left.
  /// - Throws: ``ScriptProcessError``; `Deadline.Passed`; `CancellationError`.
  func run(
    in folder: ScriptFolder, _ body: @escaping @Sendable () async throws -> Int,
    outcome: @Sendable (Int) -> JobOutcome
  ) async throws -> JobOutcome {
    defer { folder.remove() }
    let log = ScriptLog(path: folder.log, pass: log)
    let following = Task { await log.follow(every: Self.logPause) }
    let result: Result<Int, any Error>
    do { result = .success(try await Deadline.limit(job.timeout, body)) } catch { result = .failure(error) }
    following.cancel()
    await following.value
    await log.passOn()
    let status = try result.get()
    try Task.checkCancellation()
    return outcome(status)
  }

  /// What a script that writes its own result has left: `{"result": …}` or `{"error": {…}}` in result.json.
  func written(_ status: Int, in folder: ScriptFolder) -> JobOutcome {
    guard let text = folder.read("result.json"), let object = (try? JSONValue(parsing: text))?.object else {
      return Self.ended(status, "before it gave a result")
    }
    guard let result = object["result"] else { return JobOutcome(state: .failure, result: text) }
    return JobOutcome(state: .success, result: result.text)
  }

  /// The outcome of a script that ended as it should not.
  ///
  /// - Parameters:
  ///   - status: its exit status; negative for a signal.
  ///   - what: when that was.
  ///   - detail: what it said itself.
  static func ended(_ status: Int, _ what: String = "", detail: String = "") -> JobOutcome {
    let how = status < 0 ? "by signal \(-status)" : "with status \(status)"
    let hint =
      switch Int32(-status) {
      case SIGKILL: "; most often for lack of memory or processor time"
      case SIGXCPU: "; it may not use a processor that long"
      case SIGXFSZ: "; a file that it wrote grew too large"
      default: ""
      }
    let words = ["the script ended", how, what].filter { !$0.isEmpty }.joined(separator: " ")
    return .failure(
      name: "ScriptEnded", message: words + hint + (detail.isEmpty ? "" : ": " + detail))
  }

  /// What `wmill` and our own clients read. Nothing of the worker's environment is among it.
  func environment(in folder: ScriptFolder) -> [String: String] {
    let path = job.path ?? "u/\(job.createdBy)/preview"
    return Self.baseEnvironment(in: folder.path).merging([
      "BASE_INTERNAL_URL": endpoint, "WM_BASE_URL": server, "WM_TOKEN": assignment.token,
      "WM_WORKSPACE": job.workspace,
      "WM_JOB_ID": job.id.text, "WM_JOB_PATH": path, "WM_OBJECT_PATH": path, "WM_USERNAME": job.createdBy,
      "WM_EMAIL": assignment.email, "WM_PERMISSIONED_AS": "u/" + job.createdBy,
      "WM_ROOT_FLOW_JOB_ID": job.root?.text ?? "", "WM_STATE_PATH": "\(path)/state",
      "WM_STATE_PATH_NEW": "\(path)/state",
      "TARN_URL": server, "TARN_TOKEN": assignment.token, "TARN_WORKSPACE": job.workspace,
    ]) { $1 }
  }

  /// What every program gets.
  static func baseEnvironment(in folder: String) -> [String: String] {
    [
      "PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": folder, "TMPDIR": folder, "LANG": "C.UTF-8",
      "PYTHONUTF8": "1", "PYTHONUNBUFFERED": "1",
    ]
  }
}
