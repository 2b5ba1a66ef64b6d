import Accounts
import Foundation
import HTTPClient
import HTTPServer
import JSON
import Server
import TestKit
import Testing

/// Random requests to every route: the server answers each, never with an error of its own.
@Suite struct RouteFuzzTests {
  private struct Chance: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
      state &+= 0x9E37_79B9_7F4A_7C15
      var mixed = state
      mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
      mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
      return mixed ^ (mixed >> 31)
    }
  }

  /// `TARN_FUZZ_SEED=17` tries one seed, `TARN_FUZZ_COUNT` more requests of each.
  private static let seeds: [UInt64] =
    ProcessInfo.processInfo.environment["TARN_FUZZ_SEED"].flatMap(UInt64.init).map { [$0] } ?? [1, 2]
  private static let count =
    ProcessInfo.processInfo.environment["TARN_FUZZ_COUNT"].flatMap { Int($0) } ?? 1500

  private static let words = [
    "", "x", "main", "ann", "f/all/x", "u/ann/x", "../x", "%00", "%ff%fe", "é", "a b", "'", "\"", "\\", ";--",
    "-1", "0", "1",
    "9223372036854775807", "9223372036854775808", "1e309", "NaN", "true", "null", "{}", "[]", "\u{0}",
    "\u{202e}", String(repeating: "a", count: 3000),
    "2026-01-31T09:30:00Z", "9999999-01-01T00:00:00Z", "0197a5b0-0000-7000-8000-000000000000", "select",
    "main/*", "role/viewer", "g/all", "duckdb", "python3",
    "$var:u/ann/x", "$res:f/all/x", "SELECT 1", "tarn_x", "admin", "Denied", "u/ann", "🙂",
  ]

  private static let keys = [
    "path", "value", "is_secret", "description", "resource_type", "content", "language", "args", "name", "id",
    "username", "email", "role", "is_admin", "operator",
    "privileges", "on", "to", "lake", "label", "expiration", "scopes", "owners", "extra_perms", "owner",
    "summary", "percent", "reason", "settings", "tag", "worker", "tags",
    "slots", "running", "workspace_id",
  ]

  private static let queries = [
    "page", "per_page", "running", "success", "created_by", "script_path_exact", "before", "after",
    "action_kind", "wait", "state", "scheduled_in_secs", "parent_job",
    "root_job", "log_offset", "only_result", "resource_type", "update_if_exists", "token", "username",
  ]

  private static func json(_ chance: inout Chance, depth: Int = 3) -> JSONValue {
    switch Int.random(in: 0..<(depth > 0 ? 9 : 6), using: &chance) {
    case 0: return .null
    case 1: return .bool(Bool.random(using: &chance))
    case 2: return .int(Int(truncatingIfNeeded: chance.next()))
    case 3, 4, 5: return .string(words.randomElement(using: &chance) ?? "")
    case 6:
      return .array((0..<Int.random(in: 0..<4, using: &chance)).map { _ in json(&chance, depth: depth - 1) })
    default:
      var object = JSONObject()
      for _ in 0..<Int.random(in: 0..<8, using: &chance) {
        object[keys.randomElement(using: &chance) ?? ""] = json(&chance, depth: depth - 1)
      }
      return .object(object)
    }
  }

  private static func path(_ route: Router.Route, _ chance: inout Chance) -> String {
    let pattern = route.pattern.split(separator: "/").map { part -> String in
      guard part.hasPrefix("{") else { return String(part) }
      if part == "{workspace}", Int.random(in: 0..<20, using: &chance) > 0 { return "main" }
      let word = words.randomElement(using: &chance) ?? ""
      return Bool.random(using: &chance) ? word : encoded(word)
    }
    var text = "/" + pattern.joined(separator: "/")
    for index in 0..<Int.random(in: 0..<3, using: &chance) {
      text +=
        (index == 0 ? "?" : "&") + (queries.randomElement(using: &chance) ?? "") + "="
        + encoded(words.randomElement(using: &chance) ?? "")
    }
    return text
  }

  private static func encoded(_ text: String) -> String {
    text.utf8.map { byte in "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16) }.joined()
  }

  @Test(arguments: seeds) func everyRequestIsAnswered(_ seed: UInt64) async throws {
    try await ServerLab.with(workers: 0) { lab async throws in
      var chance = Chance(state: seed)
      // What waits for a worker, or for news, would wait; and what ends the lab's own token ends the test.
      let waits = [
        "run_wait_result", "run_inline", "workers/poll", "getupdate_sse", "users/tokens/delete",
        "users/delete", "users/update",
      ]
      let routes = lab.routes.filter { route in !waits.contains { route.pattern.contains($0) } }
      #expect(routes.count > 60)
      let methods = ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
      var statuses: [Int: Int] = [:]
      for number in 0..<Self.count {
        guard let route = routes.randomElement(using: &chance) else { return }
        let method =
          Int.random(in: 0..<8, using: &chance) > 0
          ? route.method.name : methods.randomElement(using: &chance) ?? "GET"
        let path = Self.path(route, &chance)
        guard let url = URL(string: lab.base.absoluteString + path) else { continue }
        var request = ClientRequest(url: url, method: method)
        if Int.random(in: 0..<10, using: &chance) > 0 {
          request.setHeader(
            "Authorization",
            "Bearer " + (route.pattern.hasPrefix("/api/workers/") ? lab.workersToken : lab.token))
        }
        if Int.random(in: 0..<10, using: &chance) == 0 {
          request.setHeader(
            "Content-Type",
            ["text/plain", "application/x-www-form-urlencoded", "é", ";"].randomElement(using: &chance) ?? "")
        }
        if method != "GET", method != "HEAD" {
          var bytes = [UInt8](Self.json(&chance).text.utf8)
          switch Int.random(in: 0..<12, using: &chance) {
          case 0: bytes = (0..<200).map { _ in UInt8.random(in: 0...255, using: &chance) }
          case 1: bytes = Array(bytes.dropLast())
          case 2: bytes = [UInt8](String(repeating: "[", count: 20_000).utf8)
          case 3: bytes = []
          default: break
          }
          request.body = bytes
        }
        request.timeout = .seconds(60)
        let what = "seed \(seed), request \(number): \(method) \(path.prefix(300))"
        let answer = try await Self.answer(to: request, of: lab, what)
        statuses[answer.status, default: 0] += 1
        let body = String(decoding: answer.body.prefix(300), as: UTF8.self)
        #expect(answer.status < 500, "\(what): \(body)")
      }
      // Requests that are only refused would show nothing.
      #expect(statuses[200] ?? 0 > Self.count / 50, "\(statuses)")
      #expect(try await lab.send("GET", "/w/main/users/whoami").status == 200)
    }
  }

  /// Tells which request had no answer.
  private static func answer(to request: ClientRequest, of lab: ServerLab, _ what: String) async throws
    -> ClientAnswer
  {
    do { return try await lab.transport.send(request) } catch {
      Issue.record("\(what): \(error)")
      throw error
    }
  }

  /// Browsers of other sites get nothing to read.
  @Test func noOtherSiteMayAsk() async throws {
    try await ServerLab.with(workers: 0) { lab in
      for method in ["OPTIONS", "GET", "POST"] {
        guard let url = URL(string: lab.base.absoluteString + "/api/w/main/variables/list") else { return }
        var request = ClientRequest(url: url, method: method)
        request.setHeader("Authorization", "Bearer " + lab.token)
        request.setHeader("Origin", "https://evil.example")
        request.setHeader("Access-Control-Request-Method", "GET")
        request.setHeader("Access-Control-Request-Headers", "authorization")
        let answer = try await lab.transport.send(request)
        #expect(!answer.headers.contains { $0.name.lowercased().hasPrefix("access-control") }, "\(method)")
        #expect(!answer.headers.contains { $0.name.lowercased() == "set-cookie" })
      }
    }
  }

  @Test func requestsAreBounded() async throws {
    try await ServerLab.with(workers: 0) { lab in
      func status(_ path: String, _ body: [UInt8]? = nil, header: String? = nil) async throws -> Int {
        guard let url = URL(string: lab.base.absoluteString + path) else { return 0 }
        var request = ClientRequest(url: url, method: body == nil ? "GET" : "POST", body: body)
        request.setHeader("Authorization", "Bearer " + lab.token)
        if let header { request.setHeader("X-Long", header) }
        request.timeout = .seconds(60)
        return try await lab.transport.send(request).status
      }
      var statuses: [Int] = []
      let create = "/api/w/main/variables/create"
      statuses.append(try await status(create, [UInt8](repeating: 0x20, count: 17 << 20)))
      statuses.append(try await status("/api/w/main/variables/get/" + String(repeating: "a", count: 100_000)))
      statuses.append(try await status("/api/version", header: String(repeating: "a", count: 200_000)))
      statuses.append(try await status(create, [UInt8](String(repeating: "{\"a\":", count: 100_000).utf8)))
      statuses.append(try await status("/api/version"))
      #expect(statuses == [413, 414, 431, 400, 200])
    }
  }
}
