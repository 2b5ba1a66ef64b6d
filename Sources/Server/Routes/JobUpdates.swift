internal import HTTPServer
internal import JSON
internal import Jobs

/// What happens to a job, as server-sent events: `GET jobs_u/getupdate_sse/{id}`.
///
/// Each event is a JSON object: `{"type": "update", "running", "completed", "new_logs", "log_offset", "progress"}` when something has
/// changed, with `"job"` at the end.
struct JobUpdates: Sendable {
  let queue: JobQueue
  let id: JobID
  /// Whether the job's logs are left out, and its result alone is told at the end.
  let onlyResult: Bool

  /// How often a look is taken without news: when a job begins there are none.
  private static let pause = Duration.milliseconds(500)

  private struct Seen: Sendable, Hashable {
    var state: JobState
    var progress: Int?
    var end: Int
  }

  /// - Parameter offset: where the log ends that the client has.
  func send(to events: ServerSentEvents, from offset: Int) async throws {
    var last: Seen?
    var offset = offset
    while true {
      let known = last
      let start = offset
      let (job, log) = try await queue.follow(id, within: Self.pause) {
        let job = try await queue.job(id)
        return (job, onlyResult ? (text: "", end: start) : try await queue.log(of: id, after: start))
      } until: { job, log in
        Seen(state: job.state, progress: job.progress, end: log.end) != known
      }
      let seen = Seen(state: job.state, progress: job.progress, end: log.end)
      if seen != last {
        try await events.send(data: update(job, log).text)
        (last, offset) = (seen, log.end)
      }
      if job.state.isFinal { return }
    }
  }

  private func update(_ job: Job, _ log: (text: String, end: Int)) -> JSONValue {
    var object = JSONObject(pairs: [
      "type": .string("update"), "running": .bool(job.state == .running),
      "completed": .bool(job.state.isFinal), "new_logs": .string(log.text), "log_offset": .int(log.end),
      "progress": job.progress.map(JSONValue.int) ?? .null,
    ])
    guard job.state.isFinal else { return .object(object) }
    if onlyResult {
      object["only_result"] = job.result.flatMap { try? JSONValue(parsing: $0) } ?? .null
      object["success"] = .bool(job.state == .success)
    } else {
      object["job"] = JobJSON.value(of: job)
    }
    return .object(object)
  }
}
