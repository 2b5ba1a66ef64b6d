import Synchronization

/// A sign that tasks can see and one can take down.
public final class Flag: Sendable {
  private let up = Mutex(true)

  public init() {}

  public var isUp: Bool { up.withLock { $0 } }

  public func lower() { up.withLock { $0 = false } }
}
