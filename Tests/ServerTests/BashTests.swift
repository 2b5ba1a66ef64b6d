import Accounts
import Foundation
import JSON
import Jobs
import TestKit
import Testing
import Worker

/// Scripts in Bash.
struct BashTests {
  @Test(arguments: [
    (#"name="$1"; echo "hello $name""#, #""hello Ann""#),
    ("name=\"$1\"\necho one\necho \"two $name\"\necho three >&2", #""two Ann""#),
    ("name=$1\nprintf 'no newline'", #""no newline""#),
    ("name=\"$1\"", "null"),
    ("name=\"$1\"\necho '{\"a\": [1, 2.50]}' > result.json; echo ignored", #"{"a":[1,2.50]}"#),
    ("name=\"$1\"\nprintf 'a\\nb\\n' > result.out", #""a\nb""#),
  ])
  func resultIsTheLastLineOrAFile(content: String, result: String) async throws {
    try await withBash { lab in
      let answer = try await lab.query(content, JSONObject(pairs: ["name": .string("Ann")]), language: "bash")
      #expect(answer.text == result)
    }
  }

  @Test func argumentsComeInTheOrderOfTheirNumbers() async throws {
    try await withBash { lab in
      let content =
        "second=\"$2\"\nfirst=\"$1\"\nthird=\"${3:-x y}\"\nlist=\"$4\"\necho \"$first|$second|$third|$list|$#\""
      let answer = try await lab.query(
        content,
        JSONObject(pairs: [
          "first": .string("a b"), "second": .number("2.5"), "list": .array([.int(1), .null]),
        ]),
        language: "bash")
      #expect(answer.text == #""a b|2.5|x y|[1,null]|4""#)
      let wrong = try await lab.query(content, JSONObject(pairs: ["frist": .null]), language: "bash")
      #expect(wrong.status == 400)
      #expect(wrong.text == "there is no argument 'frist'; did you mean 'first'?")
    }
  }

  @Test func aScriptThatFailsSaysWhy() async throws {
    try await withBash { lab in
      let answer = try await lab.query("echo fine; echo 'no such thing' >&2; exit 3", language: "bash")
      #expect(answer.status == 500)
      #expect(answer.text.contains("the script ended with status 3: no such thing"))
    }
  }

  @Test func whatIsPrintedIsLoggedInOrder() async throws {
    try await withBash { lab in
      let id = try await lab.submit("echo 1; echo 2 >&2; echo 3; echo 4 >&2", language: "bash")
      _ = try await lab.queue.ended(id, within: .seconds(300))
      #expect(try await lab.send("GET", "/w/main/jobs_u/get_logs/\(id)").text == "1\n2\n3\n4\n")
    }
  }

  @Test func theServerAnswersToTheScriptsToken() async throws {
    try await withBash { lab in
      let content = """
        curl -s -H "Authorization: Bearer $WM_TOKEN" --json '{"language": "duckdb", "content": "SELECT 6 * 7 AS n"}' \
          "$BASE_INTERNAL_URL/api/w/$WM_WORKSPACE/jobs/run_inline/preview" > result.json
        """
      let answer = try await lab.query(content, language: "bash")
      #expect(answer.text == #"[{"n":42}]"#)
    }
  }

  @Test func aCancelledScriptEndsWithAllThatItStarted() async throws {
    try await withBash { lab in
      // One child leaves the script's group, as a service would.
      let id = try await lab.submit(
        "sleep 600 & setsid sleep 601 & echo started; wait", language: "bash")
      try await lab.log(of: id, with: "started")
      let before = Self.processes(of: id)
      #expect(before.count >= 3)
      try await lab.queue.cancel(id, by: "ann")
      #expect(try await lab.queue.ended(id, within: .seconds(300)).state == .cancelled)
      try await eventually("all processes end") { Self.processes(of: id).isEmpty }
    }
  }

  /// The processes that have a job's environment.
  static func processes(of job: JobID) -> [String] {
    let all = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
    return all.filter { name in
      guard name.allSatisfy(\.isNumber),
        let data = FileManager.default.contents(atPath: "/proc/\(name)/environ")
      else { return false }
      return String(decoding: data, as: UTF8.self).contains("WM_JOB_ID=\(job)")
    }
  }

  private func withBash(_ body: @escaping @Sendable (ServerLab) async throws -> Void) async throws {
    try await ServerLab.with(set: { $0.bash = "/bin/bash" }, body)
  }
}
