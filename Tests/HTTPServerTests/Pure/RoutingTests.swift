import TestKit
import Testing

@testable import HTTPServer

@Suite struct RoutingTests {
  private func request(_ method: HTTPMethod, _ target: String) throws -> HTTPRequest {
    try #require(HTTPRequest(method, target))
  }

  /// A router whose routes answer with their own pattern and what they found.
  private func router(_ routes: [(HTTPMethod, String)]) -> Router {
    var router = Router()
    for (method, pattern) in routes {
      router.on(method, pattern) { request in
        let names = PathPattern(pattern)?.names ?? []
        let found = names.map { "\($0)=\(request.parameters[$0] ?? "nil")" }.joined(separator: "&")
        return .text("\(method) \(pattern) \(found)")
      }
    }
    return router
  }

  private func answer(_ router: Router, _ method: HTTPMethod, _ target: String) async throws -> String {
    let response = try await router.respond(to: request(method, target))
    guard response.status == .ok else {
      return ([String(response.status.code)] + response.headers[all: "Allow"]).joined(separator: " ")
    }
    return String(decoding: try await response.collectBody(), as: UTF8.self)
  }

  private static let routes: [(HTTPMethod, String)] = [
    (.get, "/"), (.get, "/api/w/{workspace}/jobs/{id}"), (.get, "/api/w/{workspace}/jobs/list"),
    (.post, "/api/w/{workspace}/jobs/{id}"), (.get, "/api/w/{workspace}/variables/get_value/{path...}"),
    (.delete, "/api/w/{workspace}/jobs/list"), (.get, "/files/{path...}"), (.get, "/files/{name}/meta"),
    (.get, "/files/readme"), (.put, "/trailing/"),
  ]

  @Test(arguments: [
    ("/", "GET / "),
    ("/api/w/main/jobs/7", "GET /api/w/{workspace}/jobs/{id} workspace=main&id=7"),
    ("/api/w/main/jobs/list", "GET /api/w/{workspace}/jobs/list workspace=main"),
    ("/api/w/a%20b/jobs/%C3%BC", "GET /api/w/{workspace}/jobs/{id} workspace=a b&id=ü"),
    ("/api/w/main/jobs/a%2Fb", "GET /api/w/{workspace}/jobs/{id} workspace=main&id=a/b"),
    (
      "/api/w/main/variables/get_value/u/ann/key",
      "GET /api/w/{workspace}/variables/get_value/{path...} workspace=main&path=u/ann/key"
    ),
    (
      "/api/w/main/variables/get_value/u%2Fann%2Fkey",
      "GET /api/w/{workspace}/variables/get_value/{path...} workspace=main&path=u/ann/key"
    ),
    ("/files/readme", "GET /files/readme "), ("/files/x/meta", "GET /files/{name}/meta name=x"),
    ("/files/x/other", "GET /files/{path...} path=x/other"),
    ("/files/readme/meta", "GET /files/{name}/meta name=readme"),
    ("/files/a//b/", "GET /files/{path...} path=a//b/"), ("/files/read%6De", "GET /files/readme "),
    ("/files", "404"), ("/files/", "404"), ("/api/w//jobs/7", "404"), ("/none", "404"),
    ("/Files/readme", "404"), ("/trailing", "404"), ("/trailing/", "405 OPTIONS, PUT"),
    ("http://host:80/files/readme?x=1", "GET /files/readme "), ("http://host", "GET / "),
    ("http://host?x", "GET / "),
  ])
  func findsTheClosestRoute(target: String, expected: String) async throws {
    #expect(try await answer(router(Self.routes), .get, target) == expected)
  }

