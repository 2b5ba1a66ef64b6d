import DuckDB
import LakeSettings
import SQLText
import TestKit
import Testing

@testable import Lake

@Suite struct LakeOptionTests {
  /// Every option that may be set, at both ends of what it takes: DuckLake takes it, and the lake still works.
  @Test func everyOptionThatMayBeSetWorks() async throws {
    try await TestLakes.withLake { lake, _ in
      let values: [(String, [String])] = [
        ("parquet_compression", ["uncompressed", "snappy", "gzip", "brotli", "lz4", "lz4_raw", "ZSTD"]),
        ("parquet_compression_level", ["1", "22"]), ("data_inlining_row_limit", ["0", "10000"]),
        ("parquet_version", ["1", "2"]),
        ("parquet_row_group_size", ["2048", "10000000"]), ("hive_file_pattern", ["true", "false"]),
        ("target_file_size", ["1MB", "4GiB"]),
        ("rewrite_delete_threshold", ["0", "0.5", "1"]), ("delete_older_than", ["7 days"]),
        ("expire_older_than", ["1 month"]),
        ("auto_compact", ["true", "False"]), ("per_thread_output", ["true", "false"]),
        ("sort_on_insert", ["true", "false"]),
        ("require_commit_message", ["false"]),
      ]
      #expect(Set(values.map(\.0)) == Set(LakeOptionRules.settable))
      for (name, texts) in values {
        for text in texts {
          try await lake.setOption(name, to: text)
          try await lake.execute("CREATE OR REPLACE TABLE t AS SELECT range AS a, 'x' AS b FROM range(3000)")
          try await lake.execute("INSERT INTO t VALUES (1, 'y')")
          try await lake.execute("UPDATE t SET b = 'z' WHERE a < 5")
          try await lake.execute("CALL ducklake_flush_inlined_data('dl')")
          #expect(
            try await lake.query("SELECT count(*) FROM t").fetchOneScalar() == 3001, "\(name) = \(text)")
        }
      }
      let set = Dictionary(try await lake.options().map { ($0.name, $0.value) }, uniquingKeysWith: { $1 })
      #expect(set["parquet_compression"] == "zstd" && set["parquet_compression_level"] == "22")
      let error = await lakeError { try await lake.setOption("parquet_compression", to: "gzip") }
      #expect(error?.code == .settings)
    }
  }

  @Test func optionsHoldForATableToo() async throws {
    try await TestLakes.withLake { lake, _ in
      try await lake.execute("CREATE TABLE t (a INT)")
      try await lake.execute("CREATE VIEW v AS FROM t")
      try await lake.setOption("data_inlining_row_limit", to: "5", table: "t")
      let options = try await lake.options()
      #expect(
        options.contains { $0.name == "data_inlining_row_limit" && $0.scope == "TABLE" && $0.value == "5" })
      let error = await lakeError { try await lake.setOption("data_inlining_row_limit", to: "5") }
      #expect(error?.description.contains("DuckLake 1.0 would crash") == true)
      try await lake.setOption("data_inlining_row_limit", to: "0")
    }
  }

  @Test(arguments: [
    ("target_file_size", "12", "a size of at least 1MB"), ("target_file_size", "big", "a size"),
    ("parquet_version", "3", "one of 1, 2"),
    ("parquet_row_group_size_bytes", "1000000", "makes every INSERT fail"),
    ("version", "2.0", "DuckLake keeps it"),
    ("encrypted", "true", "fixed when a lake is created"), ("data_path", "/x", "set by storage:"),
    ("auto_compact", "yes", "true or false"),
    ("parquet_compression_level", "3", "works with zstd only"),
    ("expire_older_than", "soon", "a time span such as '7 days'"),
    ("rewrite_delete_threshold", "2", "a number from 0 to 1"),
    ("data_inlining_row_limit", "-1", "a whole number from 0"),
    ("targt_file_size", "1MB", "Did you mean 'target_file_size'?"),
    ("write_deletion_vectors", "true", "experimental"),
  ])
  func whatWouldBrickALakeIsRefused(name: String, value: String, text: String) {
    let error = #expect(throws: LakeError.self) {
      try LakeOptionRules.check(name, value, lakeHasViews: false)
    }
    #expect(error?.code == .settings)
    #expect(error?.description.contains(text) == true, "\(error.map(String.init(describing:)) ?? "")")
  }
}
