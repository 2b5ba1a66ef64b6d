internal import Accounts
internal import Foundation
internal import HTTPServer
internal import JSON
internal import Jobs
internal import LakeSettings
internal import Secrets
internal import Store

/// `/api/workers/…`: what workers say.
struct WorkerRoutes {
  let accounts: Accounts
  let queue: JobQueue
  let workspaces: WorkspaceSource
  let metrics: Metrics
  let results: Results
  let trail: AuditTrail

  /// How long a poll waits at most, in seconds.
  private static let longestWait = 30
  /// A result that is larger belongs into a lake.
  static let largestResult = 64 << 20
  private static let largestLog = 1 << 20

  func add(to routes: inout APIRoutes) {
    let routesOfWorkers = self
    routes.onGlobal(.get, "workers/list", .write, "workers:read") { api in
      try api.requireInstance()
      return .json(.array(try await routesOfWorkers.queue.workers().map(Self.json)))
    }
    routes.onWorkers(.get, "settings") { api in
      // Credentials come from the server, so that a worker elsewhere needs none of its own.
      let all = try await routesOfWorkers.workspaces.all(of: routesOfWorkers.accounts).map(\.withSecrets)
      return .json([UInt8](try JSONEncoder().encode(all)))
    }
    routes.onWorkers(.post, "poll") { try await routesOfWorkers.poll($0) }
    let job = "{worker}/jobs/{id}/{attempt}/"
    routes.onWorkers(.post, job + "end") { try await routesOfWorkers.end($0) }
    routes.onWorkers(.post, job + "denied") { try await routesOfWorkers.denied($0) }
    routes.onWorkers(.post, job + "result") { try await routesOfWorkers.keepResult($0) }
    routes.onWorkers(.get, job + "rows") { api in
      try await routesOfWorkers.results.rows(of: try await routesOfWorkers.runningJob(of: api).id)
    }
    routes.onWorkers(.post, job + "values") { try await routesOfWorkers.values($0) }
    routes.onWorkers(.post, job + "log") { try await routesOfWorkers.log($0) }
  }

  private static func json(_ worker: WorkerRecord) -> JSONValue {
    .object(
      JSONObject(pairs: [
        "worker": .string(worker.name), "custom_tags": .array(worker.tags.map(JSONValue.string)),
        "started_at": .string(worker.since.text), "ping_at": .string(worker.seen.text),
      ]))
  }

  private func poll(_ api: APIRequest) async throws -> HTTPResponse {
    let bytes = try await api.request.body.collect(upTo: APIRequest.largestBody)
    guard let poll = try? JSONDecoder().decode(WorkerPoll.self, from: Data(bytes)) else {
      throw APIError(.badRequest, "this is no poll of a worker; are worker and server of the same version?")
    }
    let wait = min(
      max(api.request.query["wait"].flatMap { Int($0) } ?? Self.longestWait, 0), Self.longestWait)
    let answer = try await queue.poll(poll, within: .seconds(wait))
    var assignments: [WorkerMessages.Assignment] = []
    for job in answer.jobs {
      do { assignments.append(try await assignment(of: job)) } catch {
        let message = APIError(error)?.message ?? "its arguments could not be prepared"
        try? await queue.end(
          JobErrand(id: job.id, attempt: job.attempt), of: poll.worker,
          as: .failure(name: "BadArguments", message: message))
      }
    }
    let reply = WorkerMessages.Answer(
      assignments: assignments, cancelled: answer.cancelled, lost: answer.lost)
    return .json([UInt8](try JSONEncoder().encode(reply)))
  }

  private func assignment(of job: Job) async throws -> WorkerMessages.Assignment {
    var arguments = job.arguments
    // Most arguments name nothing; then they stay as they were written.
    if arguments.contains("$var:") || arguments.contains("$res:") {
      let value = try JSONValue(parsing: arguments)
      let rights = try await accounts.pathRights(of: job.createdBy, in: job.workspace)
      arguments = try await Interpolation(accounts: accounts, workspace: job.workspace, rights: rights)
        .resolved(value).text
    }
    let token = accounts.jobToken(for: job.id.text, username: job.createdBy, of: job.workspace)
    let email = try await accounts.identity(of: token)?.email ?? ""
    let rights = try await accounts.rights(of: job.createdBy, in: job.workspace)
    return WorkerMessages.Assignment(
      job: job, arguments: arguments, token: token.text, email: email, rights: rights)
  }

