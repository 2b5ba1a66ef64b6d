internal import Accounts
internal import HTTPServer
internal import JSON
internal import Jobs
internal import Scripts
internal import Signatures
internal import Store

/// `/api/w/{workspace}/jobs/run…`: what begins jobs.
struct RunRoutes {
  let accounts: Accounts
  let queue: JobQueue
  /// The languages that workers run.
  let languages: Set<String>
  let results: Results

  /// What jobs may send while they run, whoever runs them.
  private static let queryLanguages: Set<String> = ["duckdb", "postgresql"]
  /// How long a request waits for its job.
  private static let longestWait = Duration.seconds(15 * 60)

  func add(to routes: inout APIRoutes) {
    let run = self
    routes.on(.post, "jobs/run/p/{path...}", .run, "jobs:run") {
      try await run.begin($0, try await run.byPath($0))
    }
    routes.on(.post, "jobs/run/h/{hash}", .run, "jobs:run") {
      try await run.begin($0, try await run.byHash($0))
    }
    routes.on(.post, "jobs/run/preview", .preview, "jobs:preview") {
      try await run.begin($0, try await run.preview($0))
    }
    // Clients on the machine of a server or worker take the first, all others the second.
    for path in ["jobs/run_inline/preview", "jobs/run_wait_result/preview"] {
      routes.on(.post, path, .query, "jobs:preview") { try await run.wait($0, try await run.preview($0)) }
    }
    for path in ["jobs/run_wait_result/p/{path...}", "jobs/run_wait_result/script/{path...}"] {
      routes.on(.post, path, .run, "jobs:run") { try await run.wait($0, try await run.byPath($0)) }
    }
  }

  // MARK: Which job

  private func preview(_ api: APIRequest) async throws -> NewJob {
    let body = try await api.object()
    let language = ScriptLanguage.canonicalName(try body.string("language"))
    // A job that queries a lake for one who may only run scripts is no way to run anything else.
    guard Self.queryLanguages.contains(language) || api.identity.may(.preview) else {
      throw APIError(
        .forbidden, "a job of u/\(api.identity.username) may send queries, and run no other text")
    }
    var job = NewJob(
      workspace: api.workspace, kind: .preview, language: language,
      content: try body.string("content"), arguments: try body.objectText("args"),
      createdBy: api.identity.username,
      tag: try body.optionalString("tag"))
    job.path = try body.optionalString("path")
    return try settled(job, api)
  }

  private func byPath(_ api: APIRequest) async throws -> NewJob {
    try await job(of: try await accounts.script(try await api.path(.read), of: api.workspace), api)
  }

  private func byHash(_ api: APIRequest) async throws -> NewJob {
    let script = try await accounts.script(hash: try api.parameter("hash"), of: api.workspace)
    try await api.require(.read, script.path)
    return try await job(of: script, api)
  }

  private func job(of script: StoredScript, _ api: APIRequest) async throws -> NewJob {
    var job = NewJob(
      workspace: api.workspace, kind: .script,
      language: ScriptLanguage.canonicalName(script.language), content: script.content,
      arguments: try await api.object().members.text, createdBy: api.identity.username,
      tag: api.request.query["tag"])
    job.path = script.path
    job.scriptHash = script.hash
    return try settled(job, api)
  }

  /// With what the query says of it.
  private func settled(_ job: NewJob, _ api: APIRequest) throws -> NewJob {
    guard languages.contains(job.language) else {
      throw APIError(
        .badRequest,
        "scripts in '\(job.language.prefix(80))' are not run here; languages: \(languages.sorted().joined(separator: ", "))"
      )
    }
    try check(job)
    var job = job
    // What is written once however often it is begun.
    if job.language == "load" { job.mostAttempts = LoadRoutes.attempts }
    job.output = api.request.headers.preferredType(among: OutputFormat.offers).flatMap {
      OutputFormat(mediaType: $0)
    }
    guard job.output == nil || job.language == "duckdb" else {
      throw APIError(
        .notAcceptable,
        "results of '\(job.language)' come as JSON; of 'duckdb' also as NDJSON, CSV and Parquet")
    }
    let query = api.request.query
    if let text = query["scheduled_in_secs"] {
      guard let seconds = Int(text), seconds >= 0 else {
        throw APIError(.badRequest, "scheduled_in_secs must be a number of seconds")
      }
      job.scheduledFor = .now + .seconds(seconds)
    }
    job.parent = try id(query["parent_job"], "parent_job")
    job.root = try id(query["root_job"], "root_job") ?? job.parent
    return job
  }

  /// Arguments that a script cannot take are told before there is a job.
  private func check(_ job: NewJob) throws {
    guard let language = ScriptLanguage(named: job.language),
      let arguments = (try? JSONValue(parsing: job.arguments))?.object
    else { return }
    switch language {
    case .duckdb, .postgresql:
      do { try SQLArguments.check(arguments, of: job.content, language: language) } catch {
        throw APIError(.badRequest, error.description)
      }
    case .python3, .typescript, .bash:
      guard let signature = try? Signature(of: job.content, language: language, path: job.path ?? "preview")
      else { return }
      do { try signature.check(arguments) } catch { throw APIError(.badRequest, error.description) }
    }
  }

  private func id(_ text: String?, _ name: String) throws(APIError) -> JobID? {
    guard let text, !text.isEmpty else { return nil }
    guard let id = JobID(text) else { throw APIError(.badRequest, "\(name) is no id of a job") }
    return id
  }

  // MARK: Beginning and waiting

  private func note(_ id: JobID, _ job: NewJob, _ api: APIRequest) {
    api.audit.subject(job.path ?? job.kind.rawValue)
    api.audit.detail("job", .string(id.text))
    api.audit.detail("language", .string(job.language))
  }

  private func begin(_ api: APIRequest, _ job: NewJob) async throws -> HTTPResponse {
    let id = try await queue.submit(job).id
    note(id, job, api)
    return .text(id.text, status: .created)
  }

  private func wait(_ api: APIRequest, _ new: NewJob) async throws -> HTTPResponse {
    let id = JobID()
    do {
      try await queue.submit(new, id: id)
      note(id, new, api)
      let job = try await queue.outcome(of: id, within: Self.longestWait)
      switch job.state {
      case .success:
        let response = try await results.response(for: job)
        // What was asked for by Accept is for this client alone.
        return new.output == nil ? response : results.removing(job, after: response)
      case .cancelled: throw APIError(.conflict, JobJSON.message(of: job))
      case .failure:
        // What a worker refused for want of a right stands in the audit log already.
        if JobJSON.isDenied(job) { return .text(JobJSON.message(of: job), status: .forbidden) }
        throw APIError(.internalServerError, JobJSON.message(of: job))
      case .queued, .running:
        throw APIError(.gatewayTimeout, "job \(id) has not ended in time; ask for its result later")
      }
    } catch is CancellationError {
      // Nobody waits for it any more.
      let cancel = Task { [queue] in
        _ = try? await queue.cancel(id, by: new.createdBy, reason: "its client went away")
      }
      await cancel.value
      throw CancellationError()
    }
  }
}

extension JSONObject {
  var text: String { JSONValue.object(self).text }
}
