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
