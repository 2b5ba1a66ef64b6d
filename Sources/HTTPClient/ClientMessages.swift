package import Foundation

/// A request as it is sent.
package struct ClientRequest: Sendable {
  package var url: URL
  package var method: String
  package var headers: [(name: String, value: String)]
  package var body: [UInt8]?
  /// How long the connection may be silent.
  package var timeout: Duration = .seconds(60)
  package var maximumResponseSize = Int.max
  /// How long a body is that comes in pieces, in bytes; nil where that is not known: then it is sent in chunks.
  package var streamedLength: Int?

  package init(
    url: URL, method: String = "GET", headers: [(name: String, value: String)] = [], body: [UInt8]? = nil
  ) {
    self.url = url
    self.method = method
    self.headers = headers
    self.body = body
  }

  package mutating func setHeader(_ name: String, _ value: String) {
    headers.removeAll { $0.name.lowercased() == name.lowercased() }
    headers.append((name, value))
  }
}

/// An answer with its whole body.
package struct ClientAnswer: Sendable {
  package var status: Int
  package var headers: [(name: String, value: String)]
  package var body: [UInt8]

  package init(status: Int, headers: [(name: String, value: String)] = [], body: [UInt8] = []) {
    self.status = status
    self.headers = headers
    self.body = body
  }

  /// A header by its name in any case; several of one name are one, as RFC 9110 has it.
  package func header(_ name: String) -> String? {
    let values = headers.filter { $0.name.lowercased() == name.lowercased() }.map(\.value)
    return values.isEmpty ? nil : values.joined(separator: ", ")
  }
}

/// No answer came.
package struct ClientFailure: Error, Hashable {
  package enum Kind: Hashable {
    case connection, certificate, tooLarge
    /// The system has no libcurl.
    case noLibrary
  }

  package let kind: Kind
  package let message: String

  package init(kind: Kind, message: String) {
    self.kind = kind
    self.message = message
  }
}

/// Sends one request and takes its answer; follows no redirect, tries nothing twice.
package protocol HTTPTransport: Sendable {
  /// - Throws: ``ClientFailure`` when no whole answer came; `CancellationError`.
  func send(_ request: ClientRequest) async throws -> ClientAnswer
  /// Lets go of connections. Nothing may be sent afterwards.
  func close()
}
