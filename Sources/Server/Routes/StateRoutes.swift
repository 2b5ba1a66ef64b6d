internal import Accounts
internal import HTTPServer
internal import JSON
internal import Jobs
internal import Store

/// What jobs note: values that the jobs of one run share, and which parts of tables they have made.
struct StateRoutes {
  let queue: JobQueue

  private static let largestValue = 1 << 20
  private static let statuses: Set<String> = ["running", "materialized", "failed"]

  func add(to routes: inout APIRoutes) {
    let state = self
    routes.on(.get, "jobs/flow/user_states/{id}/{key}", .run, "jobs:run") { api in
      let root = try await state.root(api)
      return .json(text: try await state.queue.userState(try api.parameter("key"), of: root) ?? "null")
    }
    routes.on(.post, "jobs/flow/user_states/{id}/{key}", .run, "jobs:run") { api in
      let root = try await state.root(api)
      let value = (try await api.json() ?? .null).text
      guard value.utf8.count <= Self.largestValue else {
        throw APIError(.contentTooLarge, "a value of a run's state may have \(Self.largestValue >> 20) MiB")
      }
      try await state.queue.setUserState(try api.parameter("key"), to: value, of: root)
      return .json(.null)
    }
    routes.on(.post, "assets/record_materialization", .run, "jobs:run") { try await state.record($0) }
    routes.on(.get, "assets/partitions", .read, "jobs:read") { api in
      guard let path = api.request.query["path"] else {
        throw APIError(.badRequest, "the query lacks 'path'")
      }
      return .json(.array(try await state.queue.materializations(of: path, in: api.workspace).map(Self.json)))
    }
  }

  /// The run's first job, when it is one of the workspace that the sender may see.
  private func root(_ api: APIRequest) async throws -> JobID {
    let id = try api.jobID()
    let job = try await queue.job(id)
    guard job.workspace == api.workspace, job.createdBy == api.identity.username || api.identity.may(.write)
    else {
      throw APIError(.notFound, "there is no job \(id)")
    }
    return id
  }

  private func record(_ api: APIRequest) async throws -> HTTPResponse {
    let body = try await api.object()
    let status = try body.string("status")
    guard Self.statuses.contains(status) else {
      throw APIError(
        .badRequest, "status must be running, materialized or failed, not '\(status.prefix(80))'")
    }
    try await queue.record(
      Materialization(
        kind: try body.string("asset_kind"), path: try body.string("asset_path"),
        partition: try body.optionalString("partition") ?? "", status: status,
        snapshot: try body.int("snapshot_id"),
        rows: try body.int("row_count"), job: try body.optionalString("job_id"),
        error: try body.optionalString("error")), in: api.workspace)
    return .json(.null)
  }

  private static func json(_ made: Materialization) -> JSONValue {
    .object(
      JSONObject(pairs: [
        "asset_kind": .string(made.kind), "asset_path": .string(made.path),
        "partition": .string(made.partition),
        "status": .string(made.status), "snapshot_id": made.snapshot.map(JSONValue.int) ?? .null,
        "row_count": made.rows.map(JSONValue.int) ?? .null, "job_id": .optional(made.job),
        "error": .optional(made.error), "materialized_at": .string(made.recordedAt.text),
      ]))
  }
}
