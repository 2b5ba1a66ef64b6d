import Accounts
import Foundation
import HTTPClient
import JSON
import Jobs
import LakeSettings
import Synchronization
import TestKit
import Testing

/// Each way that somebody who may do nearly everything could try to get at a credential: none gives one.
@Suite struct CredentialTests {
  private static let password = "pg-password-4f1c"
  private static let bucketSecret = "bucket-secret-77aa"
  private static let secret = "variable-secret-93be"
  private static let all = [password, bucketSecret, secret]

  /// A lake whose server does not answer, and one in a bucket that does not.
  private static func lakes(_ folder: TemporaryFolder) throws -> [LakeConfiguration] {
    [
      LakeConfiguration(
        name: try LakeName("broken"),
        catalog: .postgresql(
          PostgreSQLCatalog(
            host: "127.0.0.1", port: 1, database: "lake", user: "tarn", password: .value(password))),
        storage: .folder(folder.path + "/broken")),
      LakeConfiguration(
        name: try LakeName("cloud"), catalog: .sqlite(path: folder.path + "/cloud.sqlite"),
        storage: .s3(
          S3Storage(
            bucket: "lakes", endpoint: "127.0.0.1:1", region: "us-east-1", pathStyle: true, useTLS: false,
            keyID: .value("key-id"), secret: .value(bucketSecret)))),
    ]
  }

  private static let statements = [
    // Windmill's two ways first: they showed the password.
    "SELECT path FROM duckdb_databases()", "PRAGMA database_list", "FROM duckdb_databases()",
    "SHOW DATABASES", "FROM duckdb_secrets()",
    "FROM duckdb_secrets(redact => false)", "FROM which_secret('s3://lakes/x', 's3')",
    "FROM duckdb_settings()", "SELECT current_setting('s3_secret_access_key')",
    "SELECT current_setting('s3_access_key_id')", "SELECT getenv('TARN_TOKEN')", "FROM duckdb_logs()",
    "FROM duckdb_extensions()", "FROM duckdb_functions()", "FROM duckdb_variables()",
    "FROM duckdb_temporary_files()", "FROM duckdb_external_file_cache()", "FROM duckdb_dependencies()",
    "FROM duckdb_memory()", "FROM pragma_user_agent()", "SELECT current_query()",
    "ATTACH 'ducklake://broken' AS b; FROM b.t", "FROM broken.main.t", "USE broken",
    "FROM broken.snapshots()", "FROM broken.options()", "EXPLAIN ANALYZE FROM broken.t",
    "ATTACH 'ducklake://cloud' AS c; CREATE TABLE c.t AS SELECT range AS i FROM range(100000)",
    "FROM cloud.options()", "FROM ducklake_list_files('cloud', 't')",
    "FROM read_parquet('s3://lakes/*.parquet')", "FROM 's3://lakes/x.parquet'",
    "COPY (SELECT 1) TO 's3://lakes/x.parquet'", "FROM glob('s3://lakes/**')",
    "FROM __ducklake_metadata_dl.ducklake_metadata", "FROM \"__ducklake_metadata_cloud\".ducklake_metadata",
    "FROM postgres_query('broken', 'SELECT 1')", "FROM duckdb_prepared_statements()",
    "ATTACH '' AS x (TYPE postgres, SECRET tarn_catalog_broken)",
    "ATTACH 'ducklake:postgres:' AS x (META_SECRET 'tarn_catalog_broken')", "CREATE SECRET s (TYPE s3)",
    "LOAD httpfs", "INSTALL x",
    "SET s3_access_key_id = 'x'", "SET enable_logging = true", "PRAGMA enable_profiling",
    "CALL enable_logging()", "SELECT * FROM read_text('/proc/self/environ')",
    "FROM read_blob('/proc/self/cmdline')",
    "FROM read_text('/proc/self/mem')", "FROM read_csv('/etc/passwd')", "COPY (SELECT 1) TO '/tmp/x.csv'",
    "COPY (SELECT 1) TO '/dev/stdout'", "EXPORT DATABASE '/tmp/x'",
    "SELECT json_serialize_plan('FROM cloud.t')", "SELECT json_execute_serialized_sql('{}')",
    "FROM duckdb_approx_database_count()", "CHECKPOINT broken",
  ]

