import Foundation
import HTTPClient
import TestKit
import Testing

/// `tarn up`, `tarn worker`, `tarn token`, as a person runs them.
@Suite struct UpTests {
  @Test func anyFolderIsServed() async throws {
    let lab = try UpLab()
    let up = try await lab.start()
    #expect(FileManager.default.fileExists(atPath: lab.folder.path + "/tarn.yaml"))
    #expect(try await lab.query("SELECT 1 AS x", up) == .init(status: 200, text: #"[{"x":1}]"#))

    // The token is the folder's owner's: a new start prints the same.
    let created = try await lab.tarn.run("token", "create")
    #expect(created.status == 0)
    let token = created.output.trimmingCharacters(in: .newlines)
    #expect(created.output == token + "\n")
    #expect(token != up.token)
    #expect(try await lab.query("SELECT 2 AS x", up, token: token).status == 200)
    let limited = try await lab.tarn.run("token", "create", "--scope", "variables:read", "--days", "1")
    let small = limited.output.trimmingCharacters(in: .newlines)
    #expect(try await lab.query("SELECT 2 AS x", up, token: small).status == 403)

    let second = try await lab.tarn.run("up", "--port", "0")
    #expect(second.status == 1)
    #expect(second.errorLines == ["tarn: a server runs in this folder already. Stop it first, or use it."])

    up.process.signal(SIGINT)
    let outcome = await up.process.outcome()
    #expect(outcome.status == 0)
    #expect(try await lab.start(stopping: true).token == up.token)
  }

  /// Others of the same user can look at what a process was started with.
  @Test func noSecretIsLeftInTheEnvironmentOrTheCommandLine() async throws {
    let key = Data((0..<32).map { UInt8($0) }).base64EncodedString()
    let lab = try UpLab(environment: ["TARN_SECRET_KEY": key])
    let up = try await lab.start()
    let worker = try await lab.worker(of: up)
    // A worker that answers has read its environment.
    #expect(try await lab.query("SELECT 1 AS x", up).status == 200)
    for process in [up.process.processID, worker] {
      for file in ["environ", "cmdline"] {
        let bytes = try Data(contentsOf: URL(fileURLWithPath: "/proc/\(process)/\(file)"))
        let text = String(decoding: bytes, as: UTF8.self)
        #expect(text.contains(file == "cmdline" ? "tarn" : "PATH="))
        #expect(!text.contains(key), "\(file) of \(process)")
        #expect(!text.contains("tarn_"), "\(file) of \(process)")
      }
    }
    let inherited = try Data(contentsOf: URL(fileURLWithPath: "/proc/\(worker)/environ"))
    #expect(!String(decoding: inherited, as: UTF8.self).contains("TARN_SECRET_KEY"))
    up.process.signal(SIGINT)
    #expect(await up.process.outcome().status == 0)
  }

  @Test func aWorkerThatDiesIsReplaced() async throws {
    let lab = try UpLab()
    let up = try await lab.start()
    _ = try await lab.query("CREATE TABLE t AS SELECT 1 AS x", up)
    for round in 0..<2 {
      async let lost = lab.query(
        "SELECT sum(a.range * b.range) FROM range(10000000) a, range(10000000) b", up)
      let worker = try await lab.worker(of: up)
      try await lab.untilRunning(up)
      kill(worker, SIGKILL)
      // The one in flight is told what happened, and the next finds another worker.
      let answer = try await lost
      #expect(answer.status == 500, "round \(round)")
      #expect(answer.text.contains("worker"), "round \(round)")
      #expect(try await lab.query("SELECT count(*) AS n FROM t", up).text == #"[{"n":1}]"#)
    }
    up.process.signal(SIGINT)
    #expect(await up.process.outcome().status == 0)
  }

  /// Ends when there is the variable `u/tarn/go`.
  private static let waitingJob = """
    import os, time, urllib.request
    def main():
        url = os.environ["BASE_INTERNAL_URL"] + "/api/w/main/variables/get_value/u/tarn/go"
        request = urllib.request.Request(url, headers={"Authorization": "Bearer " + os.environ["WM_TOKEN"]})
        while True:
            try:
                return urllib.request.urlopen(request).status
            except urllib.error.HTTPError:
                time.sleep(0.02)
    """

