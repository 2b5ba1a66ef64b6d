/// Brings each request to the handler of its route.
///
/// ```swift
/// var router = Router()
/// router.on(.get, "/api/w/{workspace}/variables/get_value/{path...}") { request in
///   .text(try await variables.value(request.parameters["path"]))
/// }
/// let server = try await HTTPServer.start(configuration, handler: router.respond)
/// ```
///
/// `{name}` stands for one segment, `{name...}` for the rest of the path, of one segment at least. At each segment a text wins over a
/// parameter, and a parameter over a rest. A path that no pattern matches gives 404; one that is known with other methods 405
/// with `Allow`. HEAD is answered by GET, OPTIONS with `Allow`, unless they have routes of their own.
public struct Router: Sendable {
  /// Answers a request. What it throws becomes a response as ``HTTPRespondingError`` says.
  public typealias Handler = @Sendable (HTTPRequest) async throws -> HTTPResponse
  /// Stands around handlers: calls `next`, or answers itself.
  public typealias Middleware = @Sendable (HTTPRequest, @escaping Handler) async throws -> HTTPResponse

  /// One route, as it was added.
  public struct Route: Sendable, Hashable {
    public let method: HTTPMethod
    /// Such as `/api/w/{workspace}/jobs`.
    public let pattern: String

    public init(method: HTTPMethod, pattern: String) {
      self.method = method
      self.pattern = pattern
    }
  }

  /// All routes, in the order in which they were added.
  public private(set) var routes: [Route] = []

  private var tree = RouteTree<Handler>()
  private var middleware: [Middleware] = []

  public init() {}

  /// Adds a route.
  ///
  /// - Parameters:
  ///   - method: Its method.
  ///   - pattern: Its path. A pattern that is not well-formed, or one for the same paths and method as another, is a programming
  ///     error and ends the process.
  ///   - handler: Answers it.
  public mutating func on(_ method: HTTPMethod, _ pattern: String, _ handler: @escaping Handler) {
    guard let parsed = PathPattern(pattern) else {
      preconditionFailure("\(pattern) is no pattern of a route")
    }
    let same = tree.insert(parsed, method, handler)
    precondition(same == nil, "\(method) \(pattern) has a route already: \(same?.description ?? "")")
    routes.append(Route(method: method, pattern: pattern))
  }

  /// Stands around all handlers, and around what answers unknown paths and methods too.
  ///
  /// The first that is added is the outermost. By then the route is known: ``HTTPRequest/parameters`` and ``HTTPRequest/route`` are
  /// filled.
  public mutating func wrap(_ middleware: @escaping Middleware) {
    self.middleware.append(middleware)
  }

  /// Answers a request.
  ///
  /// - Throws: What handlers and middleware throw.
  @Sendable public func respond(to request: HTTPRequest) async throws -> HTTPResponse {
    var request = request
    let handler: Handler
    if request.method == .options, request.path == "*" {
      handler = { _ in Router.allow(HTTPMethod.known) }
    } else {
      switch tree.find(request.method, request.segments) {
      case .found(let match):
        request.parameters = match.parameters
        request.route = match.entry.pattern.description
        handler = match.entry.endpoint
      case .otherMethods(let methods):
        let methods = Router.implied(methods)
        let isOptions = request.method == .options
        handler = { _ in isOptions ? Router.allow(methods) : Router.notAllowed(methods) }
      case .unknown:
        handler = { _ in .text("There is nothing at this path.\n", status: .notFound) }
      }
    }
    return try await respond(to: request, with: handler, after: 0)
  }

  private func respond(to request: HTTPRequest, with handler: @escaping Handler, after index: Int)
    async throws
    -> HTTPResponse
  {
    guard index < middleware.count else { return try await handler(request) }
    return try await middleware[index](request) { request in
      try await respond(to: request, with: handler, after: index + 1)
    }
  }

  private static func implied(_ methods: [HTTPMethod]) -> [HTTPMethod] {
    var methods = methods
    if methods.contains(.get), !methods.contains(.head) { methods.append(.head) }
    if !methods.contains(.options) { methods.append(.options) }
    return methods.sorted { $0.name < $1.name }
  }

  private static func allow(_ methods: [HTTPMethod]) -> HTTPResponse {
    HTTPResponse(status: .noContent, headers: ["Allow": methods.map(\.name).joined(separator: ", ")])
  }

  private static func notAllowed(_ methods: [HTTPMethod]) -> HTTPResponse {
    var response = HTTPResponse.text("This path does not take this method.\n", status: .methodNotAllowed)
    response.headers["Allow"] = methods.map(\.name).joined(separator: ", ")
    return response
  }
}
