internal import Accounts
internal import HTTPServer
internal import JSON
internal import Jobs

/// `/api/w/{workspace}/jobs/…`, `jobs_u/…`, `job_metrics/…`: what is told of jobs, and what ends them.
struct JobRoutes {
  let queue: JobQueue
  let results: Results

  func add(to routes: inout APIRoutes) {
    let queue = queue
    let jobs = self
    routes.on(.get, "jobs/list", .read, "jobs:read") { try await jobs.list($0) }
    routes.on(.get, "jobs_u/get/{id}", .read, "jobs:read") { api in
      .json(JobJSON.value(of: try await jobs.job(api)))
    }
    routes.on(.get, "jobs_u/get_logs/{id}", .read, "jobs:read") { api in
      .text(try await queue.log(of: try await jobs.job(api).id).text)
    }
    routes.on(.get, "jobs_u/getupdate_sse/{id}", .read, "jobs:read") { api in
      let updates = JobUpdates(
        queue: queue, id: try await jobs.job(api).id, onlyResult: api.request.query["only_result"] == "true")
      let offset = api.request.query["log_offset"].flatMap { Int($0) } ?? 0
      return .serverSentEvents { try await updates.send(to: $0, from: offset) }
    }
    routes.on(.get, "jobs_u/get_root_job_id/{id}", .read, "jobs:read") { api in
      let job = try await jobs.job(api)
      return .json(.string((job.root ?? job.id).text))
    }
    routes.on(.get, "jobs_u/completed/get_result/{id}", .read, "jobs:read") { api in
      let job = try await jobs.job(api)
      guard job.state.isFinal else { throw APIError(.notFound, "job \(job.id) has not ended") }
      return try await jobs.results.response(for: job)
    }
    routes.on(.get, "jobs_u/completed/get_result_maybe/{id}", .read, "jobs:read") { api in
      let job = try await jobs.job(api)
      let result = try await jobs.results.text(of: job).flatMap { try? JSONValue(parsing: $0) } ?? .null
      return .json(
        .object(
          JSONObject(pairs: [
            "completed": .bool(job.state.isFinal), "result": result, "success": .bool(job.state == .success),
            "started": .bool(job.startedAt != nil),
          ])))
    }
    routes.on(.post, "jobs_u/queue/cancel/{id}", .run, "jobs:run") { try await jobs.cancel($0) }
    routes.on(.post, "job_metrics/set_progress/{id}", .run, "jobs:run") { api in
      let job = try await jobs.job(api)
      guard let percent = try await api.object().int("percent") else {
        throw APIError(.badRequest, "the body lacks 'percent'")
      }
      try await queue.setProgress(percent, of: job.id)
      return .json(.null)
    }
    routes.on(.get, "job_metrics/get_progress/{id}", .read, "jobs:read") { api in
      .json(try await jobs.job(api).progress.map(JSONValue.int) ?? .null)
    }
  }

  /// The job that the path names, when it is one of the workspace.
  private func job(_ api: APIRequest) async throws -> Job {
    let id = try api.jobID()
    let job = try await queue.job(id)
    guard job.workspace == api.workspace, try await Self.isSeen(job, api) else {
      throw APIError(.notFound, "there is no job \(id)")
    }
    return job
  }

  /// A job holds what a query gave, and so what its sender may see and others may not. Runs of a script are seen by those
  /// who may use the script; what somebody sent as text, by that member and by admins.
  private static func isSeen(_ job: Job, _ api: APIRequest) async throws -> Bool {
    if job.createdBy == api.identity.username || api.identity.role == .admin { return true }
    guard job.kind == .script, let path = job.path else { return false }
    return try await api.pathRights().allow(.read, path)
  }

  private func list(_ api: APIRequest) async throws -> HTTPResponse {
    let query = api.request.query
    var filter = JobFilter()
    filter.isRunning = query["running"].map { $0 == "true" }
    filter.path = query["script_path_exact"]
    filter.createdBy = query["created_by"]
    if let success = query["success"] {
      filter.states = success == "true" ? [.success] : [.failure, .cancelled]
    }
    let page = Page(query)
    filter.limit = page.number * page.size
    let rights = try await api.pathRights()
    let found = try await queue.jobs(of: api.workspace, filter).filter { job in
      job.createdBy == api.identity.username || api.identity.role == .admin
        || (job.kind == .script && job.path.map { rights.allow(.read, $0) } == true)
    }
    return .json(.array(page.of(found).map { JobJSON.value(of: $0, withDetails: false) }))
  }

  private func cancel(_ api: APIRequest) async throws -> HTTPResponse {
    let job = try await job(api)
    // Those who may only run scripts end their own jobs.
    guard job.createdBy == api.identity.username || api.identity.may(.write) else {
      throw APIError(.forbidden, "job \(job.id) is another member's")
    }
    let reason = try await api.object().optionalString("reason")
    try await queue.cancel(job.id, by: api.identity.username, reason: reason)
    return .text(job.id.text)
  }
}
