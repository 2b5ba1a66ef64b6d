import Accounts
import Foundation
import JSON
import LakeSettings
import TestKit
import Testing

/// Storages by their names in SQL: `s3:///key`, `s3://NAME/key`.
struct NamedStorageTests {
  enum Place: String, CaseIterable, Sendable {
    case folder, bucket

    static var usable: [Place] { TestS3.isInstalled ? allCases : [.folder] }
  }

  private static func with(
    _ place: Place, _ body: @escaping @Sendable (ServerLab) async throws -> Void
  ) async throws {
    let folder = try TemporaryFolder("named")
    let storages: [String: Storage] =
      switch place {
      case .folder: ["other": .folder(folder.path + "/other")]
      case .bucket:
        [Storage.defaultName: .s3(try await TestS3.storage()), "other": .s3(try await TestS3.storage())]
      }
    try await ServerLab.with(storages: storages) { lab in
      defer { withExtendedLifetime(folder) {} }
      try await body(lab)
    }
  }

  @Test(arguments: Place.usable) func `SQL reads and writes them`(place: Place) async throws {
    try await Self.with(place) { lab async throws in
      func rows(_ sql: String, _ arguments: JSONObject = JSONObject(), inline: Bool = false) async throws
        -> String
      {
        let answer = try await lab.query(sql, arguments, inline: inline)
        #expect(answer.status == 200, "\(sql): \(answer.text)")
        return answer.text
      }
      let make = "SELECT i, i % 2 AS part FROM range(10) t(i)"
      _ = try await rows("COPY (\(make)) TO 's3:///new/folder/all.parquet'")
      _ = try await rows("COPY (\(make)) TO 's3://other/hive' (FORMAT parquet, PARTITION_BY (part))")
      _ = try await rows("COPY (SELECT 1 AS a, 'x' AS b) TO 's3://_default_/one.csv'")
      _ = try await rows("COPY (SELECT 2 AS a) TO 'S3:///two.json'")
      #expect(
        try await rows("SELECT sum(i) AS s FROM read_parquet('s3:///new/folder/all.parquet')")
          == #"[{"s":"45"}]"#)
      #expect(try await rows("SELECT count(*) AS c FROM 's3:///new/*/all.parquet'") == #"[{"c":10}]"#)
      #expect(
        try await rows(
          "SELECT part, sum(i) AS s FROM read_parquet('s3://other/hive/*/*.parquet', hive_partitioning = true) GROUP BY ALL ORDER BY ALL"
        ) == #"[{"part":0,"s":"20"},{"part":1,"s":"25"}]"#)
      #expect(
        try await rows("SELECT sum(i) AS s FROM 's3://other/hive/part=1/*.parquet'", inline: true)
          == #"[{"s":"25"}]"#)
      #expect(try await rows("FROM read_csv('s3:///one.csv')") == #"[{"a":1,"b":"x"}]"#)
      #expect(try await rows("FROM read_json(['s3:///two.json', 's3:///two.json'])") == #"[{"a":2},{"a":2}]"#)
      let file = JSONObject(pairs: ["file": .string("s3:///one.csv")])
      #expect(
        try await rows("-- $file (s3object)\nSELECT a FROM read_csv($file)", file) == #"[{"a":1}]"#)
      // Also what a COPY of a table reads, and what a table of a lake is made of.
      _ = try await rows("CREATE TABLE kept AS FROM 's3:///one.csv'; COPY kept FROM 's3:///one.csv'")
      #expect(try await rows("SELECT count(*) AS c FROM kept") == #"[{"c":2}]"#)
      // The same files by the other ways.
      let got = try await lab.send("GET", "/w/main/job_helpers/download_s3_file?file_key=one.csv")
      #expect(got.text == "a,b\n1,x\n")
      // A text that is no file stays as it is.
      #expect(try await rows("SELECT 's3:///one.csv' AS t") == #"[{"t":"s3:///one.csv"}]"#)
    }
  }

  @Test(arguments: Place.usable) func `nothing else comes within reach`(place: Place) async throws {
    try await Self.with(place) { lab async throws in
      try FileManager.default.createDirectory(
        atPath: lab.folder.path + "/storage", withIntermediateDirectories: true)
      try "a\n1\n".write(toFile: lab.folder.path + "/secret.csv", atomically: true, encoding: .utf8)
      try FileManager.default.createSymbolicLink(
        atPath: lab.folder.path + "/storage/out", withDestinationPath: lab.folder.path)
      for sql in [
        "FROM read_csv('s3:///../secret.csv')", "FROM read_csv('s3:///a/../../secret.csv')",
        "FROM read_csv('\(lab.folder.path)/secret.csv')", "FROM glob('s3:///../*')",
        "FROM read_csv('s3://lakes/x.csv')", "FROM 's3://elsewhere/x.parquet'", "FROM glob('s3://lakes/**')",
        "COPY (SELECT 1) TO 's3://lakes/x.csv'", "COPY (SELECT 1) TO 's3://elsewhere/x.csv'",
        "COPY (SELECT 1) TO 's3:///../x.csv'", "FROM read_text('s3:///.tarn-draft-uploads/x')",
        "FROM duckdb_secrets()", "FROM which_secret('s3:///x', 's3')", "CREATE SECRET s (TYPE s3)",
      ] {
        let answer = try await lab.query(sql)
        #expect(answer.status >= 400 || answer.text == "[]", "\(sql): \(answer.text)")
        #expect(!answer.text.contains(TestS3.secret) && !answer.text.contains(TestS3.keyID), "\(sql)")
      }
      #expect(!FileManager.default.fileExists(atPath: lab.folder.path + "/x.csv"))
      if place == .folder {
        for sql in [
          "COPY (SELECT 1) TO 's3:///out/new/x.csv'", "FROM read_csv('s3:///out/secret.csv')",
          "FROM read_csv('s3:///out/*.csv')", "FROM glob('s3:///out/**')",
        ] {
          let out = try await lab.query(sql)
          #expect(out.status == 500 && out.text.contains("leads out of its storage"), "\(sql): \(out.text)")
        }
        #expect(!FileManager.default.fileExists(atPath: lab.folder.path + "/new"))
      }
      // Errors tell names, not places.
      let missing = try await lab.query("FROM 's3:///not/there.parquet'")
      #expect(missing.status == 500)
      #expect(missing.text.contains("s3:///not/there.parquet"), "\(missing.text)")
      let mixed = try await lab.query(
        "-- $f (TEXT)\nSELECT $f FROM read_csv($f)", JSONObject(pairs: ["f": .string("s3:///one.csv")]))
      #expect(mixed.status == 500 && mixed.text.contains("is used as a value, too"), "\(mixed.text)")
    }
  }

