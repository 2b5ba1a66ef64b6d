/// The result of a statement, fetched by chunks of up to 2048 rows as they are asked for, while the statement
/// runs.
///
/// ```swift
/// for try await chunk in try await connection.stream("SELECT * FROM sales") { … }
/// ```
///
/// A stream is read once: all iterators of one stream share its place. It ends early, with an error, when
/// another statement runs on its connection. When it is dropped before its end, the connection is freed, and
/// what the statement did in a transaction of its own is rolled back: run what writes with
/// `query(_:parameters:)`.
public struct ResultStream: AsyncSequence, Sendable {
  /// What the stream gives.
  public typealias Element = DataChunk

  /// The columns' names and types.
  public let columns: [Column]

  /// What the statement does.
  public let statementKind: StatementKind

  let state: StreamState
  let connection: Connection

  /// Fetches one chunk after the other.
  public struct AsyncIterator: AsyncIteratorProtocol {
    fileprivate let stream: ResultStream

    /// The next chunk, or nil after the last.
    ///
    /// - Throws: ``DuckDBError`` when the statement fails, or another ended the stream; `CancellationError`
    ///   when the task is cancelled.
    public mutating func next() async throws -> DataChunk? {
      try await stream.next()
    }
  }

  /// Goes on where the stream stands.
  public func makeAsyncIterator() -> AsyncIterator {
    AsyncIterator(stream: self)
  }

  /// The next chunk, or nil after the last.
  public func next() async throws -> DataChunk? {
    try await connection.perform { try self.next(on: $0) }
  }

  /// The next chunk, or nil after the last; for use inside ``Connection/run(_:)``.
  public func next(on connection: isolated Connection) throws -> DataChunk? {
    try connection.checkOwner(self.connection)
    return try connection.fetch(state)
  }

  /// Ends the stream before its end and frees the connection.
  public func close() async {
    // Fails only when the connection is closed, which ended the stream.
    try? await connection.perform { $0.finish(state) }
  }
}

/// A running stream.
///
/// Sendable, unchecked: `reader` and `ending` are only touched on the connection's thread.
final class StreamState: @unchecked Sendable {
  enum Ending {
    case finished
    case superseded
    case failed
  }

  let source: StatementText
  var reader: ResultReader?
  var ending: Ending?
  private let release: @Sendable (StreamLeftover) -> Void

  init(reader: ResultReader, source: StatementText, release: @escaping @Sendable (StreamLeftover) -> Void) {
    self.reader = reader
    self.source = source
    self.release = release
  }

  deinit {
    if let reader { release(StreamLeftover(reader: reader)) }
  }
}

/// A result whose stream was dropped.
///
/// Sendable, unchecked: taken out of its only owner's deinit, and used once, on the connection's thread.
struct StreamLeftover: @unchecked Sendable {
  let reader: ResultReader
}
