import Accounts
import Foundation
import JSON
import Jobs
import Secrets
import Store
import TestKit
import Testing

/// Members, tokens, groups, folders, and who reaches which path.
@Suite struct MemberTests {
  private static func object(_ pairs: KeyValuePairs<String, JSONValue>) -> JSONValue {
    .object(JSONObject(pairs: pairs))
  }

  @Test func membersComeChangeAndGo() async throws {
    try await ServerLab.with(workers: 0) { lab in
      let bob = Self.object([
        "username": .string("bob"), "email": .string("bob@example.com"), "role": .string("viewer"),
      ])
      #expect(try await lab.send("POST", "/w/main/users/add", bob).status == 201)
      #expect(try await lab.send("POST", "/w/main/users/add", bob).status == 400)
      // As Windmill's clients say it.
      let eve = Self.object([
        "username": .string("eve"), "email": .string("e@x.org"), "is_admin": .bool(false),
        "operator": .bool(true),
      ])
      #expect(try await lab.send("POST", "/w/main/workspaces/add_user", eve).status == 201)
      #expect(try await lab.send("GET", "/w/main/users/list_usernames").text == #"["ann","bob","eve"]"#)
      #expect(try await lab.send("GET", "/w/main/users/get/eve").json?.object?["operator"]?.bool == true)
      #expect(try await lab.send("GET", "/w/main/users/username_to_email/bob").text == "bob@example.com")
      #expect(try await lab.send("GET", "/users/username_to_email/bob").text == "bob@example.com")
      #expect(try await lab.send("GET", "/w/main/users/username_to_email/nobody").status == 404)
      #expect(
        try await lab.send("POST", "/w/main/users/update/bob", Self.object(["role": .string("developer")]))
          .status == 200)
      #expect(try await lab.accounts.member("bob", of: "main").role == .developer)
      #expect(
        try await lab.send("POST", "/w/main/users/update/bob", Self.object(["role": .string("king")])).status
          == 400)
      #expect(
        try await lab.send("POST", "/w/main/users/update/ann", Self.object(["role": .string("viewer")]))
          .status == 400)
      let developer = try await lab.token(of: .developer)
      #expect(
        try await lab.send(
          "POST", "/w/main/users/update/bob", Self.object(["role": .string("admin")]), token: developer
        ).status == 403)
      for (name, email) in [
        ("a b", "a@b.c"), ("x", "no address"), ("", "a@b.c"), ("-x", "a@b.c"), ("x/y", "a@b.c"),
      ] {
        let body = Self.object(["username": .string(name), "email": .string(email)])
        #expect(try await lab.send("POST", "/w/main/users/add", body).status == 400, "\(name) \(email)")
      }
    }
  }

  @Test func tokensAreMadeListedAndEnded() async throws {
    try await ServerLab.with(workers: 0) { lab in
      let end = Moment.now + .seconds(3600)
      let made = try await lab.send(
        "POST", "/users/tokens/create",
        Self.object([
          "label": .string("reports"), "expiration": .string(end.text),
          "scopes": .array([.string("variables:read")]),
        ]))
      #expect(made.status == 201)
      let token = made.text
      #expect(try await lab.send("GET", "/w/main/variables/list", token: token).status == 200)
      #expect(try await lab.send("GET", "/w/main/resources/list", token: token).status == 403)
      let list = try await lab.send("GET", "/users/tokens/list")
      #expect(!list.text.contains(token))
      let entry = list.json?.array?.compactMap(\.object).first { $0["label"]?.string == "reports" }
      let prefix = try #require(entry?["token_prefix"]?.string)
      #expect(token.hasPrefix(prefix))
      #expect(entry?["scopes"] == .array([.string("variables:read")]))
      // A limited token makes none that may more, and one that ends none that outlives it.
      let developer = try await lab.token(of: .developer, scopes: ["tokens", "variables:read"])
      for (body, status) in [
        (Self.object(["scopes": .array([.string("jobs:run")])]), 403),
        (Self.object(["scopes": .array([.string("variables:read")])]), 201),
        (Self.object([:]), 201), (Self.object(["scopes": .array([.string("a b")])]), 400),
        (Self.object(["expiration": .string("soon")]), 400),
        (Self.object(["expiration": .string("2001-01-01T00:00:00Z")]), 400),
        (Self.object(["workspace_id": .string("other")]), 403),
      ] {
        let answer = try await lab.send("POST", "/users/tokens/create", body, token: developer)
        #expect(answer.status == status, "\(body.text): \(answer.text)")
        if status == 201 {
          #expect(try await lab.send("GET", "/w/main/jobs/list", token: answer.text).status == 403)
          #expect(try await lab.send("GET", "/w/main/variables/list", token: answer.text).status == 200)
        }
      }
      let short = try await lab.accounts.makeToken(for: "ann", of: "main", label: "short", expiresAt: end)
        .text
      #expect(
        try await lab.send("POST", "/users/tokens/create", Self.object([:]), token: short).status == 403)
      let later = Self.object(["expiration": .string((end + .seconds(60)).text)])
      #expect(try await lab.send("POST", "/users/tokens/create", later, token: short).status == 403)
      // Others' tokens are out of reach.
      #expect(try await lab.send("DELETE", "/users/tokens/delete/\(prefix)", token: developer).status == 404)
      #expect(try await lab.send("DELETE", "/users/tokens/delete/\(prefix)").status == 200)
      #expect(try await lab.send("GET", "/w/main/variables/list", token: token).status == 401)
    }
  }

  /// u/, f/ and g/ paths, for variables, resources, scripts, and names in arguments.
  @Test func pathsBelongToSomebody() async throws {
    try await ServerLab.with { lab in
      let accounts = lab.accounts
      var tokens: [String: String] = ["ann": lab.token]
      for name in ["bob", "eve"] {
        try await accounts.addMember(name, email: "\(name)@x.org", role: .developer, to: "main")
        tokens[name] = try await accounts.makeToken(for: name, of: "main", label: "t").text
      }
      try await accounts.createGroup("team", summary: "", of: "main")
      try await accounts.addMember("bob", toGroup: "team", of: "main")
      // bob's folder: eve may read it, the team may write it.
      let folder = Self.object([
        "name": .string("shop"), "extra_perms": Self.object(["u/eve": .bool(false), "g/team": .bool(true)]),
      ])
      #expect(
        try await lab.send("POST", "/w/main/folders/create", folder, token: tokens["bob"]).status == 201)
      let closed = Self.object(["name": .string("closed")])
      #expect(
        try await lab.send("POST", "/w/main/folders/create", closed, token: tokens["bob"]).status == 201)
      #expect(
        try await lab.send("GET", "/w/main/folders/listnames", token: tokens["eve"]).text == #"["shop"]"#)

      // Who may write and who may read each path.
      let cases: [(path: String, writers: Set<String>, readers: Set<String>)] = [
        ("u/bob/x", ["ann", "bob"], ["ann", "bob"]), ("u/eve/x", ["ann", "eve"], ["ann", "eve"]),
        ("f/shop/x", ["ann", "bob"], ["ann", "bob", "eve"]), ("f/closed/x", ["ann", "bob"], ["ann", "bob"]),
        ("f/nobody_made_it/x", ["ann", "bob", "eve"], ["ann", "bob", "eve"]),
        ("g/team/x", ["ann", "bob"], ["ann", "bob"]),
        ("g/all/x", ["ann", "bob", "eve"], ["ann", "bob", "eve"]),
        ("g/nobody/x", ["ann"], ["ann"]),
      ]
      for (path, writers, readers) in cases {
        for (name, token) in tokens.sorted(by: { $0.key < $1.key }) {
          let mayWrite = writers.contains(name)
          let mayRead = readers.contains(name)
          for kind in ["variables", "resources", "scripts"] {
            let own = "\(path)-\(name)-\(kind)"
            let body = Self.object([
              "path": .string(own), "value": .string("1"), "resource_type": .string("any"),
              "language": .string("duckdb"),
              "content": .string("SELECT 1 AS one"),
            ])
            let created = try await lab.send("POST", "/w/main/\(kind)/create", body, token: token)
            #expect(created.status == (mayWrite ? 201 : 403), "\(name) creates \(own)")
            if !mayWrite { _ = try await lab.send("POST", "/w/main/\(kind)/create", body) }
            let get = kind == "scripts" ? "scripts/get/p/\(own)" : "\(kind)/get_value/\(own)"
            #expect(
              try await lab.send("GET", "/w/main/\(get)", token: token).status == (mayRead ? 200 : 403),
              "\(name) reads \(own)")
            let listed = try await lab.send("GET", "/w/main/\(kind)/list", token: token).text.contains(
              "\"\(own)\"")
            #expect(listed == mayRead, "\(name) lists \(own)")
            let end =
              kind == "scripts" ? ("POST", "scripts/archive/p/\(own)") : ("DELETE", "\(kind)/delete/\(own)")
            if kind == "scripts" {
              let ran = try await lab.send("POST", "/w/main/jobs/run_wait_result/p/\(own)", token: token)
              #expect(ran.status == (mayRead ? 200 : 403), "\(name) runs \(own)")
            }
            if kind == "variables" {
              let named = try await lab.query(
                "-- $w (TEXT)\nSELECT $w AS w", JSONObject(pairs: ["w": .string("$var:\(own)")]), token: token
              )
              #expect((named.status == 200) == mayRead, "\(name) names \(own): \(named.text)")
            }
            #expect(
              try await lab.send(end.0, "/w/main/\(end.1)", token: token).status == (mayWrite ? 200 : 403),
              "\(name) ends \(own)")
          }
        }
      }
    }
  }

  @Test func foldersAreTheirOwners() async throws {
    try await ServerLab.with(workers: 0) { lab in
      let (developer, viewer) = (try await lab.token(of: .developer), try await lab.token(of: .viewer))
      let made = try await lab.send(
        "POST", "/w/main/folders/create", Self.object(["name": .string("shop")]), token: developer)
      #expect(made.status == 201)
      #expect(try await lab.send("GET", "/w/main/folders/get/shop", token: viewer).status == 403)
      let perms = Self.object(["extra_perms": Self.object(["g/all": .bool(false)])])
      #expect(
        try await lab.send("POST", "/w/main/folders/update/shop", perms, token: developer).status == 200)
      let seen = try await lab.send("GET", "/w/main/folders/get/shop", token: viewer).json?.object
      #expect(seen?["owners"] == .array([.string("u/user-developer")]))
      #expect(seen?["extra_perms"]?.text == #"{"g/all":false}"#)
      #expect(
        try await lab.send(
          "POST", "/w/main/folders/addowner/shop", Self.object(["owner": .string("u/ann")]), token: developer
        ).status == 200)
      #expect(
        try await lab.send(
          "POST", "/w/main/folders/addowner/shop", Self.object(["owner": .string("u/nobody")]),
          token: developer
        ).status == 404)
      #expect(
        try await lab.send(
          "POST", "/w/main/folders/removeowner/shop", Self.object(["owner": .string("u/user-developer")])
        ).status == 200)
      #expect(
        try await lab.send("POST", "/w/main/folders/update/shop", perms, token: developer).status == 403)
      // What lies in a folder would be open to all without it.
      try await lab.accounts.createVariable(
        "f/shop/x", of: "main", value: "1", isSecret: false, description: "", by: "ann")
      #expect(try await lab.send("DELETE", "/w/main/folders/delete/shop").status == 400)
      #expect(try await lab.send("DELETE", "/w/main/variables/delete/f/shop/x").status == 200)
      #expect(try await lab.send("DELETE", "/w/main/folders/delete/shop").status == 200)
      // Nobody takes what all use by making a folder around it.
      try await lab.accounts.createVariable(
        "f/open/x", of: "main", value: "1", isSecret: false, description: "", by: "ann")
      #expect(
        try await lab.send(
          "POST", "/w/main/folders/create", Self.object(["name": .string("open")]), token: developer
        ).status == 403)
    }
  }

  /// What a query gave is for who sent it.
  @Test func jobsAreSeenByWhoMaySeeThem() async throws {
    try await ServerLab.with { lab in
      let sent = Self.object(["language": .string("duckdb"), "content": .string("SELECT 4711 AS x")])
      let id = try await lab.send("POST", "/w/main/jobs/run/preview", sent).text
      _ = try await lab.queue.ended(try #require(JobID(id)), within: .seconds(300))
      let developer = try await lab.token(of: .developer)
      for path in [
        "jobs_u/get/", "jobs_u/completed/get_result/", "jobs_u/completed/get_result_maybe/",
        "jobs_u/get_logs/",
      ] {
        #expect(try await lab.send("GET", "/w/main/\(path)\(id)").status == 200)
        #expect(try await lab.send("GET", "/w/main/\(path)\(id)", token: developer).status == 404)
      }
      #expect(
        try await lab.send("POST", "/w/main/jobs_u/queue/cancel/\(id)", Self.object([:]), token: developer)
          .status == 404)
      #expect(try await lab.send("GET", "/w/main/jobs/list", token: developer).text == "[]")
      #expect(try await lab.send("GET", "/w/main/jobs/list").text.contains(id))
    }
  }
}
