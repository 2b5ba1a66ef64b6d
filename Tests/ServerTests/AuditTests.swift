import Accounts
import JSON
import Jobs
import SQLText
import Store
import TestKit
import Testing

/// Who did what, and that no secret is told with it.
@Suite struct AuditTests {
  private static func object(_ pairs: KeyValuePairs<String, JSONValue>) -> JSONValue {
    .object(JSONObject(pairs: pairs))
  }

  private static func entries(_ lab: ServerLab, _ query: String = "") async throws -> [JSONObject] {
    try await lab.send("GET", "/w/main/audit/list?per_page=1000\(query)").json?.array?.compactMap(\.object)
      ?? []
  }

  @Test(arguments: StoreKind.usable) func whatIsDoneIsKept(_ kind: StoreKind) async throws {
    try await ServerLab.with(kind) { lab in
      let viewer = try await lab.token(of: .viewer)
      let secret = "secret-\(JobID())"
      let variable = Self.object([
        "path": .string("u/ann/v"), "value": .string(secret), "is_secret": .bool(true),
      ])
      #expect(try await lab.send("POST", "/w/main/variables/create", variable).status == 201)
      #expect(
        try await lab.send(
          "POST", "/w/main/variables/update/u/ann/v", Self.object(["value": .string(secret + "2")])
        ).status == 200)
      #expect(try await lab.send("GET", "/w/main/variables/get_value/u/ann/v").status == 200)
      #expect(try await lab.send("DELETE", "/w/main/variables/delete/u/ann/v", token: viewer).status == 403)
      #expect(try await lab.send("DELETE", "/w/main/variables/delete/u/ann/v").status == 200)
      let token = try await lab.send("POST", "/users/tokens/create", Self.object(["label": .string("l")]))
        .text
      _ = try await lab.query("-- $w (TEXT)\nSELECT $w AS w", JSONObject(pairs: ["w": .string(secret)]))
      #expect(
        try await lab.send("GET", "/w/main/variables/get_value/u/ann/other", token: viewer).status == 403)
      // What only looks is not kept.
      _ = try await lab.send("GET", "/w/main/variables/list")

      let all = try await Self.entries(lab)
      let told = all.map {
        "\($0["username"]?.string ?? "") \($0["operation"]?.string ?? "") \($0["action_kind"]?.string ?? "") \($0["resource"]?.string ?? "")"
      }
      // The newest first. What is kept later may come a little after what is kept at once.
      #expect(
        Set(told) == [
          "ann variables.create Create u/ann/v", "ann variables.update Update u/ann/v",
          "ann variables.decrypt_secret Execute u/ann/v", "user-viewer variables.delete Denied u/ann/v",
          "ann variables.delete Delete u/ann/v", "ann users.tokens.create Create \(token.prefix(10))",
          "ann jobs.run_wait_result.preview Execute preview",
          "user-viewer variables.get_value Denied u/ann/other",
        ])
      #expect(
        all.map { $0["timestamp"]?.string ?? "" } == all.map { $0["timestamp"]?.string ?? "" }.sorted(by: >))
      let text = try await lab.send("GET", "/w/main/audit/list?per_page=1000").text
      #expect(!text.contains(secret))
      #expect(!text.contains(token))

      // Filters, and one entry by its id.
      #expect(try await Self.entries(lab, "&username=user-viewer").count == 2)
      #expect(try await Self.entries(lab, "&action_kind=Denied").count == 2)
      #expect(try await Self.entries(lab, "&operation=variables.create").count == 1)
      #expect(try await Self.entries(lab, "&resource=u/ann/v").count == 5)
      #expect(try await Self.entries(lab, "&before=2001-01-01T00:00:00Z").isEmpty)
      #expect(try await Self.entries(lab, "&after=2001-01-01T00:00:00Z").count == all.count)
      #expect(try await lab.send("GET", "/w/main/audit/list?after=soon").status == 400)
      #expect(try await lab.send("GET", "/w/main/audit/list?action_kind=x").status == 400)
      let id = all[0]["id"]?.string ?? ""
      #expect(try await lab.send("GET", "/w/main/audit/get/\(id)").json?.object == all[0])
      #expect(try await lab.send("GET", "/w/main/audit/get/nothing").status == 404)
      // For admins alone.
      let developer = try await lab.token(of: .developer)
      #expect(try await lab.send("GET", "/w/main/audit/list", token: developer).status == 403)
    }
  }

  @Test func whatGrantsDenyIsKept() async throws {
    try await ServerLab.with { lab in
      _ = try await lab.query("CREATE TABLE pay AS SELECT 1 AS id")
      let developer = try await lab.token(of: .developer)
      _ = try await lab.send(
        "POST", "/w/main/grants/create", GrantsOverHTTPTests.body(["select"], "orders", "role/developer"))
      #expect(try await lab.query("FROM pay", token: developer).status == 403)
      let denied = try await Self.entries(lab, "&action_kind=Denied")
      #expect(denied.count == 1)
      #expect(denied.first?["username"]?.string == "user-developer")
      #expect(denied.first?["operation"]?.string == "lakes.query")
      #expect(
        denied.first?["parameters"]?.object?["reason"]?.string?.contains("may not select from main/main.pay")
          == true)
    }
  }

  @Test(arguments: StoreKind.usable) func whatIsOldIsForgotten(_ kind: StoreKind) async throws {
    try await ServerLab.with(kind, workers: 0) { lab in
      let accounts = lab.accounts
      let old = AuditEntry(
        workspace: "main", username: "ann", operation: "old", kind: .update, resource: nil,
        at: .now - .seconds(100 * 86_400))
      let new = AuditEntry(workspace: "main", username: "ann", operation: "new", kind: .update, resource: nil)
      try await accounts.note([old, new])
      try await accounts.forgetAudit(before: .now - .seconds(90 * 86_400))
      #expect(try await accounts.auditLog(of: "main").map(\.operation) == ["new"])
    }
  }
}
