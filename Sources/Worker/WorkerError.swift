/// Why a worker cannot work.
public struct WorkerError: Error, Sendable, CustomStringConvertible {
  /// What kind of error it is. More may come.
  public struct Code: Sendable, Hashable {
    private enum Kind { case refused, unreachable }

    private let kind: Kind

    /// The server does not take this worker, and will not take it later.
    public static let refused = Code(kind: .refused)
    /// The server cannot be reached, or does not answer as it should.
    public static let unreachable = Code(kind: .unreachable)
  }

  public let code: Code
  /// One line, without the token.
  public let message: String

  init(_ code: Code, _ message: String) {
    self.code = code
    self.message = message
  }

  public var description: String { message }
}
