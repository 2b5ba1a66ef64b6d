import Accounts
import Foundation
import HTTPClient
import JSON
import Jobs
import Secrets
import Store
import TestKit
import Testing

/// Sessions of browsers: a cookie, and a second word for what changes something.
@Suite struct BrowserSessionTests {
  private struct Session {
    let cookie: String
    let attributes: [String]
    let word: String
  }

  private func send(
    _ lab: ServerLab, _ method: String, _ path: String, _ headers: [String: String], _ body: JSONValue? = nil
  ) async throws -> ServerLab.Answer {
    var request = ClientRequest(
      url: try #require(URL(string: lab.base.absoluteString + "/api" + path)), method: method)
    for (name, value) in headers { request.setHeader(name, value) }
    request.body = body.map { [UInt8]($0.text.utf8) }
    let answer = try await lab.transport.send(request)
    let result = ServerLab.Answer(
      status: answer.status, text: String(decoding: answer.body, as: UTF8.self), headers: answer.headers)
    lab.contract.check(method, "/api" + path, result)
    return result
  }

  private func begin(
    _ lab: ServerLab, token: String? = nil, _ headers: [String: String] = [:]
  ) async throws -> Session {
    let sent = headers.merging(["Authorization": "Bearer \(token ?? lab.token)"]) { $1 }
    let answer = try await send(lab, "POST", "/auth/session", sent)
    try #require(answer.status == 201, "\(answer.text)")
    let line = try #require(answer.headers.first { $0.name.lowercased() == "set-cookie" }?.value)
    let parts = line.components(separatedBy: "; ")
    let prefix = headers["X-Forwarded-Proto"] == "https" ? "__Host-" : ""
    #expect(parts[0].hasPrefix(prefix + "tarn_session=tarn_"))
    return Session(
      cookie: parts[0], attributes: Array(parts.dropFirst()),
      word: try #require(answer.json?.object?["csrf_token"]?.string))
  }

  private static func variable(_ path: String) -> JSONValue {
    .object(JSONObject(pairs: ["path": .string(path), "value": .string("1")]))
  }

  @Test func theCookieProvesWhoAsksAndTheWordThatAPageOfOursDoes() async throws {
    try await ServerLab.with(workers: 0) { lab async throws in
      let session = try await begin(lab)
      let other = try await begin(lab)
      #expect(session.cookie != other.cookie && session.word != other.word)
      let cookie = ["Cookie": "a=b; \(session.cookie); c=d"]
      #expect(try await send(lab, "GET", "/w/main/variables/list", cookie).status == 200)
      let told = try await send(lab, "GET", "/auth/session", cookie)
      #expect(told.json?.object?["csrf_token"]?.string == session.word)
      #expect(told.json?.object?["username"]?.string == "ann")
      #expect(!told.text.contains(session.cookie.dropFirst("tarn_session=".count)))

      let create = "/w/main/variables/create"
      for (number, more) in [
        [:], ["X-CSRF-Token": other.word], ["X-CSRF-Token": ""],
        ["X-CSRF-Token": session.word, "Sec-Fetch-Site": "cross-site"],
        ["X-CSRF-Token": session.word, "Sec-Fetch-Site": "same-site"],
      ].enumerated() {
        let answer = try await send(lab, "POST", create, cookie.merging(more) { $1 }, Self.variable("f/a/no"))
        #expect(answer.status == 403, "\(number): \(answer.text)")
      }
      let known = cookie.merging(["X-CSRF-Token": session.word, "Sec-Fetch-Site": "same-origin"]) { $1 }
      #expect(try await send(lab, "POST", create, known, Self.variable("f/a/yes")).status == 201)
      #expect(try await send(lab, "GET", "/w/main/variables/list", cookie).json?.array?.count == 1)
      // A token that is sent goes before a cookie, and takes no word.
      let both = ["Cookie": session.cookie, "Authorization": "Bearer \(lab.token)"]
      #expect(try await send(lab, "POST", create, both, Self.variable("f/a/token")).status == 201)

      #expect(try await send(lab, "DELETE", "/auth/session", cookie).status == 403)
      let ended = try await send(lab, "DELETE", "/auth/session", known)
      #expect(ended.status == 204)
      let line = ended.headers.first { $0.name.lowercased() == "set-cookie" }?.value ?? ""
      #expect(line.hasPrefix("tarn_session=; ") && line.contains("Max-Age=0"))
      #expect(try await send(lab, "GET", "/w/main/variables/list", cookie).status == 401)
      #expect(try await send(lab, "GET", "/w/main/variables/list", ["Cookie": other.cookie]).status == 200)
      #expect(try await send(lab, "GET", "/w/main/variables/list", ["Cookie": "tarn_session="]).status == 401)
    }
  }

  @Test func theCookieIsForThisSiteAndNoScript() async throws {
    try await ServerLab.with(workers: 0) { lab async throws in
      func age(_ session: Session) throws -> Int {
        try #require(
          session.attributes.first { $0.hasPrefix("Max-Age=") }.flatMap { Int($0.dropFirst(8)) })
      }
      let plain = try await begin(lab)
      #expect(Set(plain.attributes).isSuperset(of: ["Path=/", "HttpOnly", "SameSite=Strict"]))
      #expect(!plain.attributes.contains("Secure"))
      #expect((43_000...43_200).contains(try age(plain)))
      // Under TLS it has a name that no neighbouring host can set.
      let https = ["X-Forwarded-Proto": "https"]
      let secure = try await begin(lab, https)
      #expect(secure.attributes.contains("Secure"))
      let list = "/w/main/variables/list"
      for (cookie, status) in [(secure.cookie, 200), (plain.cookie, 401)] {
        #expect(try await send(lab, "GET", list, https.merging(["Cookie": cookie]) { $1 }).status == status)
      }
      let short = try await lab.accounts.makeToken(
        for: "ann", of: "main", label: "short", expiresAt: .now + .seconds(600))
      #expect(try age(try await begin(lab, token: short.text)) <= 600)
    }
  }

  /// Else another site could make its own session the reader's.
  @Test func noOtherSiteBeginsOne() async throws {
    try await ServerLab.with(workers: 0) { lab async throws in
      let session = try await begin(lab)
      for (path, headers) in [
        ("/auth/session?token=\(lab.token)", [:]),
        ("/auth/session", ["Authorization": "Bearer \(lab.token)", "Sec-Fetch-Site": "cross-site"]),
        ("/auth/session", ["Cookie": session.cookie]),
        ("/auth/session", ["Cookie": session.cookie, "X-CSRF-Token": session.word]),
      ] {
        let answer = try await send(lab, "POST", path, headers)
        #expect(answer.status == 403)
        #expect(!answer.headers.contains { $0.name.lowercased() == "set-cookie" })
      }
    }
  }

  @Test func itMayDoWhatItsTokenMay() async throws {
    try await ServerLab.with(workers: 0) { lab async throws in
      let session = try await begin(lab, token: lab.token(of: .viewer))
      let known = ["Cookie": session.cookie, "X-CSRF-Token": session.word]
      #expect(try await send(lab, "GET", "/w/main/variables/list", known).status == 200)
      #expect(
        try await send(lab, "POST", "/w/main/variables/create", known, Self.variable("f/a/v")).status == 403)
      // Jobs and workers have tokens of their own, and no browser.
      let job = try await lab.queue.submit(
        NewJob(workspace: "main", kind: .preview, language: "duckdb", content: "SELECT 1", createdBy: "ann"))
      _ = try await lab.queue.poll(.init(worker: "w", tags: ["duckdb"], slots: 1), within: .zero)
      let jobs = lab.accounts.jobToken(for: job.id.text, username: "ann", of: "main").text
      #expect(
        try await send(lab, "GET", "/w/main/variables/list", ["Authorization": "Bearer \(jobs)"]).status
          == 200)
      for token in [jobs, lab.workersToken] {
        #expect(
          try await send(lab, "POST", "/auth/session", ["Authorization": "Bearer \(token)"]).status == 403)
      }
    }
  }
}
