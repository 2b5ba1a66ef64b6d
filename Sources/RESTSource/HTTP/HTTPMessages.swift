import Foundation

/// A request as it is sent.
struct HTTPRequest: Sendable {
  var url: URL
  var method = "GET"
  var headers: [(name: String, value: String)] = []
  var body: [UInt8]?
  /// How long the connection may be silent.
  var timeout: Duration = .seconds(60)
  var maximumResponseSize = Int.max

  mutating func setHeader(_ name: String, _ value: String) {
    headers.removeAll { $0.name.lowercased() == name.lowercased() }
    headers.append((name, value))
  }
}

/// An answer with its whole body.
struct HTTPAnswer: Sendable {
  var status: Int
  var headers: [(name: String, value: String)] = []
  var body: [UInt8] = []

  /// A header by its name in any case; several of one name are one, as RFC 9110 has it.
  func header(_ name: String) -> String? {
    let values = headers.filter { $0.name.lowercased() == name.lowercased() }.map(\.value)
    return values.isEmpty ? nil : values.joined(separator: ", ")
  }
}

/// No answer came.
struct HTTPFailure: Error, Hashable {
  enum Kind: Hashable { case connection, certificate, tooLarge }

  let kind: Kind
  let message: String
}

/// Sends one request and takes its answer; follows no redirect, tries nothing twice.
protocol HTTPTransport: Sendable {
  /// - Throws: ``HTTPFailure`` when no whole answer came; `CancellationError`.
  func send(_ request: HTTPRequest) async throws -> HTTPAnswer
  /// Lets go of connections. Nothing may be sent afterwards.
  func close()
}
