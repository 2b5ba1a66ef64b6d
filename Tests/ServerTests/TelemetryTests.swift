import Accounts
import Foundation
import HTTPClient
import JSON
import Jobs
import Store
import Synchronization
import TestKit
import Testing

/// What a server tells of itself and of its jobs while they run.
struct TelemetryTests {
  private final class Lines: Sendable {
    private let all = Mutex<[String]>([])

    var values: [String] { all.withLock { $0 } }

    func add(_ line: String) { all.withLock { $0.append(line) } }
  }

  @Test func `requests are counted and logged, tokens and queries are not`() async throws {
    let lines = Lines()
    try await ServerLab.with(log: lines.add) { lab async throws in
      #expect(try await lab.query("SELECT 1 AS one").status == 200)
      #expect(try await lab.query("SELECT nothing").status == 500)
      #expect(try await lab.send("GET", "/w/main/jobs/list?token=\(lab.token)&secret=word").status == 200)
      #expect(try await lab.send("GET", "/w/main/variables/get/f/no/such").status == 404)
      let answer = try await metrics(lab)
      #expect(answer.status == 200)
      let route = #"route="/api/w/{workspace}/jobs/run_wait_result/preview""#
      #expect(answer.text.contains("tarn_http_requests_total{method=\"POST\",\(route),status=\"200\"} 1\n"))
      #expect(answer.text.contains("tarn_http_requests_total{method=\"POST\",\(route),status=\"500\"} 1\n"))
      #expect(answer.text.contains("tarn_http_request_seconds_count{\(route)} 2\n"))
      #expect(answer.text.contains("tarn_http_request_seconds_bucket{\(route),le=\"+Inf\"} 2\n"))
      #expect(answer.text.contains("tarn_workers{tag=\"duckdb\"} 1\n"))
      #expect(answer.text.contains("tarn_jobs_ended_total{state=\"success\"} 1\n"))
      #expect(answer.text.contains("tarn_jobs_ended_total{state=\"failure\"} 1\n"))
      // Each line is a comment or a sample, as Prometheus reads them.
      for line in answer.text.split(separator: "\n") {
        #expect(
          line.wholeMatch(
            of:
              /# (HELP|TYPE) [a-z_]+ .+|[a-z_]+(\{[a-z]+="[^"\n]*"(,[a-z]+="[^"\n]*")*\})? (NaN|-?[0-9.]+(e[+-]?[0-9]+)?)/
          ) != nil, "\(line)")
      }
      let developers = try await lab.token(of: .developer)
      #expect(try await metrics(lab, token: developers).status == 403)
      #expect(try await metrics(lab, token: "").status == 401)
    }
    let logged = try lines.values.map { try #require(try JSONValue(parsing: $0).object) }
    let missing = try #require(logged.first { $0["status"]?.int == 404 })
    #expect(missing["path"]?.string == "/api/w/main/variables/get/f/no/such")
    #expect(missing["route"]?.string == "/api/w/{workspace}/variables/get/{path...}")
    #expect(missing["level"]?.string == "info")
    #expect(logged.contains { $0["status"]?.int == 500 && $0["level"]?.string == "error" })
    #expect(!lines.values.contains { $0.contains("tarn_") || $0.contains("word") })
    #expect(Set(logged.compactMap { $0["id"]?.string }).count == logged.count)
  }

  @Test(.enabled(if: WmillPackage.isInstalled, "scripts/setup-tests puts the package wmill in place"))
  func `a job's log and progress come while it runs`() async throws {
    try await ServerLab.with(python: WmillPackage.python) { lab async throws in
      let script = """
        import time, wmill
        def main():
            print("first", flush=True)
            wmill.set_progress(50)
            while not wmill.get_variable("f/all/go") == "yes":
                time.sleep(0.02)
            print("second")
            return 7
        """
      try await lab.accounts.createVariable(
        "f/all/go", of: "main", value: "no", isSecret: false, description: "", by: "ann")
      let id = try await lab.queue.submit(
        NewJob(workspace: "main", kind: .preview, language: "python3", content: script, createdBy: "ann")
      ).id
      async let whole = lab.send("GET", "/w/main/jobs_u/getupdate_sse/\(id)")
      // The stream is whole when the job has ended; that it comes before is what a second client waits for.
      _ = try await lab.queue.follow(id, within: .seconds(300)) {
        (try await lab.queue.job(id).progress, try await lab.queue.log(of: id).text)
      } until: {
        $0.0 == 50 && $0.1.contains("first")
      }
      try await lab.accounts.updateVariable("f/all/go", of: "main", value: "yes", by: "ann")
      let answer = try await whole
      #expect(
        answer.headers.contains { $0.name.lowercased() == "content-type" && $0.value == "text/event-stream" })
      let events = answer.text.split(separator: "\n").compactMap { line in
        line.hasPrefix("data: ") ? try? JSONValue(parsing: String(line.dropFirst(6))).object : nil
      }
      #expect(events.count >= 2)
      #expect(events.compactMap { $0["new_logs"]?.string }.joined() == "first\nsecond\n")
      #expect(events.contains { $0["running"]?.bool == true && $0["progress"]?.int == 50 })
      #expect(events.last?["completed"]?.bool == true)
      #expect(events.last?["job"]?.object?["result"]?.int == 7)
      let result = try await lab.send("GET", "/w/main/jobs_u/getupdate_sse/\(id)?only_result=true")
      #expect(result.text.contains(#""only_result":7,"success":true"#))
    }
  }

  @Test(arguments: StoreKind.usable) func `jobs are forgotten some time after their end`(kind: StoreKind)
    async throws
  {
    try await ServerLab.with(kind, workers: 0) { lab async throws in
      let queue = lab.queue
      var ids: [JobID] = []
      for _ in 0..<3 {
        ids.append(
          try await queue.submit(
            NewJob(workspace: "main", kind: .preview, language: "none", content: "", createdBy: "ann")
          ).id)
      }
      let poll = WorkerPoll(worker: "w", tags: ["none"], slots: 2, running: [])
      let taken = try await queue.poll(poll, within: .seconds(5)).jobs
      #expect(taken.count == 2)
      let first = JobErrand(id: taken[0].id, attempt: taken[0].attempt)
      try await queue.appendLog("text", of: first, worker: "w")
      try await queue.end(first, of: "w", as: JobOutcome(state: .success, result: "1"))
      let end = try #require(try await queue.job(first.id).endedAt)
      #expect(try await queue.forget(endedBefore: end) == 0)
      #expect(try await queue.forget(endedBefore: end + .microseconds(1)) == 1)
      await #expect(throws: JobError.self) { () async throws in _ = try await queue.job(first.id) }
      #expect(try await queue.log(of: first.id).text == "")
      // Those that wait or run stay, however old.
      #expect(try await queue.forget(endedBefore: .now + .seconds(1000)) == 0)
      #expect(try await queue.jobs(of: "main").count == 2)
    }
  }

  private func metrics(_ lab: ServerLab, token: String? = nil) async throws -> ServerLab.Answer {
    var request = ClientRequest(url: try #require(URL(string: lab.base.absoluteString + "/metrics")))
    let sent = token ?? lab.token
    if !sent.isEmpty { request.setHeader("Authorization", "Bearer " + sent) }
    let answer = try await lab.transport.send(request)
    return ServerLab.Answer(
      status: answer.status, text: String(decoding: answer.body, as: UTF8.self), headers: answer.headers)
  }
}
