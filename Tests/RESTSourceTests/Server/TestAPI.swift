import Foundation
import HTTPClient
import LakeSettings
import Synchronization
import TestKit
import Testing

@testable import RESTSource

/// An API of a test's own: rules of what is answered to what (see api_server.py), and a record of what was asked.
final class TestAPI: Sendable {
  struct Request: Decodable {
    let method: String
    let path: String
    let query: String
    let headers: [String: String]
    let body: String

    /// Path and query.
    var target: String { query.isEmpty ? path : path + "?" + query }
  }

  private static let shared = Task {
    let script = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent(
      "api_server.py")
    let (server, line) = try await TestServer.start(
      "/usr/bin/env", ["python3", script.path], until: "READY ")
    return (server: server, port: Int(line.split(separator: " ").last ?? "") ?? 0)
  }

  private let key = "api-" + UUID().uuidString.prefix(8).lowercased()
  private let transport = CurlTransport(maximumConnections: 2)
  private let port: Int
  let folder: TemporaryFolder
  private let lastFiles = Mutex<[String]>([])
  /// The files that the latest reading left.
  var leftovers: [String] { lastFiles.withLock { $0 } }

  /// - Parameter rules: a JSON list.
  init(_ rules: String) async throws {
    port = try await Self.shared.value.port
    folder = try TemporaryFolder("rest")
    let request = ClientRequest(
      url: try #require(URL(string: "http://127.0.0.1:\(port)/_rules/\(key)")), method: "POST",
      body: Array(rules.utf8))
    let answer = try await transport.send(request)
    try #require(answer.status == 200)
  }

  deinit { transport.close() }

  /// The API's address.
  var base: String { "http://127.0.0.1:\(port)/\(key)" }
  /// The same API under another name, which is another server to a client.
  var elsewhere: String { "http://localhost:\(port)/\(key)" }
  var elsewhereHost: String { "localhost:\(port)" }

  var requests: [Request] {
    get async throws {
      let url = try #require(URL(string: "http://127.0.0.1:\(port)/_log/\(key)"))
      return try JSONDecoder().decode(
        [Request].self, from: Data(try await transport.send(ClientRequest(url: url)).body))
    }
  }

  /// Path and query of all requests so far.
  var targets: [String] { get async throws { try await requests.map(\.target) } }

  /// A declaration of this API.
  ///
  /// - Parameters:
  ///   - client: further lines of `client:`.
  ///   - resources: the entries of `resources:`.
  func declared(client: String = "", _ resources: String) throws -> RESTAPI {
    let indented = client.split(separator: "\n").map { "  " + $0 }.joined(separator: "\n")
    let yaml = "client:\n  base_url: \(base)\n\(indented)\nresources:\n\(resources)\n"
    return try RESTAPI(yaml: yaml, folder: folder.path)
  }

  /// Reads the API without waiting anywhere: the clock jumps.
  @discardableResult
  func read(
    client: String = "", _ resources: String, lastValues: [String: JSONValue] = [:], only: Set<String>? = nil,
    clock: JumpingClock = JumpingClock(), maximumFileSize: Int = 1 << 30
  ) async throws -> [RESTExtract] {
    let api = try declared(client: client, resources)
    let files = folder[UUID().uuidString]
    try FileManager.default.createDirectory(atPath: files, withIntermediateDirectories: false)
    defer { lastFiles.withLock { $0 = (try? FileManager.default.contentsOfDirectory(atPath: files)) ?? [] } }
    return try await RESTExtractor(
      api, clock: clock, maximumFileSize: maximumFileSize,
      transport: { CurlTransport(maximumConnections: api.client.maximumParallelRequests) }
    ).extract(into: files, resources: only, lastValues: lastValues)
  }

  /// Reads the API, which must fail.
  func failure(client: String = "", _ resources: String) async throws -> RESTSourceError {
    do {
      let extracts = try await read(client: client, resources)
      throw Unexpected(description: "no error but \(extracts)")
    } catch let error as RESTSourceError {
      #expect(leftovers == [], "files of a failed run")
      return error
    }
  }

  struct Unexpected: Error, CustomStringConvertible { let description: String }
}

extension RESTExtract {
  /// The lines of all files.
  var lines: [String] {
    get throws {
      try files.flatMap { path in
        try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n").map(String.init)
      }
    }
  }
}

/// A clock on which waiting takes no time.
final class JumpingClock: RunClock {
  private let state = Mutex((now: Duration.zero, slept: [Duration]()))
  let secondsSince1970 = 784_111_777

  var now: Duration { state.withLock { $0.now } }
  /// All pauses so far.
  var slept: [Duration] { state.withLock { $0.slept } }

  func sleep(for duration: Duration) async throws {
    try Task.checkCancellation()
    state.withLock {
      $0.now += duration
      $0.slept.append(duration)
    }
    await Task.yield()
  }

  func jitter() -> Double { 1 }
}
