/// What the queue refused.
public struct JobError: Error, Sendable, CustomStringConvertible {
  /// What kind of error it is. More may come.
  public struct Code: Sendable, Hashable {
    private enum Kind { case notFound, notYours, corrupt, noWorker }

    private let kind: Kind

    /// There is no such job.
    public static let notFound = Code(kind: .notFound)
    /// The job was taken away from the worker, or has ended.
    public static let notYours = Code(kind: .notYours)
    /// No worker takes such a job; it was cancelled.
    public static let noWorker = Code(kind: .noWorker)
    /// What stands in the store is not what was written there.
    public static let corrupt = Code(kind: .corrupt)
  }

  public let code: Code
  /// One line, safe to show.
  public let message: String

  init(_ code: Code, _ message: String) {
    self.code = code
    self.message = message
  }

  public var description: String { message }
}