  private func end(_ api: APIRequest) async throws -> HTTPResponse {
    let name = api.request.query["state"] ?? ""
    guard let state = JobState(rawValue: name), state.isFinal else {
      throw APIError(.badRequest, "a job cannot end as '\(name.prefix(80))'")
    }
    let bytes = try await api.request.body.collect(upTo: Self.largestResult)
    let result = String(decoding: bytes, as: UTF8.self)
    let errand = try errand(of: api)
    try await queue.end(
      errand, of: try api.parameter("worker"),
      as: JobOutcome(
        state: state, result: result,
        output: api.request.query["output"].flatMap { OutputFormat(rawValue: $0) }))
    // What fails here is found by the next sweep.
    try? await results.removeRows(of: errand.id)
    metrics.ended(state)
    if state == .failure, result.contains(JobOutcome.denied) { try await noteDenial(errand.id) }
    return HTTPResponse(status: .noContent)
  }

  private func keepResult(_ api: APIRequest) async throws -> HTTPResponse {
    guard let format = api.request.query["format"].flatMap({ OutputFormat(rawValue: $0) }) else {
      throw APIError(.badRequest, "a result is kept as json, ndjson, csv or parquet")
    }
    let job = try await runningJob(of: api)
    try await results.keep(api.request.body, of: job.id, as: format)
    return HTTPResponse(status: .noContent)
  }

  /// What a declared load names of its workspace, as far as the one may see it in whose name it runs.
  private func values(_ api: APIRequest) async throws -> HTTPResponse {
    let bytes = try await api.request.body.collect(upTo: APIRequest.largestBody)
    guard let question = try? JSONDecoder().decode(WorkerMessages.NamedValues.self, from: Data(bytes)) else {
      throw APIError(
        .badRequest, "this is no question of a worker; are worker and server of the same version?")
    }
    let job = try await runningJob(of: api)
    let rights = try await accounts.pathRights(of: job.createdBy, in: job.workspace)
    let interpolation = Interpolation(accounts: accounts, workspace: job.workspace, rights: rights)
    var answer = WorkerMessages.NamedValueTexts(values: [:], script: nil)
    for name in question.names {
      try require(name, isNamedBy: job)
      answer.values[name] = try await interpolation.resolved(.string(name)).text
    }
    if let path = question.script {
      try require(path, isNamedBy: job)
      guard rights.allow(.read, path) else {
        throw APIError(.forbidden, "\(path.prefix(200)) is another's, or in a folder of others")
      }
      let script = try await accounts.script(path, of: job.workspace)
      guard script.language == "python3" else {
        throw APIError(.badRequest, "'\(path)' is no script in Python")
      }
      answer.script = script.content
    }
    return .json([UInt8](try JSONEncoder().encode(answer)))
  }

  private func require(_ name: String, isNamedBy job: Job) throws(APIError) {
    guard job.language == "load", job.content.contains(name) else {
      throw APIError(.forbidden, "job \(job.id) does not name this")
    }
  }

  private func runningJob(of api: APIRequest) async throws -> Job {
    let errand = try errand(of: api)
    let job = try await queue.job(errand.id)
    guard job.state == .running, job.attempt == errand.attempt, job.worker == (try api.parameter("worker"))
    else {
      throw APIError(.conflict, "job \(errand.id) is no longer this worker's")
    }
    return job
  }

  private func noteDenial(_ id: JobID) async throws {
    let job = try await queue.job(id)
    if JobJSON.isDenied(job) { note(denial: JobJSON.message(of: job), of: job) }
  }

  private func denied(_ api: APIRequest) async throws -> HTTPResponse {
    let bytes = try await api.request.body.collect(upTo: Self.largestLog)
    let job = try await queue.job(try errand(of: api).id)
    note(denial: String(decoding: bytes.prefix(2000), as: UTF8.self), of: job)
    return HTTPResponse(status: .noContent)
  }

  private func note(denial reason: String, of job: Job) {
    let details = JSONObject(pairs: ["job": .string(job.id.text), "reason": .string(reason)])
    trail.keepLater(
      AuditEntry(
        workspace: job.workspace, username: job.createdBy, operation: "lakes.query", kind: .denied,
        resource: job.path ?? job.kind.rawValue, parameters: JSONValue.object(details).text))
  }

  private func log(_ api: APIRequest) async throws -> HTTPResponse {
    let bytes = try await api.request.body.collect(upTo: Self.largestLog)
    try await queue.appendLog(
      String(decoding: bytes, as: UTF8.self), of: try errand(of: api), worker: try api.parameter("worker"))
    return HTTPResponse(status: .noContent)
  }

  private func errand(of api: APIRequest) throws -> JobErrand {
    guard let attempt = Int(try api.parameter("attempt")) else {
      throw APIError(.badRequest, "an attempt is a number")
    }
    return JobErrand(id: try api.jobID(), attempt: attempt)
  }
}
