import Accounts
import Foundation
import JSON
import Jobs
import LakeSettings
import TestKit
import Testing

/// Data tables in scripts of DuckDB's SQL: `ATTACH 'datatable://NAME' AS alias`.
@Suite(.enabled(if: TestPostgreSQL.isInstalled, "Debian's postgresql-15 is installed"))
struct DataTableAttachTests {
  @Test func `it is read and written, beside lakes and by every form of its name`() async throws {
    try await ServerLab.withDataTable { lab async throws in
      for (sql, expected) in [
        ("ATTACH 'datatable' AS dt; FROM dt.friend", #"[{"id":7,"name":"Ann"}]"#),
        ("ATTACH 'datatable://main' AS dt; USE dt; SELECT name FROM friend", #"[{"name":"Ann"}]"#),
        ("ATTACH 'datatable://main:analytics' AS dt; FROM dt.visit ORDER BY i", #"[{"i":1},{"i":2}]"#),
        ("ATTACH 'datatable://:analytics' AS d; USE d; SELECT max(i) AS i FROM visit", #"[{"i":2}]"#),
        ("ATTACH 'datatable' AS dt; USE dt.analytics; SELECT max(visit.i) AS i FROM visit", #"[{"i":2}]"#),
        ("ATTACH 'datatable' AS dt; SELECT dt.friend.id FROM dt.friend", #"[{"id":7}]"#),
        ("ATTACH 'datatable' AS dt; SELECT count(*) AS n FROM dt.analytics.visit", #"[{"n":2}]"#),
        (
          "ATTACH 'datatable' AS a; ATTACH 'datatable' AS b; SELECT count(*) AS n FROM a.friend, b.friend",
          #"[{"n":1}]"#
        ),
        ("ATTACH 'datatable' AS dt; INSERT INTO dt.friend VALUES (8, 'Bob'), (9, 'Cid')", #"[{"Count":2}]"#),
        ("ATTACH 'datatable' AS dt; UPDATE dt.friend SET name = 'Rob' WHERE id = 8", #"[{"Count":1}]"#),
        ("ATTACH 'datatable' AS dt; DELETE FROM dt.friend WHERE id = 9", #"[{"Count":1}]"#),
        // One statement with a lake and a data table, each way.
        (
          """
          ATTACH 'datatable' AS dt; ATTACH 'ducklake' AS dl;
          CREATE TABLE dl.orders AS SELECT 7 AS friend, 5 AS price UNION ALL SELECT 8, 6;
          SELECT name, price FROM dl.orders o JOIN dt.friend f ON f.id = o.friend ORDER BY price
          """, #"[{"name":"Ann","price":5},{"name":"Rob","price":6}]"#
        ),
        (
          "ATTACH 'datatable' AS dt; CREATE TABLE dt.total AS SELECT friend, sum(price)::BIGINT AS price FROM orders GROUP BY friend",
          "[]"
        ),
        (
          "ATTACH 'datatable' AS dt; INSERT INTO orders SELECT id, 1 FROM dt.friend WHERE id = 7",
          #"[{"Count":1}]"#
        ),
        (
          "ATTACH 'datatable' AS dt; BEGIN; INSERT INTO dt.total VALUES (1, 1); ROLLBACK; SELECT count(*) AS n FROM dt.total",
          #"[{"n":2}]"#
        ),
      ] {
        let answer = try await lab.query(sql)
        #expect(answer.text == expected, "\(sql)")
      }
      #expect(
        try await lab.query("SELECT * FROM total ORDER BY 1", language: "postgresql").text
          == #"[{"friend":7,"price":5},{"friend":8,"price":6}]"#)
      #expect(try await lab.query("SELECT count(*) AS n FROM orders").text == #"[{"n":3}]"#)
      // What others have changed since is seen.
      _ = try await lab.query("ALTER TABLE friend ADD COLUMN age int DEFAULT 3", language: "postgresql")
      #expect(
        try await lab.query("ATTACH 'datatable' AS dt; SELECT age FROM dt.friend WHERE id = 7").text
          == #"[{"age":3}]"#)
      let rows = try await lab.query(
        "ATTACH 'datatable' AS dt; SELECT id FROM dt.friend ORDER BY id", accept: "text/csv")
      #expect(rows.text == "id\n7\n8\n")
    }
  }

  @Test func `a script that begins in a data table waits for no lake`() async throws {
    try await ServerLab.withDataTable { lab async throws in
      // Somebody else has the catalog of the lake for as long as the test goes on.
      #expect(try await lab.query("SELECT 1 AS i").text == #"[{"i":1}]"#)
      let lock = open(lab.folder.path + "/lake/catalog.sqlite.owner", O_RDWR | O_CLOEXEC)
      try #require(lock >= 0)
      defer { close(lock) }
      try await eventually("the worker lets the lake go") { flock(lock, LOCK_EX | LOCK_NB) == 0 }
      #expect(
        try await lab.query("ATTACH 'datatable' AS dt; USE dt; SELECT id FROM friend").text == #"[{"id":7}]"#)
      #expect(
        try await lab.query("ATTACH 'datatable' AS dt; USE dt.analytics; CREATE TABLE t AS FROM visit").status
          == 200)
      flock(lock, LOCK_UN)
    }
  }

  @Test func `what is wrong is told in one line`() async throws {
    try await ServerLab.withDataTable { lab async throws in
      let attach = "ATTACH 'datatable' AS dt; "
      for (sql, expected) in [
        ("ATTACH 'datatable://nosuch' AS dt; SELECT 1", "there is no data table 'nosuch'; there are: main"),
        ("ATTACH 'datatable://a b' AS dt; SELECT 1", "`a b` is no name of a data table"),
        ("ATTACH 'datatable'; SELECT 1", "the data table is attached without a name"),
        ("ATTACH 'datatable' AS dt (SECRET x); SELECT 1", "`SECRET x` is no option of a data table"),
        ("ATTACH 'datatable' AS dt (ROLE nosuch); FROM dt.friend", #"role "nosuch" does not exist"#),
        (attach + "FROM dt.nothing", "nothing"),
        (attach + "INSERT INTO dt.friend VALUES (7, 'x')", "duplicate key value violates unique constraint"),
        ("ATTACH 'datatable' AS dt (READ_ONLY); DELETE FROM dt.friend", "was attached READ_ONLY"),
        ("ATTACH 'datatable' AS dt (READ_ONLY); USE dt; DELETE FROM friend", "was attached READ_ONLY"),
        (
          attach + "CREATE VIEW v AS FROM dt.friend", "views and macros are not made with data tables at hand"
        ),
        (attach + "FROM postgres_query('dt', 'SELECT 1')", "function postgres_query is not for scripts"),
        (attach + "CALL postgres_execute('dt', 'SELECT 1')", "function postgres_execute is not for scripts"),
        (attach + "CALL pg_clear_cache()", "function pg_clear_cache is not for scripts"),
      ] {
        let answer = try await lab.query(sql)
        #expect(answer.status == 500, "\(sql)")
        #expect(answer.text.contains(expected), "\(sql): \(answer.text)")
        #expect(!answer.text.contains("\n") && !answer.text.contains("datatable:main"), "\(answer.text)")
        #expect(!answer.text.contains(TestPostgreSQL.password))
      }
      #expect(try await lab.query(attach + "SELECT count(*) AS n FROM dt.friend").text == #"[{"n":1}]"#)
    }
  }

  @Test func `nothing shows the password`() async throws {
    try await ServerLab.withDataTable { lab async throws in
      for sql in [
        "FROM duckdb_databases()", "PRAGMA database_list", "SHOW DATABASES", "FROM duckdb_settings()",
        "FROM duckdb_secrets()", "FROM duckdb_tables()", "FROM duckdb_functions()", "FROM duckdb_views()",
        "EXPLAIN ANALYZE FROM dt.friend", "EXPLAIN (FORMAT json) FROM dt.friend", "FROM duckdb_logs()",
        "FROM which_secret('x', 'postgres')", "SELECT current_query()", "FROM dt.pg_catalog.pg_stat_activity",
        "FROM dt.nothing", "SELECT json_serialize_plan('FROM dt.friend')", "FROM pragma_database_size()",
        "ATTACH '' AS x (TYPE postgres, SECRET tarn_data_table_0)",
        "FROM read_text('/proc/self/environ')", "SELECT getenv('PGPASSWORD')",
        "FROM postgres_scan('', 'public', 'friend')",
      ] {
        let answer = try await lab.query("ATTACH 'datatable' AS dt; " + sql)
        #expect(!answer.text.contains(TestPostgreSQL.password), "\(sql): \(answer.text.prefix(500))")
      }
      // Neither does what others may read of this process, which is the worker.
      for file in ["/proc/self/environ", "/proc/self/cmdline"] {
        let bytes = try Data(contentsOf: URL(fileURLWithPath: file))
        #expect(bytes.range(of: Data(TestPostgreSQL.password.utf8)) == nil)
      }
      for file in FileManager.default.enumerator(atPath: lab.folder.path) ?? .init() {
        guard let name = file as? String,
          let bytes = FileManager.default.contents(atPath: lab.folder.path + "/" + name)
        else { continue }
        #expect(bytes.range(of: Data(TestPostgreSQL.password.utf8)) == nil, "\(name)")
      }
    }
  }

  @Test func `a role is held`() async throws {
    try await ServerLab.withDataTable { lab async throws in
      let attach = "ATTACH 'datatable' AS dt (ROLE reader); "
      #expect(try await lab.query(attach + "FROM dt.friend").text == #"[{"id":7,"name":"Ann"}]"#)
      for sql in [
        "INSERT INTO dt.friend VALUES (8, 'x')", "DELETE FROM dt.friend", "CREATE TABLE dt.mine (i int)",
        "FROM dt.analytics.visit", "USE dt; UPDATE friend SET name = 'x'",
      ] {
        let answer = try await lab.query(attach + sql)
        #expect(answer.status == 500 && answer.text.contains("permission denied"), "\(sql): \(answer.text)")
      }
      // The same name without the role is another session.
      #expect(
        try await lab.query("ATTACH 'datatable' AS dt; DELETE FROM dt.friend WHERE id = 1").status == 200)
      #expect(try await lab.query(attach + "DELETE FROM dt.friend").status == 500)
    }
  }

  @Test func `nothing of one session is left for the next`() async throws {
    try await ServerLab.withDataTable { lab async throws in
      // A view may change the session that reads it.
      _ = try await lab.query(
        """
        CREATE VIEW change AS SELECT set_config('search_path', 'analytics', false) AS a, set_config('timezone', 'Asia/Tokyo', false) AS b,
          pg_advisory_lock(7)::text AS c;
        CREATE VIEW look AS SELECT current_setting('search_path') AS path, current_setting('timezone') AS zone,
          (SELECT count(*) FROM pg_locks WHERE locktype = 'advisory') AS locks
        """, language: "postgresql")
      for _ in 0..<3 {
        #expect(try await lab.query("ATTACH 'datatable' AS dt; FROM dt.change").status == 200)
        #expect(
          try await lab.query("ATTACH 'datatable' AS dt; FROM dt.look").text
            == #"[{"path":"\"$user\", public","zone":"UTC","locks":0}]"#)
      }
      _ = try await lab.query("ATTACH 'datatable' AS dt; CREATE TEMP TABLE secret AS FROM dt.friend")
      #expect(try await lab.query("ATTACH 'datatable' AS dt; FROM secret").status == 500)
      // An alias is the script's own.
      #expect(try await lab.query("FROM dt.friend").status == 500)
    }
  }

  @Test func `values are the same both ways, or refused`() async throws {
    try await ServerLab.withDataTable { lab async throws in
      _ = try await lab.query(
        """
        CREATE TABLE value (a numeric(38, 4), b timestamptz, c int[], d json, e uuid, f bytea, g float8, h timestamp, i date, j interval,
          k mood, l text, m boolean, n time, o int2);
        INSERT INTO value VALUES ('1234567890123456789012345678901234.5678', '2026-01-02 03:04:05.678901+02', '{1,NULL,3}', '{"z":1.10}',
          'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', '\\x00ff', 'NaN', 'infinity', '-infinity', '1 mon 2 days 3.5 s', 'happy', E'a\\t"☃', true,
          '03:04:05.678901', -5);
        CREATE TABLE wide (id int, money numeric, name text, sums numeric[], small numeric(10, 2));
        INSERT INTO wide VALUES (1, '12345678901234567890.123456789012345678901', 'x', '{1.1}', 1.5)
        """, language: "postgresql")
      // Written back by DuckDB, they are what PostgreSQL had.
      _ = try await lab.query("CREATE TABLE again (LIKE value)", language: "postgresql")
      let copied = try await lab.query("ATTACH 'datatable' AS dt; INSERT INTO dt.again FROM dt.value")
      #expect(copied.text == #"[{"Count":1}]"#)
      let fields = "a, b, c, d::text, e, f, g::text, h, i, j, k, l, m, n, o"
      #expect(
        try await lab.query(
          "SELECT count(*) AS n FROM (SELECT \(fields) FROM value INTERSECT SELECT \(fields) FROM again) t",
          language: "postgresql"
        ).text == #"[{"n":1}]"#)
      // Through a lake, and back.
      let through = try await lab.query(
        """
        ATTACH 'datatable' AS dt; CREATE TABLE kept AS SELECT * EXCLUDE (h, i, j, k) FROM dt.value;
        DELETE FROM dt.again; INSERT INTO dt.again (a, b, c, d, e, f, g, l, m, n, o) FROM kept
        """)
      #expect(through.status == 200, "\(through.text)")
      let kept = "a, b, c, d::text, e, f, g::text, l, m, n, o"
      #expect(
        try await lab.query(
          "SELECT count(*) AS n FROM (SELECT \(kept) FROM value INTERSECT SELECT \(kept) FROM again) t",
          language: "postgresql"
        ).text == #"[{"n":1}]"#)

      for sql in [
        "FROM dt.wide", "SELECT money FROM dt.wide", "SELECT id FROM dt.wide WHERE money > 1",
        "SELECT sum(w.money) FROM dt.wide AS w", "SELECT sums FROM dt.wide",
        "WITH w AS (FROM dt.wide) SELECT money FROM w",
        "CREATE TABLE rounded AS FROM dt.wide", "INSERT INTO dt.wide VALUES (2, 1, 'x', NULL, 1)",
        "INSERT INTO dt.wide (id, money) VALUES (2, 1)", "UPDATE dt.wide SET money = 2",
        "USE dt; SELECT money FROM wide", "COPY (SELECT money FROM dt.wide) TO 'in/x.csv'",
      ] {
        let answer = try await lab.query("ATTACH 'datatable' AS dt; " + sql)
        #expect(
          answer.status == 500 && answer.text.contains("holds numbers that DuckDB would round"),
          "\(sql): \(answer.text)")
      }
      for (sql, expected) in [
        ("SELECT id, name, small FROM dt.wide", #"[{"id":1,"name":"x","small":"1.50"}]"#),
        ("SELECT count(*) AS n FROM dt.wide", #"[{"n":1}]"#),
        ("INSERT INTO dt.wide (id, small) VALUES (2, 2.5)", #"[{"Count":1}]"#),
        ("UPDATE dt.wide SET name = 'y' WHERE id = 2", #"[{"Count":1}]"#),
      ] {
        let answer = try await lab.query("ATTACH 'datatable' AS dt; " + sql)
        #expect(answer.text == expected, "\(sql)")
      }
    }
  }

  @Test func `a cancelled script ends on the server, a long one at its limit`() async throws {
    try await ServerLab.withDataTable { lab async throws in
      _ = try await lab.query(
        "CREATE VIEW slow AS SELECT 1 AS x FROM pg_sleep(600)", language: "postgresql")
      var job = NewJob(
        workspace: "main", kind: .preview, language: "duckdb",
        content: "ATTACH 'datatable' AS dt; FROM dt.slow", createdBy: "ann")
      let running =
        "SELECT count(*) AS n FROM pg_stat_activity WHERE query LIKE 'COPY%slow%' AND state = 'active'"
      func count() async throws -> String { try await lab.query(running, language: "postgresql").text }
      let id = try await lab.queue.submit(job).id
      try await eventually("it runs") { try await count() == #"[{"n":1}]"# }
      // Others go on meanwhile.
      #expect(
        try await lab.query("ATTACH 'datatable' AS dt; SELECT id FROM dt.friend").text == #"[{"id":7}]"#)
      try await lab.queue.cancel(id, by: "ann")
      #expect(try await lab.queue.ended(id, within: .seconds(300)).state == .cancelled)
      try await eventually("it has ended on the server") { try await count() == #"[{"n":0}]"# }
      job.timeout = .milliseconds(500)
      let limited = try await lab.queue.ended(try await lab.queue.submit(job).id, within: .seconds(300))
      #expect(limited.state == .failure)
      #expect(limited.result?.contains("limit") == true, "\(limited.result ?? "")")
      try await eventually("it has ended on the server") { try await count() == #"[{"n":0}]"# }
    }
  }

  @Test func `a server that is down hurts no other script`() async throws {
    try await ServerLab.withDataTable { lab async throws in
      // Nobody listens there.
      let resource =
        #"{"host":"127.0.0.1","port":1,"dbname":"x","user":"u","password":"down-password-31"}"#
      try await lab.accounts.createResource(
        "f/db/down", of: "main", value: resource, type: "postgresql", description: "", by: "ann")
      try await lab.accounts.setDataTables(
        [
          DataTableEntry(name: "main", resource: "f/db/main"),
          DataTableEntry(name: "down", resource: "f/db/down"),
        ], of: "main")
      for _ in 0..<2 {
        let answer = try await lab.query("ATTACH 'datatable://down' AS dt; FROM dt.t")
        #expect(answer.status == 500)
        #expect(answer.text.hasPrefix("data table 'down' cannot be used: "), "\(answer.text)")
        #expect(!answer.text.contains("\n") && !answer.text.contains("down-password-31"), "\(answer.text)")
        #expect(
          try await lab.query("ATTACH 'datatable' AS dt; SELECT id FROM dt.friend").text == #"[{"id":7}]"#)
        #expect(try await lab.query("SELECT count(*) > 0 AS y FROM duckdb_tables()").status == 200)
      }
      // It comes under the same name later.
      try await lab.accounts.setDataTables(
        [DataTableEntry(name: "down", resource: "f/db/main")], of: "main")
      try await eventually("the new settings are taken up") {
        try await lab.query("ATTACH 'datatable://down' AS dt; SELECT id FROM dt.friend").text
          == #"[{"id":7}]"#
      }
    }
  }

  @Test func `connections that the server has ended are none for the next script`() async throws {
    try await ServerLab.withDataTable { lab async throws in
      // The same database with other connections, to look at those of the first from outside.
      let resource = try #require(
        try JSONValue(parsing: try await lab.accounts.resource("f/db/main", of: "main").value).object)
      var other = resource
      other["sslmode"] = .string("prefer")
      try await lab.accounts.createResource(
        "f/db/other", of: "main", value: JSONValue.object(other).text, type: "postgresql", description: "",
        by: "ann")
      try await lab.accounts.setDataTables(
        [
          DataTableEntry(name: "main", resource: "f/db/main"),
          DataTableEntry(name: "other", resource: "f/db/other"),
        ], of: "main")
      for _ in 0..<3 {
        let answer = try await lab.query("SELECT id FROM friend", language: "postgresql")
        #expect(answer.text == #"[{"id":7}]"#)
        #expect(
          try await lab.query("ATTACH 'datatable' AS dt; SELECT id FROM dt.friend").text == #"[{"id":7}]"#)
        // As a restart of the server does.
        let ended = try await lab.query(
          """
          SELECT count(pg_terminate_backend(pid, 60000)) > 0 AS some FROM pg_stat_activity
          WHERE datname = current_database() AND pid <> pg_backend_pid()
          """, JSONObject(pairs: ["database": .string("datatable://other")]), language: "postgresql")
        #expect(ended.text == #"[{"some":true}]"#)
      }
    }
  }

  @Test func `grants on lakes hold as before`() async throws {
    try await ServerLab.withDataTable { lab async throws in
      _ = try await lab.query("CREATE TABLE orders AS SELECT 1 AS id; CREATE TABLE pay AS SELECT 2 AS id")
      let developer = try await lab.token(of: .developer)
      let granted = try await lab.send(
        "POST", "/w/main/grants/create",
        GrantsOverHTTPTests.body(["select"], "orders", "u/user-developer"))
      #expect(granted.status == 201)
      let attach = "ATTACH 'datatable' AS dt; ATTACH 'ducklake' AS dl; "
      for (sql, status) in [
        ("SELECT o.id FROM dl.orders o, dt.friend", 200), ("FROM dt.friend", 200),
        ("USE dt; FROM friend", 200),
        ("USE dt; FROM dl.orders", 200), ("INSERT INTO dt.friend SELECT id, 'x' FROM dl.orders", 200),
        ("CREATE SCHEMA dt.more", 200), ("USE dt.analytics; FROM visit", 200),
        ("SELECT 1 FROM dl.pay, dt.friend", 403), ("FROM pay", 403), ("USE dt; FROM dl.pay", 403),
        ("USE dt; FROM dl.main.pay", 403), ("INSERT INTO dt.friend SELECT id, 'x' FROM dl.pay", 403),
        ("CREATE TABLE dt.stolen AS FROM dl.pay", 403),
        ("INSERT INTO dl.orders SELECT id FROM dt.friend", 403),
        ("ATTACH 'ducklake' AS dt; FROM dt.pay", 403), ("FROM duckdb_tables()", 403),
        ("USE dt; CREATE TABLE dl.mine AS FROM friend", 403),
      ] {
        let answer = try await lab.query(attach + sql, token: developer)
        #expect(answer.status == status, "\(sql): \(answer.text)")
      }
    }
  }
}
