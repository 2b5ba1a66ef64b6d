/// Bodies that the unmodified Python client `wmill` 1.850.0 sent, recorded.
enum RecordedBodies {
  static let duckdb: [String] = [
    #"""
    {"content":"ATTACH 'ducklake://main' AS dl;USE dl;\nSELECT 1 AS x","language":"duckdb","args":{}}
    """#,
    #"""
    {"content":"-- result_collection=last_statement_first_row\n-- $id (BIGINT)\n-- $name (TEXT)\n-- $ok (BOOLEAN)\n-- $f (FLOAT8)\n-- $n (TEXT)\n-- $tags (JSON)\n-- $o (JSON)\nATTACH 'ducklake://lake2' AS dl;USE dl;\nSELECT $id,$name","language":"duckdb","args":{"id":3,"name":"a","ok":true,"f":1.5,"n":null,"tags":[1,2],"o":{"k":1}}}
    """#,
    #"""
    {"content":"-- result_collection=last_statement_first_row_scalar\nATTACH 'ducklake://main' AS dl;USE dl;\nSELECT 1","language":"duckdb","args":{}}
    """#,
    #"""
    {"content":"-- result_collection=last_statement_first_row\nATTACH 'ducklake://main' AS dl;USE dl;\nCREATE TABLE t(i int)","language":"duckdb","args":{}}
    """#,
    #"""
    {"content":"-- result_collection=all_statements_all_rows\nATTACH 'ducklake://main' AS dl;USE dl;\nSELECT 1; SELECT 2","language":"duckdb","args":{}}
    """#,
    #"""
    {"content":"ATTACH 'ducklake://main' AS dl;USE dl;\nSELECT * FROM boom","language":"duckdb","args":{}}
    """#,
    #"""
    {"content":"-- $d (TEXT)\nATTACH 'ducklake://main' AS dl;USE dl;\nSELECT $d","language":"duckdb","args":{"d":"2026-01-01"}}
    """#,
    #"""
    {"content":"-- result_collection=last_statement_first_row\n-- $_wm_partition (TEXT)\nATTACH 'ducklake://main' AS dl;USE dl;\nCREATE TABLE IF NOT EXISTS dl.orders AS SELECT *, CAST(NULL AS VARCHAR) AS _wm_partition FROM (SELECT 1 AS id) WHERE false;\nALTER TABLE dl.orders SET PARTITIONED BY (_wm_partition);\nBEGIN TRANSACTION;\nDELETE FROM dl.orders WHERE _wm_partition = $_wm_partition AND id IN (SELECT id FROM (SELECT 1 AS id));\nINSERT INTO dl.orders SELECT *, $_wm_partition AS _wm_partition FROM (SELECT 1 AS id);\nCOMMIT;","language":"duckdb","args":{"_wm_partition":"2026-01-01"}}
    """#,
    #"""
    {"content":"-- result_collection=last_statement_first_row\nATTACH 'ducklake://main' AS dl;USE dl;\nCREATE TABLE IF NOT EXISTS dl.orders AS SELECT * FROM (SELECT 1 AS id) WHERE false;\nINSERT INTO dl.orders SELECT * FROM (SELECT 1 AS id);","language":"duckdb","args":{}}
    """#,
    #"""
    {"content":"-- $_wm_partition (TEXT)\nATTACH 'ducklake://main' AS dl;USE dl;\nSELECT * FROM dl.orders WHERE _wm_partition = $_wm_partition","language":"duckdb","args":{"_wm_partition":"2026-01-01"}}
    """#,
    #"""
    {"content":"-- result_collection=last_statement_first_row\n-- $_wm_partition (TEXT)\nATTACH 'ducklake://main' AS dl;USE dl;\nCREATE TABLE IF NOT EXISTS dl.orders AS SELECT *, CAST(NULL AS VARCHAR) AS _wm_partition FROM (SELECT 1 AS id) WHERE false;\nALTER TABLE dl.orders SET PARTITIONED BY (_wm_partition);\nBEGIN TRANSACTION;\nDELETE FROM dl.orders WHERE _wm_partition = $_wm_partition;\nINSERT INTO dl.orders SELECT *, $_wm_partition AS _wm_partition FROM (SELECT 1 AS id);\nCOMMIT;\nSELECT (SELECT count(*) FROM dl.orders WHERE _wm_partition = $_wm_partition) AS rows, (SELECT max(snapshot_id) FROM ducklake_snapshots('dl')) AS snapshot_id;","language":"duckdb","args":{"_wm_partition":"2026-01-01"}}
    """#,
    #"""
    {"content":"ATTACH 'ducklake://main' AS dl;USE dl;\nSELECT 1","language":"duckdb","args":{}}
    """#,
  ]
}
