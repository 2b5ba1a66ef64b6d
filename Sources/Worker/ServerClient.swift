internal import Foundation
internal import HTTPClient
internal import JSON
internal import Jobs
internal import LakeSettings

/// What a worker says to its server.
struct ServerClient: Sendable {
  let base: URL
  let token: String
  let worker: String
  let transport: CurlTransport

  /// - Throws: ``WorkerError``; `CancellationError`.
  func settings() async throws -> [WorkspaceSettings] {
    try await decoded(try await send("GET", "/api/workers/settings"))
  }

  /// Where a data table is, and its password.
  ///
  /// - Throws: ``WorkerError``, code `refused` when there is none; `CancellationError`.
  func dataTable(_ name: String, of workspace: String) async throws -> JSONValue {
    guard let name = name.addingPercentEncoding(withAllowedCharacters: .alphanumerics) else {
      throw WorkerError(.refused, "'\(name)' is no name of a data table")
    }
    let text = String(
      decoding: try await send("GET", "/api/workers/datatables/\(workspace)/\(name)"), as: UTF8.self)
    return try JSONValue(parsing: text)
  }

  /// - Parameter seconds: how long the server may wait for something to say.
  /// - Throws: ``WorkerError``; `CancellationError`.
  func poll(_ poll: WorkerPoll, seconds: Int) async throws -> WorkerMessages.Answer {
    let body = [UInt8](try JSONEncoder().encode(poll))
    return try await decoded(
      try await send("POST", "/api/workers/poll?wait=\(seconds)", body, within: .seconds(seconds + 15)))
  }

  /// - Throws: ``WorkerError``; code `refused` when the job is no longer this worker's.
  func end(_ errand: JobErrand, as outcome: JobOutcome) async throws {
    let output = outcome.output.map { "&output=\($0.rawValue)" } ?? ""
    _ = try await send(
      "POST", path(of: errand, "end?state=\(outcome.state.rawValue)\(output)"), [UInt8](outcome.result.utf8))
  }

  /// Has the server keep a job's result as a file.
  ///
  /// - Throws: ``WorkerError``.
  func store(_ output: StoredOutput, of errand: JobErrand) async throws {
    guard
      let url = URL(string: base.absoluteString + path(of: errand, "result?format=\(output.format.rawValue)"))
    else {
      throw WorkerError(.refused, "'\(base)' is no address of a server")
    }
    let request = ClientRequest(
      url: url, method: "POST",
      headers: [("Authorization", "Bearer \(token)"), ("Content-Type", "application/octet-stream")])
    do {
      let pieces = try output.pieces()
      let answer = try await transport.stream(request) { try await pieces.next() }
      var text: [UInt8] = []
      while let bytes = try await answer.next() { text += bytes }
      guard (200..<300).contains(answer.status) else {
        throw WorkerError(
          .refused,
          "the server does not take the result: \(String(decoding: text.prefix(500), as: UTF8.self))")
      }
    } catch let failure as ClientFailure {
      throw WorkerError(.refused, "the result could not be sent to the server: \(failure.message)")
    }
  }

  /// Writes the rows that came with a running load's request into a file, piece by piece.
  ///
  /// - Throws: ``WorkerError``; `CocoaError` when the file cannot be written; `CancellationError`.
  func rows(of errand: JobErrand, into file: String) async throws {
    guard let url = URL(string: base.absoluteString + path(of: errand, "rows")) else {
      throw WorkerError(.refused, "'\(base)' is no address of a server")
    }
    let request = ClientRequest(url: url, method: "GET", headers: [("Authorization", "Bearer \(token)")])
    do {
      let answer = try await transport.stream(request)
      guard answer.status == 200 else {
        throw WorkerError(
          .refused, "the server answers \(answer.status) when it is asked for the load's rows")
      }
      guard
        FileManager.default.createFile(atPath: file, contents: nil, attributes: [.posixPermissions: 0o600])
      else { throw CocoaError(.fileWriteUnknown) }
      let handle = try FileHandle(forWritingTo: URL(fileURLWithPath: file))
      while let bytes = try await answer.next() { try handle.write(contentsOf: Data(bytes)) }
      try handle.close()
    } catch let failure as ClientFailure {
      throw WorkerError(.unreachable, "the load's rows could not be had from the server: \(failure.message)")
    }
  }

  /// What a running load names of its workspace.
  ///
  /// - Throws: ``WorkerError``; code `refused` when something is not there, or is another's; `CancellationError`.
  func values(
    of question: WorkerMessages.NamedValues, for errand: JobErrand
  ) async throws -> WorkerMessages.NamedValueTexts {
    let body = [UInt8](try JSONEncoder().encode(question))
    return try await decoded(try await send("POST", path(of: errand, "values"), body))
  }

  /// - Throws: ``WorkerError``.
  func log(_ text: String, of errand: JobErrand) async throws {
    _ = try await send("POST", path(of: errand, "log"), [UInt8](text.utf8))
  }

  /// Tells how far a job has come, in percent, as the job itself would.
  ///
  /// - Throws: ``WorkerError``.
  func note(_ percent: Int, of assignment: WorkerMessages.Assignment) async throws {
    _ = try await send(
      "POST", "/api/w/\(assignment.job.workspace)/job_metrics/set_progress/\(assignment.job.id)",
      [UInt8]("{\"percent\": \(percent)}".utf8), token: assignment.token)
  }

  /// Tells that a query of a running job lacked a right.
  ///
  /// - Throws: ``WorkerError``.
  func denied(_ reason: String, of errand: JobErrand) async throws {
    _ = try await send("POST", path(of: errand, "denied"), [UInt8](reason.utf8))
  }

  private func path(of errand: JobErrand, _ what: String) -> String {
    "/api/workers/\(worker)/jobs/\(errand.id)/\(errand.attempt)/\(what)"
  }

  private func send(
    _ method: String, _ path: String, _ body: [UInt8]? = nil, within time: Duration = .seconds(30),
    token: String? = nil
  ) async throws -> [UInt8] {
    guard let url = URL(string: base.absoluteString + path) else {
      throw WorkerError(.refused, "'\(base)' is no address of a server")
    }
    var request = ClientRequest(
      url: url, method: method,
      headers: [("Authorization", "Bearer \(token ?? self.token)"), ("Content-Type", "application/json")],
      body: body)
    request.timeout = time
    let answer: ClientAnswer
    do { answer = try await transport.send(request) } catch let failure as ClientFailure {
      let code: WorkerError.Code = failure.kind == .connection ? .unreachable : .refused
      throw WorkerError(code, "the server at \(base) cannot be reached: \(failure.message)")
    }
    guard (200..<300).contains(answer.status) else {
      let message = String(decoding: answer.body.prefix(500), as: UTF8.self)
      // Later the same may be taken.
      let isTransient = answer.status >= 500 || answer.status == 429
      throw WorkerError(
        isTransient ? .unreachable : .refused, "the server answers \(answer.status): \(message)")
    }
    return answer.body
  }

  private func decoded<Value: Decodable>(_ bytes: [UInt8]) async throws -> Value {
    do { return try JSONDecoder().decode(Value.self, from: Data(bytes)) } catch {
      throw WorkerError(
        .refused, "the server answers what this worker does not understand; are both of one version?")
    }
  }
}
