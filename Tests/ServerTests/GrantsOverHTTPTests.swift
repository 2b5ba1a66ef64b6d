import Accounts
import JSON
import Jobs
import TestKit
import Testing

/// Grants, from the route that makes them to the worker that holds queries against them.
@Suite struct GrantsOverHTTPTests {
  static func body(_ privileges: [String], _ place: String, _ holder: String) -> JSONValue {
    .object(
      JSONObject(pairs: [
        "privileges": .array(privileges.map(JSONValue.string)), "on": .string(place), "to": .string(holder),
      ]))
  }

  @Test(arguments: StoreKind.usable) func grantsDecide(_ kind: StoreKind) async throws {
    try await ServerLab.with(kind) { lab in
      _ = try await lab.query("CREATE TABLE orders AS SELECT 1 AS id; CREATE TABLE pay AS SELECT 2 AS id")
      let developer = try await lab.token(of: .developer)
      // Without grants all is as the role has it.
      #expect(try await lab.query("FROM pay", token: developer).status == 200)

      let first = try await lab.send(
        "POST", "/w/main/grants/create", Self.body(["select"], "orders", "u/user-developer"))
      #expect(first.status == 201)
      #expect(first.text == #"{"lake_was_open":true}"#)
      let denied = try await lab.query("FROM pay", token: developer)
      #expect(denied.status == 403)
      #expect(
        denied.text
          == "query:1:6: u/user-developer may not select from main/main.pay. An admin (ann) can grant it: "
          + "tarn grant select --on 'main/main.pay' --to u/user-developer")
      #expect(try await lab.query("FROM pay", inline: true, token: developer).status == 403)
      #expect(try await lab.query("FROM orders", token: developer).text == #"[{"id":1}]"#)
      #expect(try await lab.query("INSERT INTO orders VALUES (3)", token: developer).status == 403)
      #expect(try await lab.query("FROM pay").status == 200)

      // By role, and by group, which may change while the server runs.
      _ = try await lab.send(
        "POST", "/w/main/grants/create", Self.body(["insert", "select"], "main.*", "role/developer"))
      #expect(try await lab.query("INSERT INTO orders VALUES (3)", token: developer).status == 200)
      let revoked = try await lab.send(
        "POST", "/w/main/grants/delete", Self.body(["insert", "select"], "main.*", "role/developer"))
      #expect(revoked.text == #"{"revoked":2}"#)
      #expect(try await lab.query("FROM pay", token: developer).status == 403)
      let group = JSONValue.object(JSONObject(pairs: ["name": .string("payers")]))
      #expect(try await lab.send("POST", "/w/main/groups/create", group).status == 201)
      _ = try await lab.send("POST", "/w/main/grants/create", Self.body(["select"], "pay", "g/payers"))
      #expect(try await lab.query("FROM pay", token: developer).status == 403)
      let username = JSONValue.object(JSONObject(pairs: ["username": .string("user-developer")]))
      #expect(try await lab.send("POST", "/w/main/groups/adduser/payers", username).status == 200)
      #expect(try await lab.query("FROM pay", token: developer).status == 200)

      // Who granted what is told to admins; to others what concerns them.
      let list = try await lab.send("GET", "/w/main/grants/list").json?.object
      let grants = list?["grants"]?.array?.compactMap(\.object)
      #expect(grants?.count == 2)
      #expect(grants?.allSatisfy { $0["granted_by"]?.string == "ann" } == true)
      let viewer = try await lab.token(of: .viewer)
      #expect(
        try await lab.send("GET", "/w/main/grants/list", token: viewer).json?.object?["grants"] == .array([]))
      #expect(
        try await lab.send(
          "POST", "/w/main/grants/create", Self.body(["select"], "pay", "u/ann"), token: developer
        ).status == 403)

      // The last grant that is taken back opens nothing.
      _ = try await lab.send(
        "POST", "/w/main/grants/delete", Self.body(["select"], "orders", "u/user-developer"))
      _ = try await lab.send("POST", "/w/main/grants/delete", Self.body(["select"], "pay", "g/payers"))
      #expect(try await lab.query("FROM orders", token: developer).status == 403)
      let open = JSONValue.object(JSONObject(pairs: ["lake": .string("main")]))
      #expect(try await lab.send("POST", "/w/main/grants/open", open).status == 200)
      #expect(try await lab.query("FROM orders", token: developer).status == 200)
      #expect(try await lab.send("POST", "/w/main/grants/open", open).status == 404)
    }
  }

  @Test func whatIsNoGrantIsToldSo() async throws {
    try await ServerLab.with(workers: 0) { lab in
      for (body, status) in [
        (Self.body(["read"], "orders", "u/ann"), 400), (Self.body([], "orders", "u/ann"), 400),
        (Self.body(["select"], "a.b.c.d", "u/ann"), 400), (Self.body(["select"], "orders", "ann"), 400),
        (Self.body(["select"], "orders", "u/nobody"), 404),
        (Self.body(["select"], "orders", "g/nobody"), 404),
        (Self.body(["select"], "orders", "role/admin"), 400),
      ] {
        let answer = try await lab.send("POST", "/w/main/grants/create", body)
        #expect(answer.status == status, "\(body.text): \(answer.text)")
      }
      #expect(try await lab.accounts.grants(of: "main").governed == [])
    }
  }

  @Test func scriptsRunWithTheRightsOfWhoRunsThem() async throws {
    try await ServerLab.with { lab in
      _ = try await lab.query("CREATE TABLE orders AS SELECT 1 AS id; CREATE TABLE pay AS SELECT 2 AS id")
      for table in ["orders", "pay"] {
        let script = JSONObject(pairs: [
          "path": .string("f/all/\(table)"), "language": .string("duckdb"),
          "content": .string("FROM \(table)"),
        ])
        #expect(try await lab.send("POST", "/w/main/scripts/create", .object(script)).status == 201)
      }
      _ = try await lab.token(of: .operator)
      _ = try await lab.send(
        "POST", "/w/main/grants/create", Self.body(["select"], "orders", "role/operator"))
      let `operator` = try await lab.token(of: .operator)
      #expect(
        try await lab.send("POST", "/w/main/jobs/run_wait_result/p/f/all/orders", token: `operator`).status
          == 200)
      #expect(
        try await lab.send("POST", "/w/main/jobs/run_wait_result/p/f/all/pay", token: `operator`).status
          == 403)
      // The same, asked for and looked at later.
      let id = try await lab.send("POST", "/w/main/jobs/run/p/f/all/pay", token: `operator`).text
      let job = try await lab.queue.ended(try #require(JobID(id)), within: .seconds(300))
      #expect(job.state == .failure)
      #expect(job.result?.contains("PermissionDenied") == true)
    }
  }

  /// What was granted to somebody who is gone is not granted to another of that name.
  @Test func namesThatComeBackGetNothing() async throws {
    try await ServerLab.with { lab in
      _ = try await lab.query("CREATE TABLE orders AS SELECT 1 AS id")
      _ = try await lab.token(of: .developer)
      _ = try await lab.send(
        "POST", "/w/main/grants/create", Self.body(["select"], "orders", "u/user-developer"))
      #expect(try await lab.send("DELETE", "/w/main/users/delete/user-developer").status == 200)
      let token = try await lab.token(of: .developer)
      #expect(try await lab.query("FROM orders", token: token).status == 403)
      // The last admin stays.
      #expect(try await lab.send("DELETE", "/w/main/users/delete/ann").status == 400)
    }
  }

  /// A Python script of an operator, who may send no queries himself: its queries have his rights, by whichever way they go.
  @Test(.enabled(if: WmillPackage.isInstalled, "scripts/setup-tests puts the package wmill in place"))
  func queriesOfScriptsHaveTheRightsOfWhoRunsThem() async throws {
    try await ServerLab.with(python: WmillPackage.python) { lab in
      _ = try await lab.query("CREATE TABLE orders AS SELECT 1 AS id; CREATE TABLE pay AS SELECT 2 AS id")
      let content = """
        import os, wmill
        def main(base: str, route: str, sql: str, language: str = "duckdb"):
            client = wmill.Windmill(base_url=os.environ[base])
            answer = client.client.post(
                f"{client.base_url}/w/main/jobs/{route}/preview", json={"content": sql, "language": language, "args": {}})
            return answer.status_code
        """
      let script = JSONObject(pairs: [
        "path": .string("f/all/ask"), "language": .string("python3"), "content": .string(content),
      ])
      #expect(try await lab.send("POST", "/w/main/scripts/create", .object(script)).status == 201)
      let `operator` = try await lab.token(of: .operator)
      _ = try await lab.send(
        "POST", "/w/main/grants/create", Self.body(["select"], "orders", "role/operator"))
      for base in ["BASE_INTERNAL_URL", "WM_BASE_URL"] {
        for route in ["run_inline", "run_wait_result"] {
          for (sql, language, status) in [
            ("FROM orders", "duckdb", "200"), ("FROM pay", "duckdb", "403"),
            ("DELETE FROM orders", "duckdb", "403"),
            ("def main(): pass", "python3", "403"),
          ] {
            let arguments = JSONObject(pairs: [
              "base": .string(base), "route": .string(route), "sql": .string(sql),
              "language": .string(language),
            ])
            let answer = try await lab.send(
              "POST", "/w/main/jobs/run_wait_result/p/f/all/ask", .object(arguments), token: `operator`)
            #expect(answer.text == status, "\(base) \(route) \(sql)")
          }
        }
      }
      #expect(try await lab.query("FROM orders", token: `operator`).status == 403)
      let denied = try await lab.send("GET", "/w/main/audit/list?operation=lakes.query&action_kind=Denied")
        .json?.array
      #expect(denied?.count == 8)
    }
  }

  /// A load makes and changes tables: it takes all of its schema.
  @Test func loadsAreHeldAgainstGrants() async throws {
    try await ServerLab.with { lab in
      let developer = try await lab.token(of: .developer)
      let rows = JSONValue.object(JSONObject(pairs: ["id": .int(1)]))
      func load(_ into: String, _ token: String) async throws -> ServerLab.Answer {
        try await lab.send("POST", "/w/main/load?into=\(into)&table=t&format=json", rows, token: token)
      }
      _ = try await lab.send(
        "POST", "/w/main/grants/create",
        Self.body(["select", "insert", "update", "delete", "create"], "mine.*", "role/developer"))
      let denied = try await load("mine", developer)
      #expect(denied.status == 403)
      #expect(denied.text.contains("u/user-developer may not drop main/mine.*"))
      _ = try await lab.send(
        "POST", "/w/main/grants/create", Self.body(["drop"], "mine.*", "role/developer"))
      #expect(try await load("mine", developer).status == 200)
      #expect(try await load("theirs", developer).status == 403)
      #expect(try await load("theirs", lab.token).status == 200)
      #expect(try await lab.query("SELECT id FROM mine.t", token: developer).text == #"[{"id":1}]"#)
      #expect(try await lab.query("SELECT id FROM theirs.t", token: developer).status == 403)
    }
  }
}
