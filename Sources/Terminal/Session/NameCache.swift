internal import Synchronization

/// The names that completion knows, shared by the session, which keeps them fresh, and the editor, which asks on a thread
/// of its own.
public final class NameCache: Sendable {
  private let stored = Mutex(CatalogNames())

  /// Makes an empty cache.
  public init() {}

  /// The names.
  public var names: CatalogNames {
    get { stored.withLock { $0 } }
    set { stored.withLock { $0 = newValue } }
  }

  /// What a ``LineEditor`` wants.
  public var completer: LineEditor.Completer {
    { before, after in Completion.complete(before: before, after: after, names: self.names) }
  }
}
