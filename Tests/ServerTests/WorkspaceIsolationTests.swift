import Accounts
import JSON
import Jobs
import TestKit
import Testing

/// Several workspaces on one server: what one has, the other has not.
@Suite struct WorkspaceIsolationTests {
  private static func object(_ pairs: KeyValuePairs<String, JSONValue>) -> JSONValue {
    .object(JSONObject(pairs: pairs))
  }

  private struct Two {
    let lab: ServerLab
    let token: String

    func query(_ sql: String) async throws -> ServerLab.Answer {
      try await lab.send(
        "POST", "/w/other/jobs/run_wait_result/preview",
        WorkspaceIsolationTests.object(["language": .string("duckdb"), "content": .string(sql)]), token: token
      )
    }
  }

  @Test(arguments: StoreKind.usable) func nothingIsShared(_ kind: StoreKind) async throws {
    try await ServerLab.with(kind) { lab in
      let made = try await lab.send("POST", "/workspaces/create", Self.object(["id": .string("other")]))
      #expect(made.status == 201)
      let other = Two(lab: lab, token: try #require(made.json?.object?["token"]?.string))
      #expect(
        try await lab.send("POST", "/workspaces/create", Self.object(["id": .string("OTHER")])).status == 400)

      // Lakes: one name, two tables, and no way over by files.
      _ = try await lab.query("CREATE TABLE t AS SELECT 'main' AS whose")
      #expect(try await other.query("FROM t").status == 500)
      #expect(try await other.query("CREATE TABLE t AS SELECT 'other' AS whose").status == 200)
      #expect(try await lab.query("FROM t").text == #"[{"whose":"main"}]"#)
      #expect(try await other.query("FROM t").text == #"[{"whose":"other"}]"#)
      for sql in [
        "FROM read_blob('\(lab.folder.path)/lake/**')", "FROM glob('\(lab.folder.path)/**')",
        "COPY t TO '\(lab.folder.path)/lake/data/x.parquet'", "FROM '\(lab.folder.path)/lake/catalog.sqlite'",
        "COPY t TO 'file://\(lab.folder.path)/lake/data/x.parquet'",
      ] {
        let answer = try await other.query(sql)
        #expect(answer.status == 500 || answer.text == "[]", "\(sql): \(answer.text)")
      }

      // Variables, resources and scripts of one path.
      for (workspace, token) in [("main", lab.token), ("other", other.token)] {
        for kind in ["variables", "resources"] {
          let body = Self.object([
            "path": .string("f/all/x"), "value": .string(workspace), "is_secret": .bool(true),
            "resource_type": .string("a"),
          ])
          #expect(
            try await lab.send("POST", "/w/\(workspace)/\(kind)/create", body, token: token).status == 201)
        }
        let script = Self.object([
          "path": .string("f/all/s"), "language": .string("duckdb"),
          "content": .string("SELECT '\(workspace)' AS w"),
        ])
        #expect(
          try await lab.send("POST", "/w/\(workspace)/scripts/create", script, token: token).status == 201)
      }
      let hash =
        try await lab.send("GET", "/w/main/scripts/get/p/f/all/s").json?.object?["hash"]?.string ?? ""
      #expect(try await lab.send("GET", "/w/other/scripts/get/h/\(hash)", token: other.token).status == 404)
      #expect(
        try await lab.send("GET", "/w/other/variables/get_value/f/all/x", token: other.token).text
          == #""other""#)
      #expect(
        try await lab.send("POST", "/w/other/jobs/run_wait_result/p/f/all/s", token: other.token).text
          == #"[{"w":"other"}]"#)

      // Tokens, jobs, members, grants, the audit log.
      let job = try await lab.send("POST", "/w/main/jobs/run/p/f/all/s").text
      _ = try await lab.queue.ended(try #require(JobID(job)), within: .seconds(300))
      for (method, path) in [
        ("GET", "jobs_u/get/\(job)"), ("GET", "jobs_u/completed/get_result/\(job)"),
        ("GET", "jobs_u/get_logs/\(job)"),
        ("POST", "jobs_u/queue/cancel/\(job)"), ("GET", "jobs_u/get_root_job_id/\(job)"),
        ("POST", "job_metrics/set_progress/\(job)"),
      ] {
        #expect(
          try await lab.send(
            method, "/w/other/\(path)", Self.object(["percent": .int(1)]), token: other.token
          ).status == 404)
        #expect(
          try await lab.send(method, "/w/main/\(path)", Self.object(["percent": .int(1)]), token: other.token)
            .status == 401)
      }
      #expect(try await lab.send("GET", "/w/main/variables/list", token: other.token).status == 401)
      #expect(try await lab.send("GET", "/w/other/variables/list").status == 401)
      #expect(try await lab.send("GET", "/workspaces/list", token: other.token).json?.array?.count == 1)
      #expect(try await lab.send("GET", "/workspaces/list").json?.array?.count == 2)
      try await lab.accounts.addMember("bob", email: "b@x.org", role: .developer, to: "main")
      #expect(try await lab.send("GET", "/w/other/users/get/bob", token: other.token).status == 404)
      #expect(
        try await lab.send(
          "POST", "/w/main/grants/create", GrantsOverHTTPTests.body(["select"], "t", "u/bob")
        ).status == 201)
      #expect(
        try await lab.send("GET", "/w/other/grants/list", token: other.token).text
          == #"{"governed_lakes":[],"grants":[]}"#)
      let audit =
        try await lab.send("GET", "/w/other/audit/list?per_page=1000", token: other.token).json?.array ?? []
      #expect(audit.allSatisfy { $0.object?["workspace_id"]?.string == "other" })
      #expect(!audit.isEmpty)

      // Its admins are not the server's: they make no workspaces and are no workers.
      #expect(
        try await lab.send(
          "POST", "/workspaces/create", Self.object(["id": .string("third")]), token: other.token
        ).status == 403)
      #expect(try await lab.send("DELETE", "/workspaces/delete/main", token: other.token).status == 403)
      for (method, path) in [
        ("GET", "workers/settings"), ("POST", "workers/poll"),
        ("POST", "workers/w0/jobs/\(job)/1/end?state=success"),
        ("POST", "workers/w0/jobs/\(job)/1/log"),
      ] {
        #expect(
          try await lab.send(method, "/\(path)", Self.object([:]), token: other.token).status == 403,
          "\(path)")
      }

      // One that is removed is gone, and another of that id finds nothing of it.
      #expect(try await lab.send("DELETE", "/workspaces/delete/main").status == 400)
      #expect(try await lab.send("DELETE", "/workspaces/delete/other").status == 200)
      #expect(try await other.query("FROM t").status == 401)
      #expect(
        try await lab.send("POST", "/workspaces/create", Self.object(["id": .string("other")])).status == 201)
      #expect(try await lab.queue.jobs(of: "other").isEmpty)
      #expect(try await lab.accounts.variables(of: "other").isEmpty)
      #expect(try await lab.accounts.auditLog(of: "other").isEmpty)
    }
  }
}
