import Foundation
import HTTPClient
import Synchronization
import TestKit
import Testing

@testable import RESTSource

@Suite struct RetryTests {
  @Test(arguments: [
    #""status": 429"#, #""status": 500"#, #""status": 503"#, #""fault": "close""#, #""fault": "cut""#,
  ])
  func whatMayPassIsTriedAgain(failure: String) async throws {
    let api = try await TestAPI(
      #"[{"path": "/a", \#(failure), "times": 2, "body": [9]}, {"path": "/a", "body": [{"x": 1}]}]"#)
    let clock = JumpingClock()
    let extracts = try await api.read("  - a", clock: clock)
    #expect(try extracts[0].lines == [#"{"x": 1}"#])
    #expect(extracts[0].requests == 3)
    #expect(clock.slept == [.seconds(1), .seconds(2)])
  }

  @Test func attemptsAndPausesAreSettings() async throws {
    let api = try await TestAPI(#"[{"path": "/a", "status": 502, "body": "<html>\n bad   gateway"}]"#)
    let clock = JumpingClock()
    let client = "request_max_attempts: 6\nrequest_backoff_factor: 0.5\nrequest_max_retry_delay: 3s"
    await #expect(throws: RESTSourceError.self) { try await api.read(client: client, "  - a", clock: clock) }
    #expect(clock.slept == [0.5, 1, 2, 3, 3].map { .seconds($0) })
    let error = try await api.failure(client: "request_max_attempts: 1", "  - a")
    #expect(
      error.description
        == "resource 'a': the API answered with status 502 (\(api.base)/a): <html> bad gateway. "
        + "1 attempts were made; run again later")
  }

  @Test func otherErrorsAreNotTriedAgain() async throws {
    let api = try await TestAPI(#"[{"path": "/a", "status": 404}, {"path": "/b", "status": 400}]"#)
    #expect(try await api.failure("  - a").status == 404)
    #expect(try await api.failure("  - b").status == 400)
    #expect(try await api.targets.count == 2)
  }

  @Test(arguments: [("7", 7), ("Sun, 06 Nov 1994 08:49:40 GMT", 3), ("Sun, 06 Nov 1994 08:00:00 GMT", 0)])
  func retryAfterIsObeyed(header: String, seconds: Int) async throws {
    let api = try await TestAPI(
      #"[{"path": "/a", "status": 429, "times": 1, "headers": {"Retry-After": "\#(header)"}}, {"path": "/a"}]"#
    )
    let clock = JumpingClock()
    try await api.read("  - a", clock: clock)
    #expect(clock.now == .seconds(seconds))
  }

  @Test func aPauseThatIsTooLongIsAnErrorAtOnce() async throws {
    let api = try await TestAPI(#"[{"path": "/a", "status": 429, "headers": {"Retry-After": "3600"}}]"#)
    let error = try await api.failure("  - a")
    #expect(error.description.contains("asks to wait 3600 s, longer than request_max_retry_delay (300 s)"))
    #expect(try await api.targets.count == 1)
  }

  @Test(arguments: [
    ("{status_code: 404, action: ignore}", "/missing"), ("{content: gone for, action: ignore}", "/gone"),
    ("{status_code: 410, content: gone for, action: ignore}", "/gone"),
  ])
  func answersMayBePassedOver(action: String, path: String) async throws {
    let api = try await TestAPI(
      """
      [{"path": "/gone", "status": 410, "body": {"message": "gone for good"}},
       {"path": "/ids", "body": [{"p": "/other"}, {"p": "\(path)"}]}, {"path": "/other", "body": [{"a": 1}]}]
      """)
    let extracts = try await api.read(
      "  - ids\n  - {name: r, endpoint: {path: '{resources.ids.p}', response_actions: [\(action)]}}")
    #expect(extracts[1].rows == 1)
    #expect(extracts[1].ignoredAnswers == 1)
    let error = try await api.failure(
      "  - {name: r, endpoint: {path: gone, response_actions: [{status_code: 410, content: else, action: ignore}]}}"
    )
    #expect(error.status == 410)
  }

  @Test func aServerThatIsNotThere() async throws {
    let api = try await TestAPI("[]")
    let gone = try RESTAPI(
      yaml: "client: {base_url: 'http://127.0.0.1:1', request_max_attempts: 2}\nresources: [a]", folder: "/")
    do {
      _ = try await RESTExtractor(
        gone, clock: JumpingClock(), transport: { CurlTransport(maximumConnections: 1) }
      ).extract(into: api.folder.path)
      Issue.record("it is there")
    } catch let error as RESTSourceError {
      #expect(error.code == .connection)
      #expect(error.description.contains("no answer after 2 attempts"), "\(error)")
    }
  }

  // MARK: Limits

  @Test func requestsKeepToTheRate() async throws {
    let clock = JumpingClock()
    let gate = RequestGate(
      maximumParallel: 1, limit: RESTRateLimit(requests: 3, period: .seconds(10)), clock: clock)
    var starts: [Duration] = []
    for _ in 0..<7 { starts.append(try await gate.run { clock.now }) }
    #expect(starts == [0, 0, 0, 10, 10, 10, 20].map { .seconds($0) })
    await gate.pause(for: .seconds(35))
    #expect(try await gate.run { clock.now } == .seconds(55))
  }

  @Test func aDeclaredRateAndItsParallelRequests() async throws {
    let api = try await TestAPI(
      #"[{"path": "/a", "body": [1]}, {"path": "/b", "body": [1]}, {"path": "/c", "body": [1]}]"#)
    let clock = JumpingClock()
    try await api.read(
      client: "rate_limit: {requests: 1, per: 1m}\nmax_parallel: 1", "  - a\n  - b\n  - c", clock: clock)
    #expect(clock.now == .seconds(120))
  }

  /// Each answer waits for both requests: one at a time would wait for ever. The third finds its turn afterwards.
  @Test func requestsRunAtTheSameTimeUpToTheLimit() async throws {
    let api = try await TestAPI(
      """
      [{"path": "/a", "wait_for": 2, "body": [1]}, {"path": "/b", "wait_for": 2, "body": [1]},
       {"path": "/c", "body": [1]}]
      """)
    try await api.read(client: "max_parallel: 2", "  - a\n  - b\n  - c")
    #expect(try await Set(api.targets) == ["/a", "/b", "/c"])
  }

  @Test func permitsAreHandedOverAndNotLostWhenWaitersGiveUp() async throws {
    let permits = Permits(1)
    try await permits.take()
    #expect(!permits.tryTake())
    let waiting = Task { try await permits.take() }
    let impatient = Task { try await permits.take() }
    impatient.cancel()
    await #expect(throws: CancellationError.self) { try await impatient.value }
    permits.giveBack()
    try await waiting.value
    #expect(!permits.tryTake())
    permits.giveBack()
    #expect(permits.tryTake())
  }

  @Test func theWholeRunHasATimeLimit() async throws {
    // The clock jumps over the limit at once, while the answer waits.
    let api = try await TestAPI(#"[{"path": "/a", "wait_for": 2, "body": [1]}]"#)
    let error = try await api.failure(client: "timeout: 20s", "  - a")
    #expect(error.description.contains("took longer than client.timeout (20 s)"), "\(error)")
  }

  @Test func aServerThatDoesNotAnswerInTime() async throws {
    let api = try await TestAPI(#"[{"path": "/a", "wait_for": 99}]"#)
    let error = try await api.failure(client: "request_timeout: 1s\nrequest_max_attempts: 1", "  - a")
    #expect(error.code == .connection)
  }

  @Test func progressIsToldAfterEachPage() async throws {
    let api = try await TestAPI(
      """
      [{"path": "/a", "query": {"p": null}, "body": {"d": [{"id": 1}], "next": "{here}/a?p=2"}},
       {"path": "/a", "body": {"d": [{"id": 2}]}}]
      """)
    let seen = Mutex<[RESTProgress]>([])
    _ = try await RESTExtractor(api.declared("  - a")).extract(into: api.folder.path) { progress in
      seen.withLock { $0.append(progress) }
    }
    #expect(
      seen.withLock { $0 } == [
        RESTProgress(resource: "a", rows: 1, bytes: 10, requests: 1),
        RESTProgress(resource: "a", rows: 2, bytes: 20, requests: 2),
      ])
  }

  @Test func cancellationAtAnyMomentEndsARun() async throws {
    let rows = (1...30).map { "{\"id\": \($0)}" }.joined(separator: ", ")
    let api = try await TestAPI(
      #"[{"path": "/p", "body": [\#(rows)]}, {"path": "/c", "status": 503, "times": 4}, {"path": "/c", "body": [1]}]"#
    )
    for moment in 0..<40 {
      let reading = Task {
        try await api.read(
          client: "max_parallel: \(moment % 4 + 1)\nrate_limit: {requests: 5, per: 1m}",
          "  - p\n  - {name: c, endpoint: {path: c, params: {p: '{resources.p.id}'}}}")
      }
      for _ in 0..<(moment * moment) { await Task.yield() }
      reading.cancel()
      // Either it was done before, or it says that it was cancelled; it always ends.
      do { _ = try await reading.value } catch { #expect(error is CancellationError, "\(error)") }
    }
  }

  @Test func cancellationEndsARunAndLeavesNoFiles() async throws {
    let api = try await TestAPI(
      #"[{"path": "/a", "query": {"n": null}, "body": {"d": [1], "next": "{here}/a?n=1"}}, {"path": "/a", "wait_for": 99}]"#
    )
    let reading = Task { try await api.read("  - a") }
    while try await api.targets.count < 2 { await Task.yield() }
    reading.cancel()
    await #expect(throws: CancellationError.self) { try await reading.value }
    #expect(api.leftovers == [])
  }
}
