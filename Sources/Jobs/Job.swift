internal import JSON
public import Store

/// Where a job stands.
public enum JobState: String, Sendable, Codable, CaseIterable {
  case queued
  case running
  case success
  case failure
  case cancelled

  /// Whether nothing more happens to it.
  public var isFinal: Bool { self != .queued && self != .running }
}

/// What a job runs.
public enum JobKind: String, Sendable, Codable {
  /// A script that the workspace keeps.
  case script
  /// Text that came with the request.
  case preview
}

/// A job as it is asked for.
public struct NewJob: Sendable {
  public var workspace: String
  public var kind: JobKind
  /// The script's path, or the path that a preview runs as.
  public var path: String?
  /// Which version of the script; nil for a preview.
  public var scriptHash: String?
  /// `duckdb`, `postgresql`, `python3`, …
  public var language: String
  /// The script's text.
  public var content: String
  /// A JSON object.
  public var arguments: String
  /// The one who asked for it, in whose name it runs.
  public var createdBy: String
  /// Which workers may take it.
  public var tag: String
  /// Higher ones go first.
  public var priority = 0
  /// Not before this moment; nil for at once.
  public var scheduledFor: Moment?
  /// How long it may run; nil for the server's limit.
  public var timeout: Duration?
  /// The job that asked for it.
  public var parent: JobID?
  /// The job that all began with.
  public var root: JobID?
  /// How often it is begun when workers are lost under it. What may have had an effect is not begun again unless somebody
  /// says so.
  public var mostAttempts = 1
  /// How its result is to be written; nil for one JSON value.
  public var output: OutputFormat?

  public init(
    workspace: String, kind: JobKind, language: String, content: String, arguments: String = "{}",
    createdBy: String, tag: String? = nil
  ) {
    self.workspace = workspace
    self.kind = kind
    self.language = language
    self.content = content
    self.arguments = arguments
    self.createdBy = createdBy
    self.tag = tag ?? language
  }
}

/// A job as the store has it.
public struct Job: Sendable, Codable {
  public let id: JobID
  public let workspace: String
  public let kind: JobKind
  public let path: String?
  public let scriptHash: String?
  public let language: String
  public let content: String
  /// A JSON object.
  public let arguments: String
  public let createdBy: String
  public let tag: String
  public let priority: Int
  public let state: JobState
  public let createdAt: Moment
  public let scheduledFor: Moment
  public let startedAt: Moment?
  public let endedAt: Moment?
  /// The worker that has it, or had it last.
  public let worker: String?
  /// How often it was begun.
  public let attempt: Int
  public let timeout: Duration?
  public let parent: JobID?
  public let root: JobID?
  /// Percent, as the job itself told.
  public let progress: Int?
  /// Who wants it to end, and why.
  public let cancelledBy: String?
  public let cancelReason: String?
  /// A JSON value; nil before it has ended, and when it is kept as a file.
  public let result: String?
  /// How its result is to be written and, when it has ended, what is kept as a file; nil for a JSON value in ``result``.
  public let output: OutputFormat?
}

/// How a job ended.
public struct JobOutcome: Sendable, Codable {
  /// Success, failure or cancelled.
  public let state: JobState
  /// A JSON value; of a failure: `{"error": {"name": …, "message": …}}`.
  public let result: String
  /// What the result was kept as, when it is a file.
  public let output: OutputFormat?

  /// The name of a failure for want of a right.
  public static let denied = "PermissionDenied"

  public init(state: JobState, result: String, output: OutputFormat? = nil) {
    self.state = state
    self.result = result
    self.output = output
  }

  /// - Parameters:
  ///   - name: the kind of error, as a client may look for it.
  ///   - message: for people.
  public static func failure(name: String, message: String, state: JobState = .failure) -> JobOutcome {
    let error = JSONObject(pairs: ["name": .string(name), "message": .string(message)])
    return JobOutcome(
      state: state, result: JSONValue.object(JSONObject(pairs: ["error": .object(error)])).text)
  }
}

/// A job that a worker has: another attempt is another errand.
public struct JobErrand: Sendable, Hashable, Codable {
  public let id: JobID
  public let attempt: Int

  public init(id: JobID, attempt: Int) {
    self.id = id
    self.attempt = attempt
  }
}
