import Synchronization

/// A value that the tasks of a test share.
public final class Shared<Value: Sendable>: Sendable {
  private let state: Mutex<Value>

  public init(_ value: Value) { state = Mutex(value) }

  public var value: Value { state.withLock { $0 } }

  /// Changes the value while nobody else looks.
  @discardableResult
  public func change<Result: Sendable>(_ body: (inout Value) -> Result) -> Result {
    state.withLock { state in
      var copy = state
      let result = body(&copy)
      state = copy
      return result
    }
  }
}
