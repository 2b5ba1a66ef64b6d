import Accounts
import Foundation
import JSON
import Jobs
import TestKit
import Testing

/// Data tables: PostgreSQL databases that scripts use by name.
@Suite(.enabled(if: TestPostgreSQL.isInstalled, "Debian's postgresql-15 is installed"))
struct DataTableTests {
  @Test func `the client's queries`() async throws {
    try await ServerLab.withDataTable { lab async throws in
      #expect(
        try await ask(
          "-- result_collection=last_statement_first_row\n-- $1 arg1 (BIGINT)\nSELECT * FROM friend WHERE id = $1",
          #"{"database":"datatable://main","arg1":7}"#, lab) == #"{"id":7,"name":"Ann"}"#)
      #expect(
        try await ask(
          "SET search_path TO \"analytics\";\nSELECT count(*) FROM visit",
          #"{"database":"datatable://main"}"#, lab)
          == #"[{"count":2}]"#)
      // Nothing of the last query's session is left.
      #expect(
        try await ask("SELECT to_regclass('visit') AS visit", #"{"database":"datatable://main"}"#, lab)
          == #"[{"visit":null}]"#)
      #expect(
        try await ask(
          "-- $1 arg1 (JSON)\nSELECT $1->'a' AS a", #"{"database":"datatable://main","arg1":{"a":[1]}}"#, lab)
          == #"[{"a":[1]}]"#)
      #expect(
        try await ask("-- $1 arg1\nSELECT name FROM friend WHERE id = $1::BIGINT", #"{"arg1":7}"#, lab)
          == #"[{"name":"Ann"}]"#)
      #expect(
        try await ask("INSERT INTO friend VALUES (8, 'Bob')", "{}", lab) == "[]")
    }
  }

  @Test func `values are the same both ways`() async throws {
    try await ServerLab.withDataTable { lab async throws in
      let sql = """
        SELECT 1::int2 AS a, 9007199254740993::int8 AS b, 1.5::float8 AS c, 'NaN'::float8 AS d, 12345678901234567890.10::numeric AS e,
          true AS f, NULL::int AS g, '{"z": 1, "a": [1, 2]}'::jsonb AS h, '\\x00ff'::bytea AS i, date '2024-02-29' AS j,
          timestamp '2024-01-15 10:30:00.5' AS k, timestamptz '2024-01-15 10:30:00+02' AS l, interval '1 month 2 days' AS m,
          '{1,NULL,3}'::int[] AS n, ARRAY['a"b', 'c,d', 'NULL', E'x\\\\y'] AS o, ARRAY[[1.5,2],[3,4]]::float8[] AS p,
          '6b8e1f6e-0000-4000-8000-000000000001'::uuid AS q, 'happy'::mood AS r, ARRAY['sad','happy']::mood[] AS s,
          E'tab\\t"quote"\\n☃' AS t, '{}'::text[] AS u, ARRAY[true,false] AS v, ARRAY['{"a":1}']::jsonb[] AS w, '[0:1]={5,6}'::int[] AS x
        """
      #expect(
        try await ask(sql, "{}", lab) == #"""
          [{"a":1,"b":9007199254740993,"c":1.5,"d":null,"e":"12345678901234567890.10","f":true,"g":null,"h":{"a": [1, 2], "z": 1},"i":"\\x00ff","j":"2024-02-29","k":"2024-01-15 10:30:00.5","l":"2024-01-15 08:30:00 UTC","m":"1 mon 2 days","n":[1,null,3],"o":["a\"b","c,d","NULL","x\\y"],"p":[[1.5,2],[3,4]],"q":"6b8e1f6e-0000-4000-8000-000000000001","r":"happy","s":["sad","happy"],"t":"tab\t\"quote\"\n☃","u":[],"v":[true,false],"w":[{"a": 1}],"x":[5,6]}]
          """#)
      let arguments = #"""
        {"a":-5,"b":"9223372036854775807","c":[1,null,-3],"d":["a\"b","c,d",null,"NULL"],"e":"12345678901234567890.10","f":"2024-02-29T12:00:00Z","g":null,"h":{"k":[1]},"i":"happy","j":[[1,2],[3,4]],"k":true,"l":1.5}
        """#
      let echo = """
        -- $1 a (int)
        -- $2 b (BIGINT)
        -- $3 c (bigint[])
        -- $4 d (text[])
        -- $5 e (numeric(30, 2))
        -- $6 f (timestamptz)
        -- $7 g (date)
        -- $8 h (jsonb)
        -- $9 i (mood)
        -- $10 j (int[])
        -- $11 k (bool)
        -- $12 l (double precision)
        -- $13 m (text) = 'left out'
        SELECT $1 AS a, $2 AS b, $3 AS c, $4 AS d, $5 AS e, $6 AS f, $7 AS g, $8 AS h, $9 AS i, $10 AS j, $11 AS k, $12 AS l, $13 AS m, $1 + $1 AS twice
        """
      #expect(
        try await ask(echo, arguments, lab) == #"""
          [{"a":-5,"b":9223372036854775807,"c":[1,null,-3],"d":["a\"b","c,d",null,"NULL"],"e":"12345678901234567890.10","f":"2024-02-29 12:00:00 UTC","g":null,"h":{"k": [1]},"i":"happy","j":[[1,2],[3,4]],"k":true,"l":1.5,"m":"left out","twice":-10}]
          """#)
    }
  }

  @Test func `each shape of a result`() async throws {
    try await ServerLab.withDataTable { lab async throws in
      let statements =
        "SELECT 1 AS a, 2 AS b WHERE false; SELECT i, i * 2 AS d FROM generate_series(1, 2) AS i"
      for (shape, expected) in [
        ("last_statement_all_rows", #"[{"i":1,"d":2},{"i":2,"d":4}]"#),
        ("last_statement_first_row", #"{"i":1,"d":2}"#),
        ("last_statement_all_rows_scalar", "[1,2]"),
        ("last_statement_first_row_scalar", "1"),
        ("all_statements_all_rows", #"[[],[{"i":1,"d":2},{"i":2,"d":4}]]"#),
        ("all_statements_first_row", #"[null,{"i":1,"d":2}]"#),
        ("all_statements_all_rows_scalar", "[[],[1,2]]"),
        ("all_statements_first_row_scalar", "[null,1]"),
      ] {
        #expect(
          try await ask("-- result_collection=\(shape)\n\(statements)", "{}", lab) == expected, "\(shape)")
      }
      #expect(try await ask("SELECT 1 AS a, 2 AS b, 3 AS a", "{}", lab) == #"[{"a":3,"b":2}]"#)
      #expect(try await ask("-- nothing", "{}", lab) == "[]")
    }
  }

  @Test func `what is wrong is said, and nothing of it is left`() async throws {
    try await ServerLab.withDataTable { lab async throws in
      for (sql, arguments, expected) in [
        ("SELECT nothing", "{}", "column \"nothing\" does not exist (SQLSTATE 42703, statement at line 1)"),
        ("SELECT 1;\nSELECT 1 / 0", "{}", "division by zero (SQLSTATE 22012, statement at line 2)"),
        ("SELECT 'open", "{}", "query:1:8: the string that starts here is never closed by '"),
        ("SELECT $1", "{}", "`$1` is not declared; declare it: -- $1 name (bigint)"),
        ("-- $1 a (nosuch)\nSELECT $1", #"{"a":"1"}"#, "there is no type 'nosuch' in the data table"),
        ("SELECT 1", #"{"database":"datatable://mian"}"#, "there is no data table 'mian'; there are: main"),
        ("SELECT 1", #"{"database":"postgres://x"}"#, "'postgres://x' is no database"),
        ("-- role no-such-role\nSELECT 1", "{}", "role \"no-such-role\" does not exist"),
        ("COPY friend TO STDOUT", "{}", "COPY from and to the client is not possible here"),
        ("COPY friend FROM STDIN", "{}", "COPY from and to the client is not possible here"),
        (
          "BEGIN; INSERT INTO friend VALUES (99, 'x')", "{}",
          "the script begins a transaction and does not end it; it was rolled back"
        ),
      ] {
        let answer = try await query(sql, arguments, lab)
        #expect(answer.status == 500, "\(sql)")
        #expect(answer.text.contains(expected), "\(answer.text)")
        #expect(!answer.text.contains(TestPostgreSQL.password))
      }
      #expect(try await ask("SELECT count(*) AS n FROM friend", "{}", lab) == #"[{"n":1}]"#)
      // A whole transaction is one.
      let failing = "BEGIN; INSERT INTO friend VALUES (99, 'x'); SELECT 1 / 0; COMMIT"
      #expect(try await query(failing, "{}", lab).status == 500)
      #expect(try await ask("SELECT count(*) AS n FROM friend", "{}", lab) == #"[{"n":1}]"#)
    }
  }

  @Test func `nothing of one session is left for the next`() async throws {
    try await ServerLab.withDataTable { lab async throws in
      let leaves = """
        SET search_path TO analytics; SET ROLE reader; CREATE TEMP TABLE secret AS SELECT 1 AS i; SET timezone TO 'Asia/Tokyo';
        SELECT pg_advisory_lock(7); PREPARE p AS SELECT 1; LISTEN news; SET statement_timeout = 1
        """
      #expect(try await ask(leaves, "{}", lab) == "[]")
      let looks = """
        SELECT current_setting('search_path') AS path, current_user AS who, to_regclass('secret') AS temp, current_setting('timezone') AS zone,
          (SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'
            AND database = (SELECT oid FROM pg_database WHERE datname = current_database())) AS locks, (SELECT count(*) FROM pg_prepared_statements) AS prepared,
          (SELECT count(*) FROM pg_listening_channels()) AS channels, current_setting('statement_timeout') AS timeout
        """
      for _ in 0..<3 {
        #expect(
          try await ask(looks, "{}", lab)
            == #"[{"path":"\"$user\", public","who":"tarn","temp":null,"zone":"UTC","locks":0,"prepared":0,"channels":0,"timeout":"0"}]"#
        )
      }
      #expect(
        try await ask("-- role reader\nSELECT current_user AS who", "{}", lab) == #"[{"who":"reader"}]"#)
      #expect(
        try await query("-- role reader\nDELETE FROM friend", "{}", lab).text.contains("permission denied"))
    }
  }

  @Test func `a cancelled query ends on the server, a long one at its limit`() async throws {
    try await ServerLab.withDataTable { lab async throws in
      var job = NewJob(
        workspace: "main", kind: .preview, language: "postgresql", content: "SELECT pg_sleep(600)",
        createdBy: "ann")
      let id = try await lab.queue.submit(job).id
      let running =
        "SELECT count(*) AS n FROM pg_stat_activity WHERE query LIKE 'SELECT pg_sleep%' AND state = 'active'"
      try await eventually("it runs") {
        try await ask(running, "{}", lab) == #"[{"n":1}]"#
      }
      try await lab.queue.cancel(id, by: "ann")
      #expect(try await lab.queue.ended(id, within: .seconds(300)).state == .cancelled)
      try await eventually("it has ended on the server") {
        try await ask(running, "{}", lab) == #"[{"n":0}]"#
      }
      job.timeout = .milliseconds(200)
      let limited = try await lab.queue.ended(try await lab.queue.submit(job).id, within: .seconds(300))
      #expect(limited.state == .failure)
      #expect(limited.result?.contains("ran longer than") == true)
      try await eventually("it has ended on the server") {
        try await ask(running, "{}", lab) == #"[{"n":0}]"#
      }
    }
  }

  @Test func `admins name data tables, others see names`() async throws {
    try await ServerLab.withDataTable { lab async throws in
      let list = try await lab.send(
        "GET", "/w/main/workspaces/list_datatables", token: try await lab.token(of: .viewer))
      #expect(
        list.text
          == #"[{"name":"main","resource_type":"postgresql","resource_path":"f/db/main","permissioned":false}]"#
      )
      let body = try JSONValue(parsing: #"{"settings":{"datatables":{}}}"#)
      let path = "/w/main/workspaces/edit_datatable_config"
      #expect(
        try await lab.send("POST", path, body, token: try await lab.token(of: .developer)).status == 403)
      for text in [
        #"{"settings":{"datatables":{"a b":{"database":{"resource_path":"f/a/b"}}}}}"#, "{}",
        #"{"settings":{"datatables":{"a":{"database":{"resource_type":"instance","resource_path":"x"}}}}}"#,
      ] {
        #expect(try await lab.send("POST", path, try JSONValue(parsing: text)).status == 400)
      }
      #expect(try await lab.send("POST", path, body).status == 200)
      #expect(try await lab.send("GET", "/w/main/workspaces/list_datatables").text == "[]")
      let workers = "/workers/datatables/main/main"
      #expect(try await lab.send("GET", workers, token: try await lab.token(of: .developer)).status == 403)
    }
  }

  @Test(.enabled(if: WmillPackage.isInstalled, "scripts/setup-tests puts the package wmill in place"))
  func `the package wmill, in a job`() async throws {
    try await ServerLab.withDataTable { lab async throws in
      let answer = try await lab.query(
        """
        import wmill
        def main():
            table = wmill.datatable()
            table.query("INSERT INTO friend VALUES ($1, $2)", 9, "Cid").execute()
            visits = wmill.datatable(":analytics").query("SELECT count(*) FROM visit").fetch_one_scalar()
            who = wmill.datatable("main", role="reader").query("SELECT current_user").fetch_one_scalar()
            return table.query("SELECT name FROM friend WHERE id = $1", 9).fetch_one(), visits, who, table.query("SELECT 1 WHERE false").fetch_one()
        """, language: "python3")
      #expect(answer.text == #"[{"name":"Cid"},2,"reader",null]"#)
    }
  }

  // MARK: Tools

  private func query(_ content: String, _ arguments: String, _ lab: ServerLab) async throws
    -> ServerLab.Answer
  {
    try await lab.query(
      content, try JSONValue(parsing: arguments).object ?? JSONObject(), language: "postgresql")
  }

  private func ask(_ content: String, _ arguments: String, _ lab: ServerLab) async throws -> String {
    let answer = try await query(content, arguments, lab)
    #expect(answer.status == 200, "\(answer.text)")
    return answer.text
  }
}
