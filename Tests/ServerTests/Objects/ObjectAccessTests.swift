import Accounts
import FileStores
import Foundation
import HTTPClient
import JSON
import Jobs
import Secrets
import TestKit
import Testing

/// Who may reach storages by S3's protocol: those whose signature is right, whose token is good, and whose role allows it.
struct ObjectAccessTests {
  /// A client that signs as it is told, well or badly.
  private struct Client {
    let lab: ServerLab
    var keyID: String
    var secret: String
    var workspace = "main"

    /// With the key of a token.
    init(_ lab: ServerLab, token: String? = nil, workspace: String = "main") async throws {
      let answer = try await lab.send(
        "POST", "/w/\(workspace)/job_helpers/v2/s3_resource_info", .object(JSONObject()), token: token)
      let settings = try #require(answer.json?.object)
      self.lab = lab
      self.workspace = workspace
      keyID = try #require(settings["accessKey"]?.string)
      secret = try #require(settings["secretKey"]?.string)
    }

    /// - Parameters:
    ///   - sent: the path that is sent when another was signed.
    ///   - body: the bytes that are sent when others were signed.
    func send(
      _ method: String, _ path: String, _ body: String = "", at date: Date = Date(), sentPath: String? = nil,
      sentBody: String? = nil, headers: [(name: String, value: String)] = [],
      unsigned: [(name: String, value: String)] = [], query: [(name: String, value: String)] = []
    ) async throws -> (status: Int, code: String) {
      let base = "/api/w/\(workspace)/s3_proxy"
      let host = "127.0.0.1:\(lab.base.port ?? 0)"
      let signed = SigV4(keyID: keyID, secret: secret, region: "us-east-1").headers(
        method: method, path: base + path, query: query, headers: [("host", host)] + headers,
        body: Array(body.utf8), at: date)
      let text = query.map { "\($0.name)=\(SigV4.encoded($0.value))" }.joined(separator: "&")
      let address = "http://\(host)\(base)\(sentPath ?? path)" + (text.isEmpty ? "" : "?" + text)
      var request = ClientRequest(
        url: try #require(URL(string: address)), method: method, headers: signed + unsigned)
      if method == "PUT" || method == "POST" {
        request.body = Array((sentBody ?? body).utf8)
        request.setHeader("Content-Type", "application/octet-stream")
      }
      let answer = try await lab.transport.send(request)
      let answered = String(decoding: answer.body, as: UTF8.self)
      #expect(!answered.contains(secret))
      return (answer.status, answered.firstMatch(of: /<Code>(\w+)<\/Code>/).map { String($0.1) } ?? answered)
    }
  }

