import Lake
import LakeSettings
import SQLText
import TestKit

/// A lake that has used every feature: rows in the catalog and in files, deletes of both kinds, other schemas, changed
/// columns, partitions, views, macros, dropped and renamed tables, tags and options.
enum FullLake {
  static func make(in lake: Lake) async throws {
    for statement in statements { try await lake.execute("\(raw: statement)") }
    for transaction in transactions {
      try await lake.transaction(CommitMessage(author: "ada", text: "several")) { open in
        for statement in transaction { try await open.execute("\(raw: statement)") }
      }
    }
  }

  private static let statements = [
    "CREATE TABLE t (i INTEGER, s VARCHAR, n STRUCT(a INTEGER, b VARCHAR[]))",
    "INSERT INTO t SELECT i, 's' || i, {a: i, b: ['x', NULL]} FROM range(1000) r(i)",
    "INSERT INTO t VALUES (5000, 'it''s', {a: 1, b: ['q\"', NULL]}), (5001, 'i2', NULL), (5002, '', NULL)",
    "DELETE FROM t WHERE i < 100", "DELETE FROM t WHERE i = 5001", "UPDATE t SET s = 'u' WHERE i = 5002",
    "DELETE FROM t WHERE i = 300", "ALTER TABLE t ADD COLUMN k BIGINT DEFAULT 7",
    "INSERT INTO t VALUES (6000, 's6000', {a: 6, b: ['y']}, 8)", "ALTER TABLE t RENAME COLUMN s TO s2",
    "INSERT INTO t SELECT i, 's' || i, {a: i, b: ['x', NULL]}, i FROM range(7000, 7100) r(i)",
    "ALTER TABLE t RENAME TO t2", "CREATE VIEW v AS SELECT i FROM t2", "COMMENT ON TABLE t2 IS 'c'",
    "COMMENT ON COLUMN t2.i IS 'c'", "CREATE TABLE p (y INTEGER, v INTEGER)",
    "ALTER TABLE p SET PARTITIONED BY (y)", "INSERT INTO p SELECT i % 3, i FROM range(300) r(i)",
    "INSERT INTO p VALUES (1, 1)", "INSERT INTO p SELECT i % 3, i FROM range(300) r(i)",
    "CREATE TABLE d AS SELECT i FROM range(100) r(i)", "INSERT INTO d VALUES (1), (2)", "DROP TABLE d",
    "CREATE SCHEMA s2", "CREATE TABLE s2.q AS SELECT i, i / 7 AS r FROM range(1000) r(i)",
    "DELETE FROM s2.q WHERE i < 10", "DELETE FROM s2.q WHERE i < 300", "CREATE MACRO m(a) AS a + 1",
    "CREATE TABLE e (i INTEGER)", "INSERT INTO e VALUES (1)", "DELETE FROM e",
    "INSERT INTO e SELECT * FROM range(100)", "DELETE FROM e", "INSERT INTO e SELECT * FROM range(100)",
    "TRUNCATE e", "CREATE OR REPLACE TABLE cr AS SELECT 1 AS a",
    "CREATE OR REPLACE TABLE cr AS SELECT 2 AS a, 3 AS b",
    """
    CREATE TABLE types (bo BOOLEAN, i1 TINYINT, i2 SMALLINT, i8 BIGINT, u1 UTINYINT, u2 USMALLINT, u4 UINTEGER,
      u8 UBIGINT, h HUGEINT, f FLOAT, d DOUBLE, dc DECIMAL(20, 3), dt DATE, t TIME, ts TIMESTAMP, tz TIMESTAMPTZ,
      iv INTERVAL, s VARCHAR, b BLOB, u UUID, j JSON, l INTEGER[], m MAP(VARCHAR, INTEGER))
    """,
    """
    INSERT INTO types VALUES (true, -1, -2, -3, 1, 2, 3, 18446744073709551615,
      170141183460469231731687303715884105727, 1.1, 'nan', 12345678901234567.891, '2020-02-03', '01:02:03.456',
      '2020-01-02 03:04:05.678901', '2020-01-02 03:04:05.678901+02', INTERVAL '1 month 2 days 3 seconds',
      'it''s "q"', '\\x00\\xFFa', '5ffbd5b7-5c66-48cf-9ec7-4f2eabf2b18c', '{"a": [1, 2]}', [1, NULL], MAP {'a b': 1})
    """,
    "INSERT INTO types (i8, d, ts) VALUES (NULL, '-inf', 'infinity')",
  ]

  private static let transactions = [
    [
      "CREATE TABLE z (i INTEGER)", "INSERT INTO z SELECT * FROM range(20)", "DELETE FROM z WHERE i = 1",
    ],
    [
      "CREATE TABLE z2 (i INTEGER)", "INSERT INTO z2 VALUES (1)", "ALTER TABLE z2 ADD COLUMN j INTEGER",
      "INSERT INTO z2 VALUES (1, 2)",
    ],
  ]

  /// What can be seen of the lake: the rows of every table, as one text.
  static func contents(of lake: Lake) async throws -> [String] {
    var contents: [String] = []
    for table in try await lake.tables() {
      let rows: Int64? = try await lake.query(
        "SELECT count(*) FROM \(identifier: table.schema).\(identifier: table.name)"
      ).fetchOneScalar()
      let sum: String? = try await lake.query(
        """
        SELECT bit_xor(md5_number(t::VARCHAR))::VARCHAR FROM \(identifier: table.schema).\(identifier: table.name) t
        """
      ).fetchOneScalar()
      contents.append("\(table.schema).\(table.name) \(table.kind): \(rows ?? -1) \(sum ?? "")")
    }
    return contents
  }
}
