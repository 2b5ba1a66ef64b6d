/// What a test asks of another process that uses a lake (`FaultWorker`), one line of JSON each.
public struct WorkerRequest: Codable, Sendable {
  public let id: Int
  public let command: Command

  /// What to do. Commands run side by side; those of one session in order.
  public enum Command: Codable, Sendable {
    /// Opens the lake.
    case open
    /// Commits a writer's transactions from a number on, one after another, until it is told to stop or has done so many.
    case write(WriterPlan, from: Int, count: Int?)
    /// Lets all writers end after the transaction that they are at.
    case stop
    /// Runs statements as one transaction.
    case transaction([String])
    /// Runs statements one after another in a session of this name, and answers with the rows of the last.
    case run(session: String, [String])
    /// Runs a statement of our own making with the lake's turn.
    case trusted(String)
    /// Closes the lake.
    case close
  }

  public init(id: Int, command: Command) {
    self.id = id
    self.command = command
  }
}

/// What the other process says, one line of JSON each.
public enum WorkerMessage: Codable, Sendable {
  /// The request was carried out.
  case done(id: Int, rows: [[String?]])
  /// The request failed.
  case failed(id: Int, WorkerFailure)
  /// A writer's transaction has been acknowledged, or has failed.
  case outcome(WriterOutcome)
}

/// An error that came from another process.
public struct WorkerFailure: Codable, Sendable, Error, CustomStringConvertible {
  /// The error's code, such as `conflict`; empty for errors that are not Tarn's.
  public let code: String
  public let message: String

  public init(code: String, message: String) {
    self.code = code
    self.message = message
  }

  public var description: String { code.isEmpty ? message : "\(code): \(message)" }
}
