internal import Synchronization

/// Where a response's body is written to while it is sent.
public struct HTTPBodyWriter: Sendable {
  private let sink: @Sendable ([UInt8]) async throws -> Void

  init(_ sink: @escaping @Sendable ([UInt8]) async throws -> Void) {
    self.sink = sink
  }

  /// Writes bytes, which stay together when several tasks write.
  ///
  /// Returns as soon as the server has room for more, so that a client that reads slowly slows the writing down.
  ///
  /// - Throws: `CancellationError` when the client is gone or the server stops.
  public func write(_ bytes: [UInt8]) async throws {
    if !bytes.isEmpty { try await sink(bytes) }
  }

  /// Writes text in UTF-8.
  public func write(_ text: String) async throws {
    try await write(Array(text.utf8))
  }
}

/// Bytes that several tasks may add to.
final class CollectedBytes: Sendable {
  private let storage = Mutex<[UInt8]>([])

  var bytes: [UInt8] { storage.withLock { $0 } }

  func append(_ bytes: [UInt8]) {
    storage.withLock { $0 += bytes }
  }
}
