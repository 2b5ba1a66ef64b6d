/// What a worker says when it asks for jobs.
public struct WorkerPoll: Sendable, Codable {
  /// What the worker is known by; another process is another worker.
  public var worker: String
  /// The tags whose jobs it takes.
  public var tags: [String]
  /// How many jobs it can begin now.
  public var slots: Int
  /// What it has under way.
  public var running: [JobErrand]

  public init(worker: String, tags: [String], slots: Int, running: [JobErrand] = []) {
    self.worker = worker
    self.tags = tags
    self.slots = slots
    self.running = running
  }
}

/// What a worker is told.
public struct PollAnswer: Sendable, Codable {
  /// To begin. Among them may be what it was given before, when that answer did not reach it.
  public var jobs: [Job] = []
  /// Jobs that it has and somebody wants to end.
  public var cancelled: [JobErrand] = []
  /// Jobs that it has and that were taken away from it: their outcome will be refused.
  public var lost: [JobErrand] = []

  public init() {}

  var isEmpty: Bool { jobs.isEmpty && cancelled.isEmpty && lost.isEmpty }
}
