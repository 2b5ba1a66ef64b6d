import Accounts
import JSON
import Jobs
import SQLText
import Store
import TestKit
import Testing

/// SQL that comes by HTTP, runs in a worker and is answered.
@Suite struct QueryTests {
  @Test(arguments: StoreKind.usable) func queriesAreAnswered(_ kind: StoreKind) async throws {
    try await ServerLab.with(kind) { lab in
      for isInline in [true, false] {
        let answer = try await lab.query(
          "ATTACH 'ducklake://main' AS dl;USE dl;\nSELECT 1 AS x, 'é' AS s, 1.50::DECIMAL(9, 2) AS d",
          inline: isInline)
        #expect(answer.status == 200)
        #expect(answer.text == #"[{"x":1,"s":"é","d":"1.50"}]"#)
      }
      // The body that wmill 1.850.0 sends for fetch_one with arguments.
      let first = try await lab.query(
        """
        -- result_collection=last_statement_first_row
        -- $id (BIGINT)
        -- $name (TEXT)
        -- $tags (JSON)
        ATTACH 'ducklake://main' AS dl;USE dl;
        SELECT $id AS id, $name AS name, $tags AS tags
        """,
        JSONObject(pairs: ["id": .int(3), "name": .string("a"), "tags": .array([.int(1), .int(2)])]))
      // As there, arrays are bound as JSON text.
      #expect(first.text == #"{"id":3,"name":"a","tags":"[1,2]"}"#)
    }
  }

  @Test func tablesStayAndAreShared() async throws {
    try await ServerLab.with { lab in
      _ = try await lab.query("CREATE TABLE friend (id BIGINT, name TEXT)")
      let inserted = try await lab.query("INSERT INTO friend VALUES (1, 'Ann'), (2, 'Bob')")
      #expect(inserted.text == #"[{"Count":2}]"#)
      try await withThrowingTaskGroup(of: String.self) { group in
        for _ in 0..<12 {
          group.addTask { try await lab.query("SELECT count(*) AS n FROM friend").text }
        }
        for try await text in group { #expect(text == #"[{"n":2}]"#) }
      }
    }
  }

  @Test func errorsAreTextWithAStatus() async throws {
    try await ServerLab.with { lab in
      let wrong = try await lab.query("SELECT nothing FROM nowhere")
      #expect(wrong.status == 500)
      #expect(wrong.text.contains("nowhere"))
      #expect(
        wrong.headers.contains { $0.name.lowercased() == "content-type" && $0.value.hasPrefix("text/plain") })
      let language = try await lab.send(
        "POST", "/w/main/jobs/run_wait_result/preview",
        .object(JSONObject(pairs: ["content": .string("x"), "language": .string("cobol")])))
      #expect(language.status == 400)
      #expect(language.text.contains("cobol"))
      for body in [
        nil, JSONValue.array([]),
        .object(JSONObject(pairs: ["content": .int(1), "language": .string("duckdb")])),
      ] {
        let answer = try await lab.send("POST", "/w/main/jobs/run_wait_result/preview", body)
        #expect(answer.status == 400)
      }
      let escape = try await lab.query("ATTACH 'ducklake:sqlite:/etc/x' AS y")
      #expect(escape.status == 500)
    }
  }

  @Test func jobsAreFollowed() async throws {
    try await ServerLab.with { lab in
      let begun = try await lab.send(
        "POST", "/w/main/jobs/run/preview",
        .object(JSONObject(pairs: ["content": .string("SELECT 42 AS x"), "language": .string("duckdb")])))
      #expect(begun.status == 201)
      let id = try #require(JobID(begun.text))
      _ = try await lab.queue.ended(id, within: .seconds(300))
      let maybe = try await lab.send("GET", "/w/main/jobs_u/completed/get_result_maybe/\(id)").json?.object
      #expect(maybe?["completed"]?.bool == true)
      #expect(maybe?["success"]?.bool == true)
      #expect(maybe?["result"]?.text == #"[{"x":42}]"#)
      #expect(try await lab.send("GET", "/w/main/jobs_u/completed/get_result/\(id)").text == #"[{"x":42}]"#)
      let job = try await lab.send("GET", "/w/main/jobs_u/get/\(id)").json?.object
      #expect(job?["type"]?.string == "CompletedJob")
      #expect(job?["created_by"]?.string == "ann")
      #expect(try await lab.send("GET", "/w/main/jobs_u/get_root_job_id/\(id)").text == "\"\(id)\"")
      let list = try await lab.send("GET", "/w/main/jobs/list?success=true").json?.array
      #expect(list?.compactMap { $0.object?["id"]?.string } == [id.text])
      #expect(try await lab.send("GET", "/w/main/jobs_u/get/\(JobID())").status == 404)
      #expect(try await lab.send("GET", "/w/main/jobs_u/get/nonsense").status == 400)
    }
  }

  @Test func scriptsAreKeptAndRun() async throws {
    try await ServerLab.with { lab in
      let saved = try await lab.send(
        "POST", "/w/main/scripts/create",
        .object(
          JSONObject(pairs: [
            "path": .string("f/all/double"), "language": .string("duckdb"),
            "content": .string("-- $n (BIGINT) = 4\nSELECT 2 * $n AS n"),
          ])))
      #expect(saved.status == 201)
      let byPath = try await lab.send(
        "POST", "/w/main/jobs/run_wait_result/p/f/all/double", .object(JSONObject(pairs: ["n": .int(21)])))
      #expect(byPath.text == #"[{"n":42}]"#)
      let byDefault = try await lab.send("POST", "/w/main/jobs/run_wait_result/p/f/all/double")
      #expect(byDefault.text == #"[{"n":8}]"#)
      let byHash = try await lab.send("POST", "/w/main/jobs/run/h/\(saved.text)")
      let id = try #require(JobID(byHash.text))
      #expect(try await lab.queue.ended(id, within: .seconds(300)).result == #"[{"n":8}]"#)
      let unknown = try await lab.send(
        "POST", "/w/main/jobs/run_wait_result/p/f/all/double", .object(JSONObject(pairs: ["m": .int(1)])))
      #expect(unknown.status == 400)
      #expect(unknown.text.contains("there is no argument `m`"))
      #expect(try await lab.send("POST", "/w/main/jobs/run/p/f/all/nothing").status == 404)
    }
  }

