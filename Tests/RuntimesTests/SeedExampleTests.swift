import Scripts
import TestKit
import Testing

@Suite("The examples of the seed run as they are written") struct SeedExampleTests {
  static let friend = """
    -- $user_id (bigint)
    -- ATTACH 'ducklake://named_ducklake' AS dl;
    ATTACH 'ducklake' AS dl;
    USE dl;
    SELECT * FROM friend WHERE id = $user_id;
    """

  @Test func `messages arrive in the lake, run after run`() async throws {
    try await ScriptLab.run { lab in
      let first = #"""
        [{"content": "It's \"good\"", "author": "Ada", "date": "2024-05-01", "sentiment": "positive"},
         {"content": "öäü 🙂", "author": "Bob", "date": "2024-05-02"}]
        """#
      try await lab.expect(SeedScripts.messages, given: ["messages": .text(first)], gives: #"[{"Count":2}]"#)
      let second = #"[{"content": "x", "author": "Eve", "date": "2024-05-03", "sentiment": null}]"#
      try await lab.expect(SeedScripts.messages, given: ["messages": .text(second)], gives: #"[{"Count":1}]"#)
      let rows = try await lab.json("SELECT content, sentiment FROM messages ORDER BY date")
      #expect(
        rows == #"""
          [{"content":"It's \"good\"","sentiment":"positive"},{"content":"öäü 🙂","sentiment":null},{"content":"x","sentiment":null}]
          """#)
    }
  }

  @Test func `a message without an author is refused and nothing of it stays`() async throws {
    try await ScriptLab.run { lab in
      let text = await message {
        try await lab.json(SeedScripts.messages, arguments: ["messages": #"[{"content": "x", "date": "d"}]"#])
      }
      #expect(text?.hasPrefix("script.sql:21: NOT NULL constraint failed") == true, "\(text ?? "")")
      try await lab.expect("SELECT count(*) AS n FROM messages", gives: #"[{"n":0}]"#)
    }
  }

  @Test func `a friend is found by the bound id`() async throws {
    try await ScriptLab.run { lab in
      try await lab.json("CREATE TABLE friend AS SELECT * FROM (VALUES (1, 'Ada'), (2, 'Bob')) t(id, name)")
      try await lab.expect(Self.friend, given: ["user_id": .text("2")], gives: #"[{"id":2,"name":"Bob"}]"#)
      try await lab.expect(Self.friend, given: ["user_id": .text("3")], gives: "[]")
    }
  }

  @Test(arguments: [
    ("user_id", "x", "argument `user_id`: `x` is not a bigint; write a whole number"),
    ("user_i", "1", "there is no argument `user_i`; did you mean `user_id`? (and 1 more)"),
  ])
  func `wrong arguments are told before anything runs`(name: String, value: String, expected: String)
    async throws
  {
    try await ScriptLab.run { lab in
      let text = await message { try await lab.json(Self.friend, arguments: [name: value]) }
      #expect(text == expected)
    }
  }
}