  @Test func noAnswerHasOne() async throws {
    let log = Mutex("")
    let write: @Sendable (String) -> Void = { line in log.withLock { $0 += line + "\n" } }
    let lakes: @Sendable (TemporaryFolder) throws -> [LakeConfiguration] = { try Self.lakes($0) }
    try await ServerLab.with(log: write, lakes: lakes) {
      lab async throws in
      var told: [(String, String)] = []
      let resource =
        #"{"path":"f/db/pg","resource_type":"postgresql","value":{"host":"127.0.0.1","port":1,"dbname":"x","user":"u","password":"$var:u/ann/word"}}"#
      let variable = #"{"path":"u/ann/word","is_secret":true,"value":"\#(Self.secret)"}"#
      #expect(
        try await lab.send("POST", "/w/main/variables/create", try JSONValue(parsing: variable)).status == 201
      )
      #expect(
        try await lab.send("POST", "/w/main/resources/create", try JSONValue(parsing: resource)).status == 201
      )
      for statement in Self.statements { told.append((statement, try await lab.query(statement).text)) }
      // A data table whose server does not answer, by its resource and by its name.
      for database in ["$res:f/db/pg", "datatable://main"] {
        let config =
          #"{"settings":{"datatables":{"main":{"database":{"resource_type":"postgresql","resource_path":"f/db/pg"}}}}}"#
        _ = try await lab.send(
          "POST", "/w/main/workspaces/edit_datatable_config", try JSONValue(parsing: config))
        let answer = try await lab.query(
          "SELECT 1", JSONObject(pairs: ["database": .string(database)]), language: "postgresql")
        #expect(answer.status == 500)
        told.append((database, answer.text))
      }
      // An argument that is a secret, in a query that fails and says what it was given.
      let failing = "-- $w (TEXT)\nSELECT 1 / CAST($w AS INTEGER)"
      let failed = try await lab.query(failing, JSONObject(pairs: ["w": .string("$var:u/ann/word")]))
      #expect(failed.status == 500)
      // All that is told of it afterwards.
      for path in [
        "/w/main/jobs/list?per_page=1000", "/w/main/variables/list", "/w/main/variables/get/u/ann/word",
        "/w/main/resources/list", "/w/main/resources/get/f/db/pg",
        "/w/main/audit/list?per_page=1000", "/openapi.json", "/users/tokens/list",
        "/w/main/workspaces/list_datatables", "/w/main/grants/list", "/users/whoami",
      ] {
        let answer = try await lab.send("GET", path)
        #expect(answer.status == 200, "\(path)")
        told.append((path, answer.text))
      }
      for job in try await lab.queue.jobs(of: "main") where job.content != failing {
        for path in ["get/", "completed/get_result_maybe/", "get_logs/"] {
          told.append((path + job.content, try await lab.send("GET", "/w/main/jobs_u/\(path)\(job.id)").text))
        }
      }
      told.append(("log", log.withLock { $0 }))
      #expect(told.count > 200)
      for (what, text) in told {
        for credential in Self.all { #expect(!text.contains(credential), "\(what): \(text.prefix(300))") }
      }
      // The store holds the secret in no form that could be read.
      let store = try Data(contentsOf: URL(fileURLWithPath: lab.storePath ?? "/dev/null"))
      #expect(store.firstRange(of: Data(Self.secret.utf8)) == nil)
    }
  }

  /// What a script can look at on its machine. Those of its own job are its own.
  @Test(.enabled(if: WmillPackage.isInstalled, "scripts/setup-tests puts the package wmill in place"))
  func noScriptFindsOne() async throws {
    let lakes: @Sendable (TemporaryFolder) throws -> [LakeConfiguration] = { try Self.lakes($0) }
    try await ServerLab.with(python: WmillPackage.python, lakes: lakes) { lab async throws in
      try await lab.accounts.createVariable(
        "u/ann/word", of: "main", value: Self.secret, isSecret: true, description: "", by: "ann")
      let answer = try await lab.query(
        """
        import glob, os
        def main():
            seen = [repr(dict(os.environ)), repr(os.listdir("."))]
            for pattern in ["/proc/*/environ", "/proc/*/cmdline", "/proc/self/fd/*", "/tmp/tarn-*/**/*"]:
                for path in glob.glob(pattern, recursive=True)[:3000]:
                    try:
                        with open(path, "rb") as file:
                            seen.append(file.read(200_000).decode("latin-1"))
                    except OSError:
                        pass
            text = "\\n".join(seen)
            return [len(text) > 100] + [word in text for word in WORDS]
        WORDS = [\(Self.all.map { "\"\($0.prefix(8))\" + \"\($0.dropFirst(8))\"" }.joined(separator: ", "))]
        """, language: "python3")
      #expect(answer.text == "[true,false,false,false]")
    }
  }
}