  @Test func argumentsOfSQLAreLookedAtBeforeThereIsAJob() async throws {
    try await ServerLab.with(workers: 0) { lab in
      func ask(_ language: String, _ content: String, _ arguments: String) async throws -> ServerLab.Answer {
        try await lab.send(
          "POST", "/w/main/jobs/run/preview",
          .object(
            JSONObject(pairs: [
              "content": .string(content), "language": .string(language),
              "args": try JSONValue(parsing: arguments),
            ])))
      }
      let duckdb = "-- $n (BIGINT)\n-- $day (date) = null\nSELECT $n, $day"
      let postgresql = "-- $1 n (int)\nSELECT $1"
      for (language, content, arguments, expected) in [
        ("duckdb", duckdb, "{}", "argument `n` (bigint) is missing"),
        ("duckdb", duckdb, #"{"n":"x"}"#, "argument `n`: `x` is not a bigint"),
        ("duckdb", duckdb, #"{"n":1.5}"#, "argument `n`: "),
        ("duckdb", duckdb, #"{"n":1,"dya":"2026-01-01"}"#, "there is no argument `dya`; did you mean `day`?"),
        ("duckdb", "SELECT $open", "{}", "argument `open` is missing"),
        ("duckdb", "SELECT 1", #"{"n":1}"#, "there is no argument `n`; the script takes none"),
        ("postgresql", postgresql, "{}", "argument `n` (int) is missing"),
        ("postgresql", postgresql, #"{"n":"x"}"#, "argument `n`: `x` is not an int"),
        ("postgresql", postgresql, #"{"n":1,"b":2}"#, "there is no argument `b`"),
      ] {
        let answer = try await ask(language, content, arguments)
        #expect(answer.status == 400, "\(content) \(arguments): \(answer.text)")
        #expect(answer.text.contains(expected), "\(answer.text)")
      }
      #expect(try await lab.queue.jobs(of: "main").isEmpty)
      // What is named is put in later; a text that cannot be read is its worker's affair.
      for (language, content, arguments) in [
        ("duckdb", duckdb, #"{"n":"$var:u/ann/n"}"#), ("duckdb", duckdb, #"{"N":1,"day":"2026-01-01"}"#),
        ("duckdb", "SELECT 'open", "{}"), ("duckdb", "SELECT '$', 1", "{}"),
        ("postgresql", postgresql, #"{"n":1,"database":"datatable://main"}"#),
        ("postgresql", "SELECT $$1$$", "{}"),
      ] {
        let answer = try await ask(language, content, arguments)
        #expect(answer.status == 201, "\(content): \(answer.text)")
      }
    }
  }

  @Test func secretsReachTheScriptByName() async throws {
    try await ServerLab.with { lab in
      try await lab.accounts.createVariable(
        "u/ann/word", of: "main", value: "hidden-word", isSecret: true, description: "", by: "ann")
      let answer = try await lab.query(
        "-- $word (TEXT)\nSELECT length($word) AS n", JSONObject(pairs: ["word": .string("$var:u/ann/word")]))
      #expect(answer.text == #"[{"n":11}]"#)
      // What is stored of the job names it and does not hold it.
      let rows = try await lab.store.read {
        try $0.query("SELECT arguments FROM job").map { try $0.text("arguments") }
      }
      #expect(rows == [#"{"word":"$var:u/ann/word"}"#])
      let missing = try await lab.query(
        "-- $word (TEXT)\nSELECT $word", JSONObject(pairs: ["word": .string("$var:u/ann/nothing")]))
      #expect(missing.status == 500)
      #expect(missing.text.contains("u/ann/nothing"))
    }
  }

  @Test func aJobIsEndedWhenItsClientGoesAway() async throws {
    try await ServerLab.with { lab in
      let endless = "SELECT sum(a.range * b.range) FROM range(10000000) a, range(10000000) b"
      let client = Task { try await lab.query(endless) }
      let id = try await firstRunning(lab)
      client.cancel()
      let job = try await lab.queue.ended(id, within: .seconds(300))
      #expect(job.state == .cancelled)
      // The worker is free again.
      #expect(try await lab.query("SELECT 1 AS x").text == #"[{"x":1}]"#)
    }
  }

  @Test func runningJobsAreCancelled() async throws {
    try await ServerLab.with { lab in
      let endless = "SELECT sum(a.range * b.range) FROM range(10000000) a, range(10000000) b"
      async let answer = lab.query(endless)
      let id = try await firstRunning(lab)
      let asked = try await lab.send(
        "POST", "/w/main/jobs_u/queue/cancel/\(id)", .object(JSONObject(pairs: ["reason": .string("enough")]))
      )
      #expect(asked.status == 200)
      #expect(try await answer.status == 409)
      #expect(try await lab.queue.job(id).cancelReason == "enough")
    }
  }

  private func firstRunning(_ lab: ServerLab) async throws -> JobID {
    var filter = JobFilter()
    filter.isRunning = true
    return try await eventually("a job runs") { try await lab.queue.jobs(of: "main", filter).first?.id }
  }
}
