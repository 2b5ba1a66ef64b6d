/// What keeps a folder and a server from being brought together: one line that names the file or path and says what to do.
public struct SyncError: Error, Sendable, Hashable, CustomStringConvertible {
  public let description: String

  public init(_ description: String) { self.description = description }
}