  @Test func aMethodThatTheClosestPatternLacksIsFoundAtTheNext() async throws {
    let router = router(Self.routes)
    #expect(
      try await answer(router, .post, "/api/w/main/jobs/list")
        == "POST /api/w/{workspace}/jobs/{id} workspace=main&id=list")
    #expect(try await answer(router, .put, "/api/w/main/jobs/list") == "405 DELETE, GET, HEAD, OPTIONS, POST")
  }

  @Test func headIsAnsweredByGetAndOptionsWithAllow() async throws {
    var router = router([(.get, "/a"), (.post, "/a")])
    #expect(try await answer(router, .head, "/a") == "GET /a ")
    let options = try await router.respond(to: request(.options, "/a"))
    #expect(options.status == .noContent)
    #expect(options.headers["allow"] == "GET, HEAD, OPTIONS, POST")
    #expect(try await router.respond(to: request(.options, "*")).status == .noContent)
    #expect(try await router.respond(to: request(.get, "*")).status == .notFound)
    router.on(.head, "/a") { _ in .text("own head") }
    router.on(.options, "/a") { _ in .text("own options") }
    #expect(try await answer(router, .head, "/a") == "own head")
    #expect(try await answer(router, .options, "/a") == "own options")
  }

  @Test func middlewareKnowsTheRouteAndStandsAroundEverything() async throws {
    enum Trail: HTTPRequestKey { typealias Value = [String] }
    var router = Router()
    router.on(.get, "/a/{b}") { request in .text((request[Trail.self] ?? []).joined(separator: " ")) }
    for name in ["outer", "inner"] {
      router.wrap { request, next in
        var request = request
        let step = "\(name):\(request.route ?? "-"):\(request.parameters["b"] ?? "-")"
        request[Trail.self] = (request[Trail.self] ?? []) + [step]
        if request.headers["stop"] == name { return .text(name, status: .forbidden) }
        var response = try await next(request)
        response.headers.add("Trail", name)
        return response
      }
    }
    let response = try await router.respond(to: request(.get, "/a/x"))
    #expect(
      String(decoding: try await response.collectBody(), as: UTF8.self) == "outer:/a/{b}:x inner:/a/{b}:x")
    #expect(response.headers[all: "trail"] == ["inner", "outer"])
    #expect(try await router.respond(to: request(.get, "/c")).headers[all: "trail"] == ["inner", "outer"])
    let stopped = try #require(HTTPRequest(.get, "/a/x", headers: ["Stop": "inner"]))
    let refused = try await router.respond(to: stopped)
    #expect(refused.status == .forbidden)
    #expect(refused.headers[all: "trail"] == ["outer"])
  }

  @Test func listsItsRoutes() {
    let router = router(Self.routes)
    #expect(router.routes == Self.routes.map { Router.Route(method: $0.0, pattern: $0.1) })
  }

  @Test(arguments: [
    "", "a", "/{}", "/{a", "/a}", "/x{a}", "/{a}x", "/{a}/{a}", "/{a...}/b", "/{...}", "/{a b}", "/{a..}",
  ])
  func refusesPatternsThatAreNone(text: String) {
    #expect(PathPattern(text) == nil)
  }

  /// What the tree does, said in another way: all patterns are compared, and the closest one is chosen.
  private struct Naive {
    let routes: [(method: HTTPMethod, pattern: PathPattern)]

    private static func matches(_ pattern: PathPattern, _ segments: [String]) -> Bool {
      for (index, part) in pattern.parts.enumerated() {
        guard index < segments.count else { return false }
        switch part {
        case .text(let text): if segments[index] != text { return false }
        case .parameter: if segments[index].isEmpty { return false }
        case .rest: return !segments[index].isEmpty
        }
      }
      return pattern.parts.count == segments.count
    }

    private static func rank(_ pattern: PathPattern) -> [Int] {
      pattern.parts.map { part in
        switch part {
        case .text: 0
        case .parameter: 1
        case .rest: 2
        }
      }
    }

    /// The pattern, or the methods that there are.
    func find(_ method: HTTPMethod, _ segments: [String]) -> (pattern: String?, methods: Set<HTTPMethod>) {
      let matching = routes.filter { Naive.matches($0.pattern, segments) }
      let best = matching.filter { $0.method == method }
        .min { Naive.rank($0.pattern).lexicographicallyPrecedes(Naive.rank($1.pattern)) }
      return (best?.pattern.description, Set(matching.map(\.method)))
    }
  }

  @Test(arguments: 0..<20) func findsWhatComparingAllPatternsFinds(seed: UInt64) async throws {
    try await onThread { try compare(seed: seed) }
  }

  private func compare(seed: UInt64) throws {
    var random = SeededNumbers(seed: seed)
    let words = ["a", "b", "ab", "", "c"]
    var tree = RouteTree<String>()
    var routes: [(method: HTTPMethod, pattern: PathPattern)] = []
    for _ in 0..<60 {
      var parts: [String] = []
      for place in 0..<random.number(1...4) {
        switch random.number(0...9) {
        case 0: parts.append("{r\(place)...}")
        case 1...4: parts.append("{p\(place)}")
        default: parts.append(words[random.number(0...4)])
        }
        if parts.last?.hasSuffix("...}") == true { break }
      }
      let pattern = try #require(PathPattern("/" + parts.joined(separator: "/")))
      let method = [HTTPMethod.get, .post, .put][random.number(0...2)]
      let isNew = !routes.contains { $0.method == method && $0.pattern.parts == pattern.parts }
      #expect((tree.insert(pattern, method, pattern.description) == nil) == isNew)
      if isNew { routes.append((method, pattern)) }
    }
    let naive = Naive(routes: routes)
    for _ in 0..<400 {
      let segments = (0..<random.number(1...5)).map { _ in words[random.number(0...4)] }
      let method = [HTTPMethod.get, .post, .put, .delete][random.number(0...3)]
      let expected = naive.find(method, segments)
      switch tree.find(method, segments) {
      case .found(let match):
        #expect(match.entry.endpoint == expected.pattern, "\(method) \(segments)")
        for (name, part) in zip(match.entry.pattern.names, match.entry.pattern.parts.filter { !$0.isText }) {
          let place = try #require(Int(name.dropFirst()))
          #expect(
            match.parameters[name]
              == (part == .rest ? segments[place...].joined(separator: "/") : segments[place]))
        }
      case .otherMethods(let methods):
        #expect(expected.pattern == nil)
        #expect(Set(methods) == expected.methods)
      case .unknown:
        #expect(expected.pattern == nil && expected.methods.isEmpty, "\(method) \(segments)")
      }
    }
  }
}

extension PathPattern.Part {
  fileprivate var isText: Bool {
    if case .text = self { return true }
    return false
  }
}
