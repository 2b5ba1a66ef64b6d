internal import CCurl
import Foundation
import Synchronization

/// HTTP by the system's libcurl, with certificates checked, without cookies and redirects of its own; proxies are those
/// that the environment names, as curl has them.
package final class CurlTransport: HTTPTransport {
  private let maximumConnections: Int
  /// The thread that all transfers run on, from the first request on.
  private let loop = Mutex<CurlLoop?>(nil)

  /// - Parameter maximumConnections: to one server at the same time.
  package init(maximumConnections: Int) { self.maximumConnections = maximumConnections }

  package func send(_ request: ClientRequest) async throws -> ClientAnswer {
    try Task.checkCancellation()
    try CurlLibrary.require()
    let loop = try loop.withLock { loop throws(ClientFailure) -> CurlLoop in
      if let loop { return loop }
      let new = try CurlLoop(maximumConnections: maximumConnections)
      loop = new
      return new
    }
    let cancellation = CurlCancellation()
    return try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { continuation in
        loop.start(request, cancellation) { continuation.resume(with: $0) }
      }
    } onCancel: {
      cancellation.cancel()
      loop.wake()
    }
  }

  package func close() {
    loop.withLock { loop in
      loop?.end()
      loop = nil
    }
  }

  deinit { close() }
}

/// Whether somebody still waits for an answer.
final class CurlCancellation: Sendable {
  private let flag = Atomic(false)

  var isCancelled: Bool { flag.load(ordering: .acquiring) }

  func cancel() { flag.store(true, ordering: .releasing) }
}

/// The system's libcurl, found when it is first needed.
enum CurlLibrary {
  private static let problem: String? = ccurl_load().map { String(cString: $0) }

  /// - Throws: ``ClientFailure`` when it is not there.
  static func require() throws(ClientFailure) {
    guard let problem else { return }
    throw ClientFailure(kind: .noLibrary, message: problem)
  }
}
