import Foundation
import LakeSettings
import Runtimes
import Scripts
import Testing

/// The bodies that Windmill's Python client (1.850) sends, and what it has to get.
@Suite("Recorded scripts of Windmill's client") struct RecordedTrafficTests {
  private static let attach = "ATTACH 'ducklake://main' AS dl;USE dl;\n"
  private static let orders = "CREATE TABLE orders AS SELECT 1 AS id, '2026-01-01' AS _wm_partition;"
  private static let upsert = """
    CREATE TABLE IF NOT EXISTS dl.orders AS SELECT *, CAST(NULL AS VARCHAR) AS _wm_partition FROM (SELECT 1 AS id) WHERE false;
    ALTER TABLE dl.orders SET PARTITIONED BY (_wm_partition);
    BEGIN TRANSACTION;
    DELETE FROM dl.orders WHERE _wm_partition = $_wm_partition AND id IN (SELECT id FROM (SELECT 1 AS id));
    INSERT INTO dl.orders SELECT *, $_wm_partition AS _wm_partition FROM (SELECT 1 AS id);
    COMMIT;
    """

  @Test func `SELECT 1`() async throws {
    try await ScriptLab.run { lab in try await lab.expect(Self.attach + "SELECT 1 AS x", gives: #"[{"x":1}]"#)
    }
  }

  @Test func `fetch_one with an argument of each kind, on another lake`() async throws {
    let source = """
      -- result_collection=last_statement_first_row
      -- $id (BIGINT)
      -- $name (TEXT)
      -- $ok (BOOLEAN)
      -- $f (FLOAT8)
      -- $n (TEXT)
      -- $tags (JSON)
      -- $o (JSON)
      ATTACH 'ducklake://lake2' AS dl;USE dl;
      SELECT $id,$name
      """
    let given: [String: GivenArgument] = [
      "id": .value(.integer(3)), "name": .value(.text("a")), "ok": .value(.bool(true)),
      "f": .value(.double(1.5)),
      "n": .value(.null), "tags": .value(.json("[1,2]")), "o": .value(.json(#"{"k":1}"#)),
    ]
    try await ScriptLab.run(lakes: [.main, try LakeName("lake2")]) { lab in
      try await lab.expect(source, given: given, gives: #"{"$id":3,"$name":"a"}"#)
      let all =
        source + " AS name, $ok AS ok, $f AS f, $n AS n, json_extract($tags, '$[1]') AS tag, $o->>'k' AS k"
      let record = #"{"$id":3,"name":"a","ok":true,"f":1.5,"n":null,"tag":2,"k":"1"}"#
      try await lab.expect(all, given: given, gives: record)
    }
  }

  @Test func `fetch_one_scalar`() async throws {
    try await ScriptLab.run { lab in
      let source = "-- result_collection=last_statement_first_row_scalar\n" + Self.attach + "SELECT 1"
      try await lab.expect(source, gives: "1")
    }
  }

  @Test func `execute`() async throws {
    try await ScriptLab.run { lab in
      let source = "-- result_collection=last_statement_first_row\n" + Self.attach + "CREATE TABLE t(i int)"
      try await lab.expect(source, gives: "null")
    }
  }

  @Test func `all rows of all statements`() async throws {
    try await ScriptLab.run { lab in
      let source = "-- result_collection=all_statements_all_rows\n" + Self.attach + "SELECT 1; SELECT 2"
      try await lab.expect(source, gives: #"[[{"1":1}],[{"2":2}]]"#)
    }
  }

  @Test func `a table that is not there`() async throws {
    try await ScriptLab.run { lab in
      let text = await message { try await lab.json(Self.attach + "SELECT * FROM boom") }
      #expect(text?.hasPrefix("script.sql:2:15: Table with name boom does not exist") == true)
      #expect(text?.hasSuffix(" (statement 3 of 3)") == true)
    }
  }

  @Test func `a date as text`() async throws {
    try await ScriptLab.run { lab in
      let source = "-- $d (TEXT)\n" + Self.attach + "SELECT $d"
      try await lab.expect(
        source, given: ["d": .value(.text("2026-01-01"))], gives: #"[{"$d":"2026-01-01"}]"#)
    }
  }

  @Test func `upsert_partition, again and again`() async throws {
    let source =
      "-- result_collection=last_statement_first_row\n-- $_wm_partition (TEXT)\n" + Self.attach + Self.upsert
    try await ScriptLab.run { lab in
      for _ in 1...2 {
        try await lab.expect(source, given: ["_wm_partition": .value(.text("2026-01-01"))], gives: "null")
      }
      try await lab.expect("FROM orders", gives: #"[{"id":1,"_wm_partition":"2026-01-01"}]"#)
    }
  }

  @Test func `append_partition of a whole table`() async throws {
    let source = """
      -- result_collection=last_statement_first_row
      \(Self.attach)CREATE TABLE IF NOT EXISTS dl.orders AS SELECT * FROM (SELECT 1 AS id) WHERE false;
      INSERT INTO dl.orders SELECT * FROM (SELECT 1 AS id);
      """
    try await ScriptLab.run { lab in
      try await lab.expect(source, gives: #"{"Count":1}"#)
      try await lab.expect(source, gives: #"{"Count":1}"#)
      try await lab.expect("FROM orders", gives: #"[{"id":1},{"id":1}]"#)
    }
  }

  @Test func `reading a partition`() async throws {
    let source =
      "-- $_wm_partition (TEXT)\n" + Self.attach
      + "SELECT * FROM dl.orders WHERE _wm_partition = $_wm_partition"
    try await ScriptLab.run { lab in
      try await lab.json(Self.orders)
      let given: [String: GivenArgument] = ["_wm_partition": .value(.text("2026-01-01"))]
      try await lab.expect(source, given: given, gives: #"[{"id":1,"_wm_partition":"2026-01-01"}]"#)
    }
  }

  @Test func `upsert_partition in a pipeline tells rows and snapshot`() async throws {
    let source =
      "-- result_collection=last_statement_first_row\n-- $_wm_partition (TEXT)\n" + Self.attach + Self.upsert
        + """

        SELECT (SELECT count(*) FROM dl.orders WHERE _wm_partition = $_wm_partition) AS rows, \
        (SELECT max(snapshot_id) FROM ducklake_snapshots('dl')) AS snapshot_id;
        """
    try await ScriptLab.run { lab in
      let json = try await lab.json(source, given: ["_wm_partition": .value(.text("2026-01-01"))])
      #expect(json == #"{"rows":1,"snapshot_id":3}"#)
    }
  }
}