  @Test func `a request that was changed is refused, and leaves nothing`() async throws {
    try await ServerLab.with(workers: 0) { lab async throws in
      let client = try await Client(lab)
      #expect(try await client.send("PUT", "/_default_/a/x", "text").status == 200)
      #expect(try await client.send("GET", "/_default_/a/x").code == "text")
      #expect(
        try await client.send("GET", "/_default_/a/x", sentPath: "/_default_/a/y").code
          == "SignatureDoesNotMatch")
      #expect(
        try await client.send("PUT", "/_default_/a/y", "text", sentBody: "TEXT") == (400, "BadDigest"))
      #expect(try await client.send("GET", "/_default_/a/y") == (404, "NoSuchKey"))
      #expect(
        try await client.send(
          "GET", "/_default_/a/x", unsigned: [("x-amz-copy-source", "_default_/a/x")]) == (
            403, "AccessDenied"
          ))
      for minutes in [-16.0, 16] {
        #expect(
          try await client.send("GET", "/_default_/a/x", at: Date() + minutes * 60)
            == (403, "RequestTimeTooSkewed"))
      }
      #expect(try await client.send("GET", "/_default_/a/x", at: Date() - 14 * 60).status == 200)
      var other = client
      other.secret = String(client.secret.dropLast()) + (client.secret.hasSuffix("A") ? "E" : "A")
      #expect(try await other.send("GET", "/_default_/a/x") == (403, "SignatureDoesNotMatch"))
      other = client
      other.keyID = String(client.keyID.dropLast()) + (client.keyID.hasSuffix("0") ? "1" : "0")
      #expect(try await other.send("GET", "/_default_/a/x") == (403, "SignatureDoesNotMatch"))
      // No token of the server's is good as a secret, and none comes out of the key.
      other = client
      other.secret = lab.token
      #expect(try await other.send("GET", "/_default_/a/x") == (403, "SignatureDoesNotMatch"))
      let address = "\(lab.base)/api/w/main/s3_proxy/_default_/a/x"
      for token in [nil, lab.token] {
        var request = ClientRequest(url: try #require(URL(string: address)), method: "PUT", body: [])
        if let token { request.setHeader("Authorization", "Bearer " + token) }
        #expect(try await lab.transport.send(request).status == 403)
      }
    }
  }

  @Test func `pieces of a body are signed one by one`() async throws {
    try await ServerLab.with(workers: 0) { lab async throws in
      let client = try await Client(lab)
      for (name, change, code) in [
        ("right", { $0 }, ""), ("changed", { $0.replacing("world", with: "WORLD") }, "SignatureDoesNotMatch"),
        ("cut", { String($0.dropLast(90)) }, "IncompleteBody"),
        ("swapped", { $0.replacing("5;", with: "6;") }, "IncompleteBody"),
      ] as [(String, (String) -> String, String)] {
        let answer = try await Self.inPieces(client, "/_default_/\(name)", ["hello ", "world"], change)
        #expect(code.isEmpty ? answer.isEmpty : answer.contains("<Code>\(code)</Code>"), "\(name): \(answer)")
        let read = try await client.send("GET", "/_default_/\(name)")
        #expect(read.code == (code.isEmpty ? "hello world" : "NoSuchKey"), "\(name)")
      }
    }
  }

  /// As Amazon's page "Signature Calculations: Transferring Payload in Multiple Chunks" has it.
  private static func inPieces(
    _ client: Client, _ path: String, _ pieces: [String], _ change: (String) -> String
  ) async throws -> String {
    let host = "127.0.0.1:\(client.lab.base.port ?? 0)"
    let signer = SigV4(keyID: client.keyID, secret: client.secret, region: "us-east-1")
    let target = "/api/w/main/s3_proxy" + path
    let form = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"
    let length = String(pieces.joined().utf8.count)
    let headers = signer.headers(
      method: "PUT", path: target, query: [],
      headers: [
        ("content-encoding", "aws-chunked"), ("host", host), ("x-amz-decoded-content-length", length),
      ],
      bodyHash: form)
    let time = try #require(headers.first { $0.name == "x-amz-date" }?.value)
    let authorization = try #require(headers.first { $0.name == "Authorization" }?.value)
    var previous = String(try #require(authorization.split(separator: "=").last))
    var body = ""
    for piece in pieces + [""] {
      let signature = signer.signature(of: [
        "AWS4-HMAC-SHA256-PAYLOAD", time, signer.scope(time), previous, SigV4.hex(SigV4.hash([])),
        SigV4.hex(SigV4.hash(Array(piece.utf8))),
      ])
      body += "\(String(piece.utf8.count, radix: 16));chunk-signature=\(signature)\r\n\(piece)\r\n"
      previous = signature
    }
    var request = ClientRequest(
      url: try #require(URL(string: "http://\(host)\(target)")), method: "PUT", headers: headers,
      body: Array(change(body).utf8))
    request.setHeader("Content-Type", "application/octet-stream")
    return String(decoding: try await client.lab.transport.send(request).body, as: UTF8.self)
  }

  @Test func `a role and a scope hold`() async throws {
    try await ServerLab.with(workers: 0) { lab async throws in
      let admin = try await Client(lab)
      #expect(try await admin.send("PUT", "/_default_/x", "text").status == 200)
      let token = try await lab.token(of: .operator, scopes: ["job_helpers:read"])
      let reader = try await Client(lab, token: token)
      #expect(try await reader.send("GET", "/_default_/x").code == "text")
      for (method, path) in [("PUT", "/_default_/x"), ("DELETE", "/_default_/x")] {
        #expect(try await reader.send(method, path) == (403, "AccessDenied"), "\(method)")
      }
      let delete = "<Delete><Object><Key>x</Key></Object></Delete>"
      #expect(
        try await reader.send("POST", "/_default_", delete, query: [("delete", "")]) == (403, "AccessDenied"))
      #expect(
        try await reader.send("POST", "/_default_/x", query: [("uploads", "")]) == (403, "AccessDenied"))
      #expect(try await admin.send("GET", "/_default_/x").code == "text")
      // Who becomes one that only looks may not read files either: as by the other routes.
      try await lab.accounts.setMember(
        "user-operator", email: "x@example.com", role: .viewer, of: "main")
      #expect(try await reader.send("GET", "/_default_/x") == (403, "AccessDenied"))
    }
  }

  @Test func `a key ends with its token, and is of one workspace`() async throws {
    try await ServerLab.with(workers: 0) { lab async throws in
      let made = try await lab.send(
        "POST", "/workspaces/create", .object(JSONObject(pairs: ["id": .string("second")])))
      let foreign = try #require(made.json?.object?["token"]?.string)
      var other = try await Client(lab, token: foreign, workspace: "second")
      #expect(try await other.send("PUT", "/_default_/x", "theirs").status == 200)
      other.workspace = "main"
      #expect(try await other.send("GET", "/_default_/x") == (403, "AccessDenied"))
      #expect(try await other.send("PUT", "/_default_/x", "text") == (403, "AccessDenied"))

      let job = try await lab.queue.submit(
        NewJob(
          workspace: "main", kind: .preview, language: "python3", content: "", arguments: "{}",
          createdBy: "ann"))
      let token = lab.accounts.jobToken(for: job.id.text, username: "ann", of: "main").text
      let errand = try #require(
        try await lab.queue.poll(
          WorkerPoll(worker: "w", tags: [job.tag], slots: 1), within: .seconds(30)
        ).jobs.first)
      let client = try await Client(lab, token: token)
      #expect(try await client.send("PUT", "/_default_/x", "ours").status == 200)
      try await lab.queue.end(
        JobErrand(id: errand.id, attempt: errand.attempt), of: "w",
        as: JobOutcome(state: .success, result: "1"))
      #expect(try await client.send("GET", "/_default_/x") == (400, "ExpiredToken"))

      let short = try await lab.accounts.makeToken(for: "ann", of: "main", label: "short")
      let member = try await Client(lab, token: short.text)
      #expect(try await member.send("GET", "/_default_/x").code == "ours")
      try await lab.accounts.removeTokens(labelled: "short", of: "main")
      #expect(try await member.send("GET", "/_default_/x") == (403, "InvalidAccessKeyId"))
    }
  }

  @Test func `what is not there is said, not made up`() async throws {
    try await ServerLab.with(workers: 0) { lab async throws in
      let client = try await Client(lab)
      #expect(try await client.send("PUT", "/_default_/x", "text").status == 200)
      for name in ["acl", "tagging", "versions", "policy", "versionId"] {
        #expect(
          try await client.send("GET", "/_default_/x", query: [(name, "")]) == (501, "NotImplemented"),
          "\(name)")
      }
      for body in [
        "", "<Delete>", "<!DOCTYPE x [<!ENTITY e 'x'>]><Delete><Object><Key>&e;</Key></Object></Delete>",
      ] {
        #expect(
          try await client.send("POST", "/_default_", body, query: [("delete", "")]) == (400, "MalformedXML"))
      }
      for key in [".tarn-draft-uploads/x", "a/.tarn-draft-x"] {
        #expect(try await client.send("GET", "/_default_/" + key) == (400, "InvalidArgument"))
        #expect(try await client.send("PUT", "/_default_/" + key, "x") == (400, "InvalidArgument"))
      }
      // Nothing of an upload is seen before its end.
      #expect(try await client.send("POST", "/_default_/y", query: [("uploads", "")]).status == 200)
      let list = try await client.send("GET", "/_default_", query: [("list-type", "2")])
      #expect(list.code.matches(of: /<Key>/).count == 1)
      #expect(
        try await lab.send("GET", "/w/main/job_helpers/list_stored_files").text
          == #"{"next_marker":null,"windmill_large_files":[{"s3":"x","size":4}]}"#)
    }
  }
}
