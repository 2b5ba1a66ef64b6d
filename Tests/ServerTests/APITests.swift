import Accounts
import JSON
import Jobs
import LakeSettings
import TestKit
import Testing

/// Who may do what, and what the workspace keeps.
@Suite struct APITests {
  @Test func nobodyGetsInWithoutAToken() async throws {
    try await ServerLab.with(workers: 0) { lab in
      for token in ["", "nonsense", "job_bWFpbiBhbm4gajE=.AAAA"] {
        let answer = try await lab.send("GET", "/w/main/variables/list", token: token)
        #expect(answer.status == 401)
      }
      #expect(try await lab.send("GET", "/w/other/variables/list").status == 401)
      #expect(try await lab.send("GET", "/version", token: "").text.hasPrefix("Tarn "))
      #expect(try await lab.send("GET", "/nothing").status == 404)
      let me = try await lab.send("GET", "/users/whoami").json?.object
      #expect(me?["username"]?.string == "ann")
      #expect(me?["email"]?.string == "ann@example.com")
    }
  }

  @Test func rolesHold() async throws {
    try await ServerLab.with { lab in
      let viewer = try await lab.token(of: .viewer)
      let `operator` = try await lab.token(of: .operator)
      let developer = try await lab.token(of: .developer)
      // Those who may only run scripts run no text of their own (CVE-2026-22683 of another product).
      for token in [viewer, `operator`] {
        for isInline in [true, false] {
          #expect(try await lab.query("SELECT 1", inline: isInline, token: token).status == 403)
        }
      }
      #expect(try await lab.query("SELECT 1 AS x", token: developer).status == 200)
      let variable = JSONValue.object(JSONObject(pairs: ["path": .string("f/a/v"), "value": .string("1")]))
      #expect(
        try await lab.send("POST", "/w/main/variables/create", variable, token: `operator`).status == 403)
      #expect(
        try await lab.send("POST", "/w/main/variables/create", variable, token: developer).status == 201)
      #expect(try await lab.send("GET", "/w/main/variables/get_value/f/a/v", token: viewer).status == 403)
      #expect(
        try await lab.send("GET", "/w/main/variables/get_value/f/a/v", token: `operator`).text == #""1""#)
      #expect(try await lab.send("GET", "/w/main/variables/list", token: viewer).status == 200)
      #expect(try await lab.send("POST", "/workers/poll", token: developer).status == 403)
    }
  }

  @Test func aJobThatNoWorkerTakesIsToldOfSoon() async throws {
    try await ServerLab.with { lab in
      try await eventually("the worker has asked for jobs") { try await !lab.queue.workers().isEmpty }
      let listed = try await lab.send("GET", "/workers/list", token: lab.token(of: .developer))
      let tags = listed.json?.array?.first?.object?["custom_tags"]?.array?.compactMap(\.string) ?? []
      #expect(Set(tags).isSuperset(of: ["duckdb", "load", "postgresql"]), "\(listed.text)")
      #expect(try await lab.send("GET", "/workers/list", token: lab.token(of: .viewer)).status == 403)
      let body = JSONValue.object(
        JSONObject(pairs: [
          "content": .string("SELECT 1"), "language": .string("duckdb"), "tag": .string("gpu"),
        ]))
      let answer = try await lab.send("POST", "/w/main/jobs/run_wait_result/preview", body)
      #expect(answer.status == 503)
      #expect(
        answer.text.hasPrefix(
          "no worker takes jobs tagged 'gpu'; those that are connected take \(tags[0]), "), "\(answer.text)")
    }
  }

  /// What workers are told holds credentials, and what they say is taken for the result of any job.
  @Test func workersRoutesTakeWorkersTokens() async throws {
    let place = try TemporaryFolder("secrets")
    try place.write("word-71\nmore\n", to: "key")
    let bucket = S3Storage(bucket: "b", keyID: .value("id-72"), secret: .file(place["key"]))
    try await ServerLab.with(workers: 0, storages: ["far": .s3(bucket)]) { lab async throws in
      let told = try await lab.send("GET", "/workers/settings", token: lab.workersToken)
      #expect(told.status == 200)
      #expect(told.text.contains("word-71") && !told.text.contains(place.path))
      // An admin's own token is one that the admin's jobs have, too.
      for path in ["/workers/settings", "/workers/datatables/main/main"] {
        let answer = try await lab.send("GET", path)
        #expect(answer.status == 403)
        #expect(answer.text == "this takes a worker's token: tarn token create --scope workers:run")
      }
      #expect(try await lab.send("POST", "/workers/poll", .object(JSONObject())).status == 403)
      for scopes in [["workers:run"], ["jobs", "workers"]] {
        let body = JSONObject(pairs: ["scopes": .array(scopes.map(JSONValue.string))])
        let answer = try await lab.send("POST", "/users/tokens/create", .object(body))
        #expect(answer.status == 403, "\(answer.text)")
      }
      #expect(try await lab.send("GET", "/w/main/jobs/list", token: lab.workersToken).status == 403)
    }
  }

  @Test func scopesLimitATokenFurther() async throws {
    try await ServerLab.with { lab in
      let token = try await lab.token(of: .admin, scopes: ["variables:read", "jobs"])
      #expect(try await lab.send("GET", "/w/main/variables/list", token: token).status == 200)
      let variable = JSONValue.object(JSONObject(pairs: ["path": .string("f/a/v"), "value": .string("1")]))
      #expect(try await lab.send("POST", "/w/main/variables/create", variable, token: token).status == 403)
      #expect(try await lab.send("GET", "/w/main/resources/list", token: token).status == 403)
      #expect(try await lab.query("SELECT 1 AS x", token: token).status == 200)
    }
  }

  @Test func variablesAreCreatedChangedAndDeleted() async throws {
    try await ServerLab.with(workers: 0) { lab in
      let path = "f/all/my key"
      #expect(
        try await lab.send(
          "POST", "/w/main/variables/create",
          .object(JSONObject(pairs: ["path": .string(path), "value": .string("x")]))
        ).status == 400)
      let body = JSONObject(pairs: [
        "path": .string("u/ann/k"), "value": .string("é\"\n"), "is_secret": .bool(true),
        "description": .string("d"),
      ])
      #expect(try await lab.send("GET", "/w/main/variables/get/u/ann/k").status == 404)
      #expect(try await lab.send("POST", "/w/main/variables/create", .object(body)).status == 201)
      #expect(try await lab.send("POST", "/w/main/variables/create", .object(body)).status == 400)
      #expect(try await lab.send("GET", "/w/main/variables/get_value/u/ann/k").json == .string("é\"\n"))
      let entry = try await lab.send("GET", "/w/main/variables/get/u/ann/k").json?.object
      #expect(entry?["is_secret"]?.bool == true)
      #expect(entry?["value"] == .null)
      #expect(
        try await lab.send(
          "POST", "/w/main/variables/update/u/ann/k", .object(JSONObject(pairs: ["value": .string("new")]))
        ).status == 200)
      #expect(try await lab.send("GET", "/w/main/variables/get_value/u/ann/k").json == .string("new"))
      #expect(try await lab.send("DELETE", "/w/main/variables/delete/u/ann/k").status == 200)
      #expect(try await lab.send("GET", "/w/main/variables/get_value/u/ann/k").status == 404)
    }
  }

  @Test func resourcesNameVariables() async throws {
    try await ServerLab.with(workers: 0) { lab in
      try await lab.accounts.createVariable(
        "u/ann/password", of: "main", value: "hidden", isSecret: true, description: "", by: "ann")
      let value = try JSONValue(
        parsing: #"{"host":"h","port":5432.0,"password":"$var:u/ann/password","more":["$res:f/all/b"]}"#)
      for (path, value) in [
        ("f/all/a", value), ("f/all/b", .int(7)), ("f/all/circle", .string("$res:f/all/circle")),
      ] {
        let created = try await lab.send(
          "POST", "/w/main/resources/create",
          .object(
            JSONObject(pairs: ["path": .string(path), "value": value, "resource_type": .string("postgresql")])
          ))
        #expect(created.status == 201)
      }
      #expect(try await lab.send("GET", "/w/main/resources/get_value/f/all/a").json == value)
      #expect(
        try await lab.send("GET", "/w/main/resources/get_value_interpolated/f/all/a").text
          == #"{"host":"h","port":5432.0,"password":"hidden","more":[7]}"#)
      #expect(
        try await lab.send("GET", "/w/main/resources/get_value_interpolated/f/all/circle").status == 400)
      let list = try await lab.send(
        "GET", "/w/main/resources/list?resource_type=postgresql&per_page=2&page=2")
      #expect(list.json?.array?.compactMap { $0.object?["path"]?.string } == ["f/all/circle"])
    }
  }
}
