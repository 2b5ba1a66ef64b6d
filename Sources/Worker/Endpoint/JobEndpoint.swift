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

  func add(_ assignment: WorkerMessages.Assignment) {
    byToken.withLock { $0[assignment.token] = assignment }
  }

  func remove(_ assignment: WorkerMessages.Assignment) {
    byToken.withLock { $0[assignment.token] = nil }
  }
}
