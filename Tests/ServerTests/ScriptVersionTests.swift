import Accounts
import JSON
import Secrets
import TestKit
import Testing

/// Versions of scripts, as clients keep them that know which version they have seen.
@Suite struct ScriptVersionTests {
  private static func body(
    _ content: String, _ others: KeyValuePairs<String, JSONValue> = [:], path: String = "f/a/x"
  )
    -> JSONValue
  {
    var body = JSONObject(pairs: [
      "path": .string(path), "language": .string("bash"), "content": .string(content),
    ])
    for (name, value) in others { body[name] = value }
    return .object(body)
  }

  @Test func aVersionFollowsTheOneThatWasSeen() async throws {
    try await ServerLab.with(workers: 0) { lab in
      func create(_ content: String, parent: String) async throws -> ServerLab.Answer {
        try await lab.send(
          "POST", "/w/main/scripts/create", Self.body(content, ["parent_hash": .string(parent)]))
      }
      #expect(try await create("echo 0", parent: "0123456789abcdef").status == 409)
      let first = try await create("echo 1", parent: "")
      #expect(first.status == 201)
      let taken = try await create("echo 2", parent: "")
      #expect(taken.status == 409)
      #expect(taken.text == "'f/a/x' has changed meanwhile: its newest version is \(first.text)")
      let second = try await create("echo 2", parent: first.text)
      #expect(second.status == 201)
      #expect(try await create("echo 3", parent: first.text).status == 409)
      // Sent again, as after a lost answer, it is the same.
      #expect(try await create("echo 2", parent: first.text).text == second.text)
      #expect(try await lab.send("POST", "/w/main/scripts/create", Self.body("echo 4")).status == 201)

      let stale = try await lab.send("POST", "/w/main/scripts/archive/p/f/a/x?parent_hash=\(second.text)")
      #expect(stale.status == 409)
      let newest = try await lab.accounts.script("f/a/x", of: "main")
      #expect(newest.content == "echo 4" && newest.version == 3)
      #expect(
        try await lab.send("POST", "/w/main/scripts/archive/p/f/a/x?parent_hash=\(newest.hash)").status == 200
      )
      #expect(try await create("echo 5", parent: newest.hash).status == 409)
      #expect(try await create("echo 5", parent: "").status == 201)
    }
  }

  /// Strings that are equal may have different bytes.
  @Test func aTextIsKeptByteForByte() async throws {
    try await ServerLab.with(workers: 0) { lab in
      for content in ["echo \u{e9}", "echo e\u{301}", "echo 1\r\necho 2", "\u{FEFF}echo", "echo 😀\u{1}\t"] {
        let answer = try await lab.send("POST", "/w/main/scripts/create", Self.body(content))
        #expect(answer.status == 201)
        let kept = try await lab.send("GET", "/w/main/scripts/get/h/\(answer.text)").json?.object?["content"]?
          .string
        #expect(kept?.utf8.elementsEqual(content.utf8) == true)
      }
      #expect(try await lab.accounts.script("f/a/x", of: "main").version == 5)
    }
  }

  @Test func aDescriptionIsKept() async throws {
    try await ServerLab.with(workers: 0) { lab in
      for text in ["one", "two"] {
        _ = try await lab.send(
          "POST", "/w/main/scripts/create", Self.body("echo", ["description": .string(text)]))
      }
      let script = try await lab.send("GET", "/w/main/scripts/get/p/f/a/x").json?.object
      #expect(script?["description"]?.string == "two")
      #expect(script?["version"]?.int == 2)
    }
  }

  /// Page by page, each behind the last path of the one before, in the order of bytes.
  @Test func listsGoOnBehindAPath() async throws {
    try await ServerLab.with(workers: 0) { lab in
      let names = ["f/a/A", "f/a/a", "f/a/a-b", "f/a/a/b", "f/a/é", "f/a/z", "u/ann/x"]
      for name in names.reversed() {
        _ = try await lab.send("POST", "/w/main/scripts/create", Self.body("echo", path: name))
        try await lab.accounts.createResource(
          name, of: "main", value: "1", type: "x", description: "", by: "ann")
      }
      for list in ["scripts/list", "resources/list"] {
        var found: [String] = []
        while true {
          let last = found.last?.replacing("é", with: "%C3%A9") ?? ""
          let page = try await lab.send("GET", "/w/main/\(list)?per_page=2&after=\(last)")
          let paths = page.json?.array?.compactMap { $0.object?["path"]?.string } ?? []
          found += paths
          // One that goes meanwhile makes no other one missing.
          if found.count == 2, list == "scripts/list" {
            try await lab.accounts.archiveScript("f/a/A", of: "main")
          }
          if paths.count < 2 { break }
        }
        #expect(found == names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) })
      }
    }
  }
}
