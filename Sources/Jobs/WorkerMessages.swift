public import Grants

/// What a worker and a server say to each other, as JSON over HTTP.
public enum WorkerMessages {
  /// A job, and what the worker needs besides.
  public struct Assignment: Sendable, Codable {
    public let job: Job
    /// A JSON object: the job's arguments, with values in the places of names of variables and resources.
    public let arguments: String
    /// Good for as long as the job runs.
    public let token: String
    /// The e-mail address of the one in whose name it runs.
    public let email: String
    /// What the one in whose name it runs may do with lakes; nil for all.
    public let rights: LakeRights?

    public init(job: Job, arguments: String, token: String, email: String, rights: LakeRights? = nil) {
      self.job = job
      self.arguments = arguments
      self.token = token
      self.email = email
      self.rights = rights
    }

    /// What the worker says it has.
    public var errand: JobErrand { JobErrand(id: job.id, attempt: job.attempt) }
  }

  /// What a declared load names of its workspace.
  public struct NamedValues: Sendable, Codable {
    /// `$var:PATH` and `$res:PATH`.
    public var names: [String]
    /// The path of a script in Python.
    public var script: String?

    public init(names: [String], script: String?) {
      self.names = names
      self.script = script
    }
  }

  /// What these are.
  public struct NamedValueTexts: Sendable, Codable {
    /// JSON texts, by their names.
    public var values: [String: String]
    /// The script's text.
    public var script: String?

    public init(values: [String: String], script: String?) {
      self.values = values
      self.script = script
    }
  }

  /// The answer to a poll.
  public struct Answer: Sendable, Codable {
    public var assignments: [Assignment]
    public var cancelled: [JobErrand]
    public var lost: [JobErrand]

    public init(assignments: [Assignment], cancelled: [JobErrand], lost: [JobErrand]) {
      self.assignments = assignments
      self.cancelled = cancelled
      self.lost = lost
    }
  }
}
