internal import JSON
internal import Jobs
internal import Store

/// A job as Windmill's clients read it.
enum JobJSON {
  static func value(of job: Job, withDetails: Bool = true) -> JSONValue {
    var object = JSONObject(pairs: [
      "id": .string(job.id.text),
      "type": .string(job.state.isFinal ? "CompletedJob" : "QueuedJob"),
      "workspace_id": .string(job.workspace),
      "state": .string(job.state.rawValue),
      "running": .bool(job.state == .running),
      "created_by": .string(job.createdBy),
      "permissioned_as": .string("u/" + job.createdBy),
      "created_at": .string(job.createdAt.text),
      "scheduled_for": .string(job.scheduledFor.text),
      "started_at": .optional(job.startedAt?.text),
      "job_kind": .string(job.kind.rawValue),
      "script_path": .optional(job.path),
      "script_hash": .optional(job.scriptHash),
      "language": .string(job.language),
      "tag": .string(job.tag),
      "priority": .int(job.priority),
      "parent_job": .optional(job.parent?.text),
      "root_job": .optional(job.root?.text),
      "worker": .optional(job.worker),
      "attempt": .int(job.attempt),
      "progress": job.progress.map(JSONValue.int) ?? .null,
      "canceled": .bool(job.state == .cancelled || job.cancelledBy != nil),
      "canceled_by": .optional(job.cancelledBy),
      "canceled_reason": .optional(job.cancelReason),
      "is_flow_step": .bool(false),
    ])
    if let startedAt = job.startedAt, let endedAt = job.endedAt {
      object["duration_ms"] = .int(Int((endedAt.microseconds - startedAt.microseconds) / 1000))
      object["completed_at"] = .string(endedAt.text)
      object["success"] = .bool(job.state == .success)
    }
    if withDetails {
      object["raw_code"] = .string(job.content)
      object["args"] = (try? JSONValue(parsing: job.arguments)) ?? .null
      if job.state.isFinal, let output = job.output {
        // Where it is; it may be large.
        object["result_file"] = .object(
          JSONObject(pairs: [
            "format": .string(output.rawValue),
            "path": .string("/api/w/\(job.workspace)/jobs_u/completed/get_result/\(job.id)"),
          ]))
      } else if let result = job.result {
        object["result"] = (try? JSONValue(parsing: result)) ?? .null
      }
    }
    return .object(object)
  }

  /// The kind of error that a job failed with.
  static func name(of job: Job) -> String? {
    job.result.flatMap { try? JSONValue(parsing: $0) }?.object?["error"]?.object?["name"]?.string
  }

  /// Whether a job failed for want of a right.
  static func isDenied(_ job: Job) -> Bool {
    let error = job.result.flatMap { try? JSONValue(parsing: $0) }?.object?["error"]?.object
    return error?["name"]?.string == JobOutcome.denied
  }

  /// The message of a job that failed.
  static func message(of job: Job) -> String {
    let error = job.result.flatMap { try? JSONValue(parsing: $0) }?.object?["error"]?.object
    return error?["message"]?.string ?? "job \(job.id) failed"
  }
}
