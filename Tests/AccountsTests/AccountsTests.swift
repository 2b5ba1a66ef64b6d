import Accounts
import SQLText
import Secrets
import Store
import TestKit
import Testing

@Suite struct AccountsTests {
  @Test(arguments: StoreKind.usable) func tokensProveWhoSomebodyIs(_ kind: StoreKind) async throws {
    try await withAccounts(kind) { accounts, store in
      try await accounts.setMember("bob", email: "bob@example.com", role: .operator, of: "main")
      let token = try await accounts.makeToken(
        for: "bob", of: "main", label: "test", scopes: ["jobs:run", "variables:read"])
      let identity = try await accounts.identity(of: token)
      #expect(identity?.username == "bob")
      #expect(identity?.email == "bob@example.com")
      #expect(identity?.role == .operator)
      #expect(identity?.scopes == ["jobs:run", "variables:read"])
      #expect(try await accounts.identity(of: BearerToken(token.text + "x")) == nil)
      #expect(try await accounts.identity(of: BearerToken(token.hash)) == nil)

      // The store knows the token's hash alone.
      let rows = try await store.read { try $0.query("SELECT * FROM token") }
      #expect(rows.allSatisfy { !"\($0)".contains(token.text) })

      // A new role holds at once, and a member that is gone has no token.
      try await accounts.setMember("bob", email: "bob@example.com", role: .viewer, of: "main")
      #expect(try await accounts.identity(of: token)?.role == .viewer)
      try await accounts.removeMember("bob", of: "main")
      #expect(try await accounts.identity(of: token) == nil)
    }
  }

