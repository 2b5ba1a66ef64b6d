import Testing

/// The matrix of windmill.md 2.2.
@Suite("A script's result has the shape that it asks for") struct ResultCollectionTests {
  private static let script = """
    CREATE TABLE IF NOT EXISTS t (i INTEGER, name VARCHAR);
    FROM (VALUES (1, 'a'), (2, 'b')) t(i, name);
    SELECT 3 AS j WHERE false;
    SELECT 4 AS k, 5 AS l UNION ALL SELECT 6, NULL ORDER BY k;
    """

  @Test(arguments: [
    ("last_statement_all_rows", #"[{"k":4,"l":5},{"k":6,"l":null}]"#),
    ("legacy", #"[{"k":4,"l":5},{"k":6,"l":null}]"#),
    ("last_statement_first_row", #"{"k":4,"l":5}"#),
    ("last_statement_all_rows_scalar", "[4,6]"),
    ("last_statement_first_row_scalar", "4"),
    (
      "all_statements_all_rows",
      #"[[],[{"i":1,"name":"a"},{"i":2,"name":"b"}],[],[{"k":4,"l":5},{"k":6,"l":null}]]"#
    ),
    ("all_statements_first_row", #"[null,{"i":1,"name":"a"},null,{"k":4,"l":5}]"#),
    ("all_statements_all_rows_scalar", "[[],[1,2],[],[4,6]]"),
    ("all_statements_first_row_scalar", "[null,1,null,4]"),
  ])
  func `several statements`(collection: String, expected: String) async throws {
    try await ScriptLab.run { lab in
      let source = "-- result_collection=\(collection)\nATTACH 'ducklake' AS dl;USE dl;\n\(Self.script)"
      try await lab.expect(source, gives: expected)
    }
  }

  @Test(arguments: [
    ("last_statement_all_rows", "[]"), ("last_statement_first_row", "null"),
    ("last_statement_all_rows_scalar", "[]"), ("last_statement_first_row_scalar", "null"),
    ("all_statements_all_rows", "[[]]"), ("all_statements_first_row", "[null]"),
    ("all_statements_all_rows_scalar", "[[]]"), ("all_statements_first_row_scalar", "[null]"),
  ])
  func `a statement without rows`(collection: String, expected: String) async throws {
    try await ScriptLab.run { lab in
      try await lab.expect("-- result_collection=\(collection)\nCREATE TABLE t (i INTEGER)", gives: expected)
      try await lab.expect("-- result_collection=\(collection)\nSELECT 1 WHERE false", gives: expected)
    }
  }

  @Test(arguments: [
    ("last_statement_all_rows", "[]"), ("last_statement_first_row", "null"),
    ("all_statements_all_rows", "[]"),
    ("all_statements_first_row_scalar", "[]"),
  ])
  func `nothing but names of lakes`(collection: String, expected: String) async throws {
    try await ScriptLab.run { lab in
      try await lab.expect(
        "-- result_collection=\(collection)\nATTACH 'ducklake' AS dl; USE dl", gives: expected)
    }
  }

  @Test func `many rows stream into one array`() async throws {
    try await ScriptLab.run { lab in
      let json = try await lab.json("-- result_collection=last_statement_all_rows_scalar\nFROM range(5000)")
      #expect(json == "[" + (0..<5000).map(String.init).joined(separator: ",") + "]")
      let first = "-- result_collection=all_statements_first_row\nFROM range(5000); FROM range(7, 5000)"
      try await lab.expect(first, gives: #"[{"range":0},{"range":7}]"#)
    }
  }

  @Test func `of columns with one name the last one counts, as in the record`() async throws {
    try await ScriptLab.run { lab in
      try await lab.expect("SELECT 1 AS a, 2 AS b, 3 AS a", gives: #"[{"a":3,"b":2}]"#)
      let scalar = "-- result_collection=last_statement_first_row_scalar\nSELECT 1 AS a, 2 AS b, 3 AS a"
      try await lab.expect(scalar, gives: "3")
    }
  }

  @Test func `changes tell their number of rows`() async throws {
    try await ScriptLab.run { lab in
      try await lab.expect(
        "CREATE TABLE t (i INTEGER); INSERT INTO t VALUES (1), (2)", gives: #"[{"Count":2}]"#)
      try await lab.expect("DELETE FROM t WHERE i = 1", gives: #"[{"Count":1}]"#)
      try await lab.expect(
        "CREATE TEMP TABLE s (i INTEGER); INSERT INTO s VALUES (7) RETURNING i", gives: #"[{"i":7}]"#)
      try await lab.expect("SELECT count(*) AS n FROM t", gives: #"[{"n":1}]"#)
    }
  }

  /// windmill.md 3.3; where JSON has no number for it, ours is text instead of an error.
  @Test(arguments: [
    ("9223372036854775807", "9223372036854775807"),
    ("18446744073709551615::UBIGINT", "18446744073709551615"),
    ("170141183460469231731687303715884105727::HUGEINT", #""170141183460469231731687303715884105727""#),
    ("1.50::DECIMAL(9, 2)", #""1.50""#), ("1.5::DOUBLE", "1.5"), ("'nan'::DOUBLE", #""NaN""#),
    ("TIMESTAMP '2024-01-15 10:30:00'", #""2024-01-15T10:30:00""#),
    ("TIMESTAMP '2024-01-15 10:30:00.5'", #""2024-01-15T10:30:00.500""#),
    ("DATE '2024-01-15'", #""2024-01-15""#), ("TIME '10:30:00'", #""10:30:00""#),
    ("INTERVAL '1 month 2 days 3 seconds'", #"{"months":1,"days":2,"nanos":3000000000}"#),
    ("'ab'::BLOB", "[97,98]"), ("[1, NULL]", "[1,null]"), ("{'a': 1}", #"{"a":1}"#),
    ("MAP {'k': 1}", #"{"k":1}"#),
    (#"'{"a": [1, 2]}'::JSON"#, #"{"a": [1, 2]}"#), ("true", "true"), ("NULL", "null"),
    ("'a\"b'", #""a\"b""#),
  ])
  func `values are encoded as the design says`(expression: String, expected: String) async throws {
    try await ScriptLab.run { lab in
      let source = "-- result_collection=last_statement_first_row_scalar\nSELECT \(expression)"
      try await lab.expect(source, gives: expected)
      try await lab.expect("SELECT \(expression) AS v", gives: #"[{"v":\#(expected)}]"#)
    }
  }
}