  @Test func runningJobsMayEndAfterCtrlC() async throws {
    let lab = try UpLab()
    let up = try await lab.start()
    let job = try await lab.submit(Self.waitingJob, up, language: "python3")
    try await lab.untilRunning(up)
    up.process.signal(SIGINT)
    #expect(await up.process.prints("waiting up to 30 s for 1 running job"))
    // Nothing begins any more; it waits for the next start.
    let later = try await lab.submit("SELECT 6 AS x", up)
    let made = try await lab.post(
      "/w/main/variables/create",
      #"{"path": "u/tarn/go", "value": "", "is_secret": false, "description": ""}"#, up)
    #expect(made.status == 201)
    let outcome = await up.process.outcome()
    #expect(outcome.status == 0)
    #expect(outcome.errorLines.last == "stopping")

    let again = try await lab.start()
    #expect(try await lab.get("/w/main/jobs_u/completed/get_result/\(job)", again).text == "200")
    try await lab.untilEnded(later, again)
    #expect(try await lab.get("/w/main/jobs_u/completed/get_result/\(later)", again).text == #"[{"x":6}]"#)
    again.process.signal(SIGINT)
    #expect(await again.process.outcome().status == 0)
  }

  @Test func jobsThatDoNotEndAreCancelledWhenTheirTimeIsOver() async throws {
    let lab = try UpLab()
    let up = try await lab.start(["--drain", "0"])
    let job = try await lab.submit(Self.waitingJob, up, language: "python3")
    try await lab.untilRunning(up)
    up.process.signal(SIGTERM)
    #expect(await up.process.outcome().status == 0)
    let again = try await lab.start()
    let told = try await lab.get("/w/main/jobs_u/completed/get_result_maybe/\(job)", again).text
    #expect(told.contains("the job was cancelled"), "\(told)")
    again.process.signal(SIGINT)
    #expect(await again.process.outcome().status == 0)
  }

  @Test func aKilledServerKnowsItsJobsAgain() async throws {
    let lab = try UpLab()
    let up = try await lab.start()
    let done = try await lab.submit("SELECT 5 AS x", up)
    try await lab.untilEnded(done, up)
    // For later: it waits in the queue.
    let later = try await lab.submit("SELECT 6 AS x", up, "?scheduled_in_secs=2")
    let workersToken = try await lab.workersTokens(up)
    #expect(workersToken.count == 1)
    kill(up.process.processID, SIGKILL)
    _ = await up.process.outcome()

    let again = try await lab.start()
    // Nobody needs the token of a worker that is gone.
    let newToken = try await lab.workersTokens(again)
    #expect(newToken.count == 1)
    #expect(newToken != workersToken)
    #expect(try await lab.get("/w/main/jobs_u/completed/get_result/\(done)", again).text == #"[{"x":5}]"#)
    try await lab.untilEnded(later, again)
    #expect(try await lab.get("/w/main/jobs_u/completed/get_result/\(later)", again).text == #"[{"x":6}]"#)
    again.process.signal(SIGINT)
    #expect(await again.process.outcome().status == 0)
  }

  @Test func wrongUseIsToldInOneLine() async throws {
    let lab = try UpLab()
    for (arguments, line) in [
      (["worker"], "tarn: which server? Give --server URL, or set TARN_URL"),
      (
        ["worker", "--server", "nonsense"],
        "tarn: 'nonsense' is no address of a server, such as http://127.0.0.1:8900"
      ),
      (
        ["worker", "--server", "http://127.0.0.1:1"],
        "tarn: which token? Give --token-file FILE, or set TARN_TOKEN"
      ),
      (
        ["up", "--certificate", "x"],
        "tarn: --certificate and --certificate-key belong together. See tarn up --help"
      ),
    ] {
      let outcome = try await lab.tarn.run(arguments)
      #expect(outcome.status == 2)
      #expect(outcome.errorLines == [line])
    }
    let up = try await lab.start()
    let refused = try await TarnProcess(in: lab.folder.path, environment: ["TARN_TOKEN": "wrong"])
      .run("worker", "--server", up.address)
    #expect(refused.status == 1)
    #expect(refused.errorLines == ["tarn: the server answers 401: this token is not known, or has expired"])
    let taken = try UpLab()
    let port = up.address.split(separator: ":").last.map(String.init) ?? ""
    let busy = try await taken.tarn.run("up", "--port", port)
    #expect(busy.status == 1)
    #expect(busy.errorLines.count == 1)
    #expect(busy.errors.contains(port))
    up.process.signal(SIGINT)
    #expect(await up.process.outcome().status == 0)
  }
}