  @Test(arguments: StoreKind.usable) func tokensEnd(_ kind: StoreKind) async throws {
    try await withAccounts(kind) { accounts, _ in
      let old = try await accounts.makeToken(
        for: "ann", of: "main", label: "old", expiresAt: .now - .seconds(1))
      #expect(try await accounts.identity(of: old) == nil)
      let job = accounts.jobToken(for: "j1", username: "ann", of: "main")
      #expect(try await accounts.identity(of: job)?.job == "j1")
      #expect(try await accounts.identity(of: job)?.role == .admin)
      #expect(
        try await accounts.identity(of: accounts.jobToken(for: "j1", username: "bob", of: "main")) == nil)
      // Of another server's key, or changed.
      #expect(try await accounts.identity(of: SignedToken.make("main ann j1", key: SecretKey())) == nil)
      for place in [6, job.text.count / 2, job.text.count - 3] {
        var letters = Array(job.text)
        letters[place] = letters[place] == "A" ? "B" : "A"
        #expect(try await accounts.identity(of: BearerToken(String(letters))) == nil)
      }
      let error = await #expect(throws: AccountError.self) {
        try await accounts.makeToken(for: "nobody", of: "main", label: "x")
      }
      #expect(error?.code == .notFound)
    }
  }

  @Test(arguments: StoreKind.usable) func aScriptFollowsTheVersionThatWasSeen(_ kind: StoreKind) async throws
  {
    try await withAccounts(kind) { accounts, _ in
      func save(_ content: String, parent: String?, description: String = "") async throws -> StoredScript {
        try await accounts.saveScript(
          "f/a/x", of: "main", language: "bash", content: content, summary: "", description: description,
          parent: parent, by: "ann")
      }
      let first = try await save("echo \u{e9}", parent: "")
      // Equal as strings, and yet other bytes.
      let second = try await save("echo e\u{301}", parent: first.hash)
      #expect(second.version == 2)
      let stale = await #expect(throws: AccountError.self) { try await save("echo 3", parent: first.hash) }
      #expect(stale?.code == .changed)
      #expect(try await save("echo 3", parent: second.hash, description: "counts").version == 3)
      #expect(try await accounts.script("f/a/x", of: "main").description == "counts")
      #expect(try await accounts.script(hash: first.hash, of: "main").description == "")
      let old = await #expect(throws: AccountError.self) {
        try await accounts.archiveScript("f/a/x", of: "main", parent: second.hash)
      }
      #expect(old?.code == .changed)
      #expect(try await accounts.scripts(of: "main").map(\.version) == [3])
      try await accounts.archiveScript(
        "f/a/x", of: "main", parent: try await accounts.script("f/a/x", of: "main").hash)
      #expect(try await accounts.scripts(of: "main").isEmpty)
      #expect(try await save("echo 4", parent: "").version == 4)
    }
  }

  @Test(arguments: StoreKind.usable) func variablesLieSealed(_ kind: StoreKind) async throws {
    try await withAccounts(kind) { accounts, store in
      try await accounts.createVariable(
        "u/ann/key", of: "main", value: "hidden-word ☃", isSecret: true, description: "d", by: "ann")
      try await accounts.createVariable(
        "f/all/plain", of: "main", value: "", isSecret: false, description: "", by: "ann")
      #expect(try await accounts.variable("u/ann/key", of: "main").value == "hidden-word ☃")
      #expect(try await accounts.variable("f/all/plain", of: "main").value == "")
      #expect(try await accounts.variables(of: "main").map(\.path) == ["f/all/plain", "u/ann/key"])
      let again = await #expect(throws: AccountError.self) {
        try await accounts.createVariable(
          "u/ann/key", of: "main", value: "", isSecret: false, description: "", by: "ann")
      }
      #expect(again?.code == .exists)

      let rows = try await store.read { try $0.query("SELECT * FROM sealed_value") }
      for row in rows {
        let text = String(decoding: try row.bytes("sealed"), as: UTF8.self)
        #expect(!text.contains("hidden"))
      }

      try await accounts.updateVariable("u/ann/key", of: "main", value: "new", by: "ann")
      let (entry, value) = try await accounts.variable("u/ann/key", of: "main")
      #expect(value == "new")
      #expect(entry.isSecret)
      #expect(entry.description == "d")

      // A sealed value that somebody moves to another path does not open there.
      try await store.write {
        _ = try $0.execute(
          "UPDATE sealed_value SET sealed = (SELECT sealed FROM sealed_value WHERE path = 'u/ann/key')")
      }
      await #expect(throws: SecretsError.self) { try await accounts.variable("f/all/plain", of: "main") }

      try await accounts.deleteVariable("u/ann/key", of: "main")
      let gone = await #expect(throws: AccountError.self) {
        try await accounts.variable("u/ann/key", of: "main")
      }
      #expect(gone?.code == .notFound)
    }
  }

  @Test(arguments: StoreKind.usable) func workspacesDoNotSeeEachOther(_ kind: StoreKind) async throws {
    try await withAccounts(kind) { accounts, _ in
      try await accounts.ensureWorkspace("other", name: "other", admin: "ann", email: "ann@example.com")
      try await accounts.createResource(
        "u/ann/db", of: "main", value: #"{"host":"h"}"#, type: "postgresql", description: "", by: "ann")
      #expect(try await accounts.resource("u/ann/db", of: "main").value == #"{"host":"h"}"#)
      #expect(try await accounts.resources(of: "other").isEmpty)
      await #expect(throws: AccountError.self) { try await accounts.resource("u/ann/db", of: "other") }
      await #expect(throws: AccountError.self) { try await accounts.deleteResource("u/ann/db", of: "other") }
      #expect(try await accounts.resources(of: "main", type: "postgresql").map(\.path) == ["u/ann/db"])
      #expect(try await accounts.resources(of: "main", type: "s3").isEmpty)
      let token = try await accounts.makeToken(for: "ann", of: "other", label: "x")
      #expect(try await accounts.identity(of: token)?.workspace == "other")
    }
  }

  @Test(arguments: [
    "", "x", "u", "u/", "u//a", "x/a/b", "u/a/../b", "u/a b", "u/a?b", "u/a%2e",
    "u/" + String(repeating: "a", count: 300),
  ])
  func pathsThatCannotBeAreRefused(_ path: String) async throws {
    try await withAccounts(.sqlite) { accounts, _ in
      let error = await #expect(throws: AccountError.self) {
        try await accounts.createVariable(
          path, of: "main", value: "v", isSecret: true, description: "", by: "ann")
      }
      #expect(error?.code == .invalid)
    }
  }

  @Test func rolesBuildOnEachOther() {
    #expect(Role.allCases.sorted() == [.viewer, .operator, .developer, .admin])
    #expect(Permission.preview.leastRole == .developer)
  }

  private func withAccounts(_ kind: StoreKind, _ body: (Accounts, Store) async throws -> Void) async throws {
    try await StorePlace(kind).withStore(migrations: AccountMigrations.all) { store in
      let accounts = Accounts(store: store, key: SecretKey())
      try await accounts.ensureWorkspace("main", name: "main", admin: "ann", email: "ann@example.com")
      try await body(accounts, store)
    }
  }
}