  @Test func `a lake's files in a storage are no way around grants`() async throws {
    let folder = try TemporaryFolder("around")
    let storages: [String: Storage] = ["raw": .folder(folder.path)]
    let second = LakeConfiguration(
      name: try LakeName("second"), catalog: .sqlite(path: folder.path + "/second.sqlite"),
      storage: .folder(folder.path + "/data/second"))
    let lakes: @Sendable (TemporaryFolder) throws -> [LakeConfiguration] = { _ in [second] }
    try await ServerLab.with(storages: storages, lakes: lakes) { lab async throws in
      defer { withExtendedLifetime(folder) {} }
      _ = try await lab.query(
        "ATTACH 'ducklake://second' AS s; CREATE TABLE s.t AS SELECT range AS i FROM range(100000)")
      _ = try await lab.query("COPY (SELECT 1 AS a) TO 's3://raw/mine/a.csv'")
      let developer = try await lab.token(of: .developer)
      let all = "SELECT count(*) AS c FROM read_parquet('s3://raw/data/second/**/*.parquet')"
      let download = "/w/main/job_helpers/download_s3_file?storage=raw&file_key=mine/a.csv"
      // Nobody has grants yet: all is open to developers.
      #expect(try await lab.query(all, token: developer).status == 200)
      #expect(try await lab.send("GET", download, token: developer).status == 200)
      _ = try await lab.send(
        "POST", "/w/main/grants/create",
        GrantsOverHTTPTests.body(["select"], "second/other", "u/user-developer"))
      for sql in [
        all, "FROM read_parquet('s3://raw/**/*.parquet')", "FROM glob('s3://raw/**')",
        "FROM read_blob('s3://raw/second.sqlite')",
        "SELECT * FROM read_parquet(['s3://raw/data/second/main/t/x.parquet'])",
      ] {
        let answer = try await lab.query(sql, token: developer)
        #expect(
          answer.status == 403 || answer.status == 500 && !answer.text.contains("["), "\(sql): \(answer.text)"
        )
        #expect(!answer.text.hasPrefix("[{"), "\(sql): \(answer.text)")
      }
      #expect(try await lab.query("FROM 's3://raw/mine/a.csv'", token: developer).text == #"[{"a":1}]"#)
      // The routes for files cannot tell keys apart so well: they refuse the storage.
      #expect(try await lab.send("GET", download, token: developer).status == 403)
      let sign = try JSONValue(parsing: #"{"s3_objects":[{"s3":"mine/a.csv","storage":"raw"}]}"#)
      #expect(
        try await lab.send("POST", "/w/main/apps/sign_s3_objects", sign, token: developer).status == 403)
      #expect(try await lab.send("GET", download).status == 200)
      // Nobody writes over them, whoever it is.
      for target in ["raw/data/second/x.parquet", "raw/data", "raw/"] {
        let over = try await lab.query(
          "COPY (SELECT 1 AS a, 2 AS b) TO 's3://\(target)' (FORMAT parquet, PARTITION_BY (a), OVERWRITE true)"
        )
        #expect(over.status == 500 && over.text.contains("lake's own files"), "\(target): \(over.text)")
      }
      #expect(try await lab.query(all).text == #"[{"c":100000}]"#)
    }
  }

  /// A worker that lacks a credential still runs all that does not need it.
  @Test func `a storage whose credentials are not here is told by its name`() async throws {
    let missing = S3Storage(
      bucket: "b", keyID: .environment("TARN_TEST_NOT_SET"), secret: .environment("TARN_TEST_NOT_SET"))
    try await ServerLab.with(storages: ["far": .s3(missing)]) { lab async throws in
      #expect(try await lab.query("SELECT 1 AS a").text == #"[{"a":1}]"#)
      let answer = try await lab.query("FROM 's3://far/x.parquet'")
      #expect(answer.status == 500)
      #expect(
        answer.text.contains("the storage 'far' cannot be used here: environment variable TARN_TEST_NOT_SET"),
        "\(answer.text)")
    }
  }
}
