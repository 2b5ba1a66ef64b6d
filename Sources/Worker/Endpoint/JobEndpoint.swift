internal import HTTPClient
internal import HTTPServer
internal import Jobs
internal import Synchronization

/// What the jobs of this worker talk to, on the loopback interface: their queries are answered from the worker's warm
/// engines, without a further hop; all else is passed on to the server.
///
/// It knows the tokens of jobs that run here, and nobody else's.
final class JobEndpoint: Sendable {
  /// Runs one query of a job.
  typealias Query =
    @Sendable (WorkerMessages.Assignment, InlineQuery, OutputFormat?) async throws -> QueryOutput

  /// Where jobs find it.
  let address: String
  private let http: HTTPServer
  private let jobs: OpenJobs

  private init(http: HTTPServer, jobs: OpenJobs) {
    self.http = http
    self.jobs = jobs
    address = "http://127.0.0.1:\(http.port)"
  }

  /// - Parameters:
  ///   - languages: those that `query` runs.
  ///   - forward: where all else goes.
  /// - Throws: `HTTPServerError`.
  static func start(
    languages: Set<String>, forward: ForwardedRequests, query: @escaping Query
  ) async throws -> JobEndpoint {
    let jobs = OpenJobs()
    var configuration = HTTPServerConfiguration(host: "127.0.0.1", port: 0)
    configuration.limits.bodySize = InlineQuery.largestBody
    let http = try await HTTPServer.start(configuration) { request in
      // What is signed has no token in it; the server checks the signature.
      if let id = ObjectKeyID.named(in: request), jobs.has(keyID: id) {
        return try await forward.answer(to: request)
      }
      guard let token = request.bearerToken, let job = jobs.job(of: token) else {
        return .text("this token is not one of a job that runs here", status: .unauthorized)
      }
      guard request.method == .post, request.path == InlineQuery.path(of: job.job.workspace) else {
        return try await forward.answer(to: request)
      }
      let body = try await request.body.collect(upTo: InlineQuery.largestBody)
      guard let inline = InlineQuery(body), languages.contains(inline.language) else {
        // The server says what is wrong with it, or has another worker run it.
        return try await forward.answer(to: request, body: body)
      }
      if let refusal = inline.refusal { return .text(refusal, status: .badRequest) }
      do {
        let output = request.headers.preferredType(among: OutputFormat.offers).flatMap {
          OutputFormat(mediaType: $0)
        }
        switch try await query(job, inline, output) {
        case .json(let text): return .json([UInt8](text.utf8))
        case .file(let file): return try response(file)
        }
      } catch let error as CancellationError {
        throw error
      } catch {
        return .text(
          JobExecution.message(of: error),
          status: JobExecution.isDenial(error) ? .forbidden : .internalServerError)
      }
    }
    return JobEndpoint(http: http, jobs: jobs)
  }

  private static func response(_ file: OutputFile) throws -> HTTPResponse {
    let pieces = try file.pieces()
    // It lives on until it is read to its end.
    file.remove()
    return .stream(headers: ["Content-Type": file.format.mediaType], length: pieces.length) { writer in
      while let bytes = try await pieces.next() { try await writer.write(bytes) }
    }
  }

  /// Lets a job in until `body` has ended.
  func open<Result: Sendable>(
    to assignment: WorkerMessages.Assignment, _ body: () async throws -> Result
  ) async rethrows -> Result {
    jobs.add(assignment)
    defer { jobs.remove(assignment) }
    return try await body()
  }

  func stop() async { await http.stop() }
}

/// Who may ask, by their tokens.
private final class OpenJobs: Sendable {
  private let byToken = Mutex<[String: WorkerMessages.Assignment]>([:])

  func job(of token: String) -> WorkerMessages.Assignment? { byToken.withLock { $0[token] } }

  /// Whether one of them signs requests with a key.
  func has(keyID: String) -> Bool {
    byToken.withLock { $0.keys.contains { ObjectKeyID.of($0) == keyID } }
  }

  func add(_ assignment: WorkerMessages.Assignment) {
    byToken.withLock { $0[assignment.token] = assignment }
  }

  func remove(_ assignment: WorkerMessages.Assignment) {
    byToken.withLock { $0[assignment.token] = nil }
  }
}

/// The ids of keys that clients of object storage sign with.
enum ObjectKeyID {
  /// That of a job's token, as the server makes it: the part that says whose it is, in letters that stand in addresses.
  static func of(_ token: String) -> String? {
    guard let dot = token.lastIndex(of: ".") else { return nil }
    return String(token[..<dot]).replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
  }

  /// The one that a request says it is signed with; nil for one that is not signed.
  static func named(in request: HTTPRequest) -> String? {
    if let credential = request.query["X-Amz-Credential"] {
      return credential.split(separator: "/").first.map(String.init)
    }
    guard let field = request.headers["Authorization"], field.hasPrefix("AWS4-"),
      let start = field.firstRange(of: "Credential=")?.upperBound
    else { return nil }
    return field[start...].split(separator: "/").first.map(String.init)
  }
}
