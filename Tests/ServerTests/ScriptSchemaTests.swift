import Accounts
import Foundation
import JSON
import Jobs
import TestKit
import Testing

/// What kept scripts take, and whether they are called so.
struct ScriptSchemaTests {
  @Test(arguments: [
    ("python3", "def main(id: int, name: str = 'x'):\n    pass"),
    ("bun", "export function main(id: bigint, name: string = 'x') {}"),
    ("duckdb", "-- $id (bigint)\n-- $name (text) = 'x'\nSELECT $id, $name"),
    ("postgresql", "-- $1 id (bigint)\n-- $2 name (text) = 'x'\nSELECT $1, $2"),
  ])
  func aScriptIsKeptWithItsSchema(language: String, content: String) async throws {
    try await ServerLab.with(workers: 0) { lab in
      let body = JSONObject(pairs: [
        "path": .string("u/ann/one"), "language": .string(language), "content": .string(content),
      ])
      let made = try await lab.send("POST", "/w/main/scripts/create", .object(body))
      #expect(made.status == 201)
      for path in ["p/u/ann/one", "h/\(made.text)"] {
        let script = try await lab.send("GET", "/w/main/scripts/get/\(path)").json?.object
        #expect(script?["language"]?.string == language)
        let schema = script?["schema"]?.object
        #expect(
          schema?["properties"]?.text
            == #"{"id":{"type":"integer"},"name":{"type":"string","default":"x"}}"#)
        #expect(schema?["required"]?.text == #"["id"]"#)
        #expect(schema?["order"]?.text == #"["id","name"]"#)
      }
    }
  }

  @Test func aSchemaThatIsGivenIsKept() async throws {
    try await ServerLab.with(workers: 0) { lab in
      var body = JSONObject(pairs: [
        "path": .string("u/ann/one"), "language": .string("python3"),
        "content": .string("def main(id): pass"),
        "schema": .object(JSONObject(pairs: ["type": .string("object"), "title": .string("mine")])),
      ])
      _ = try await lab.send("POST", "/w/main/scripts/create", .object(body))
      let script = try await lab.send("GET", "/w/main/scripts/get/p/u/ann/one").json?.object
      #expect(script?["schema"]?.text == #"{"type":"object","title":"mine"}"#)
      body["schema"] = .string("no")
      let wrong = try await lab.send("POST", "/w/main/scripts/create", .object(body))
      #expect(wrong.status == 400 && wrong.text.contains("'schema' must be a JSON Schema"))
    }
  }

  @Test func sqlThatCannotBeReadIsRefused() async throws {
    try await ServerLab.with(workers: 0) { lab in
      let body = JSONObject(pairs: [
        "path": .string("u/ann/one"), "language": .string("duckdb"), "content": .string("SELECT 'a"),
      ])
      let answer = try await lab.send("POST", "/w/main/scripts/create", .object(body))
      #expect(answer.status == 400)
      #expect(answer.text.hasPrefix("u/ann/one:1:8: "))
    }
  }

  @Test func aSecretFitsAnywhereAndIsLookedAtWhenItIsKnown() async throws {
    try await ServerLab.with(set: Tools.withBash) { lab async throws in
      try await lab.accounts.createVariable(
        "u/ann/word", of: "main", value: "sesame", isSecret: true, description: "", by: "ann")
      let content = "word=\"$1\"\necho \"${#word}\""
      let answer = try await lab.query(
        content, JSONObject(pairs: ["word": .string("$var:u/ann/word")]), language: "bash")
      #expect(answer.text == #""6""#)
      let before = try await lab.send("GET", "/w/main/jobs/list").json?.array?.count
      let wrong = try await lab.query(content, language: "bash")
      #expect(wrong.status == 400)
      #expect(wrong.text == "argument 'word' is missing: text or a number")
      // No job was made of it.
      #expect(try await lab.send("GET", "/w/main/jobs/list").json?.array?.count == before)
    }
  }

  @Test func aLakeIsNotReadAtAnotherSnapshotThanWasAskedFor() async throws {
    try await ServerLab.with { lab async throws in
      let answer = try await lab.query("ATTACH 'ducklake' AS dl (SNAPSHOT_VERSION 1); SELECT 1")
      #expect(answer.status == 500)
      #expect(answer.text.contains("a lake is not attached as it was at a snapshot (`SNAPSHOT_VERSION`)"))
    }
  }
}
