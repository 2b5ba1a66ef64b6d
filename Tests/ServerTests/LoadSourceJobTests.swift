import Accounts
import DuckDB
import Foundation
import HTTPServer
import JSON
import Jobs
import SQLText
import Synchronization
import TestKit
import Testing

/// Loads that a worker runs, of databases, of REST APIs and of what Python scripts yield.
@Suite struct LoadSourceJobTests {
  private static let token = "token-of-the-api-5d1f"

  private func run(_ declaration: String, _ lab: ServerLab, token: String? = nil) async throws
    -> ServerLab.Answer
  {
    try await lab.query(declaration, language: "load", token: token)
  }

  private func count(_ table: String, _ lab: ServerLab) async throws -> String {
    try await lab.query("SELECT count(*) AS n FROM \(table)").text
  }

  /// Everything that is told of jobs afterwards holds no secret.
  private func expectNowhere(_ secrets: [String], _ lab: ServerLab) async throws {
    var told: [String] = []
    for job in try await lab.queue.jobs(of: "main") {
      for path in ["get/", "completed/get_result_maybe/", "get_logs/"] {
        told.append(try await lab.send("GET", "/w/main/jobs_u/\(path)\(job.id)").text)
      }
    }
    told.append(try await lab.send("GET", "/w/main/audit/list?per_page=1000").text)
    told.append(try await lab.query("FROM duckdb_databases()").text)
    for text in told { for secret in secrets { #expect(!text.contains(secret), "\(text.prefix(500))") } }
    // Nor is a file with one left.
    for case let name as String in FileManager.default.enumerator(atPath: lab.folder.path) ?? .init() {
      guard let bytes = FileManager.default.contents(atPath: lab.folder.path + "/" + name) else { continue }
      for secret in secrets { #expect(bytes.range(of: Data(secret.utf8)) == nil, "\(name)") }
    }
  }

  private func keep(_ name: String, _ value: String, _ lab: ServerLab) async throws {
    try await lab.accounts.createVariable(
      name, of: "main", value: value, isSecret: true, description: "", by: "ann")
  }

  private func keep(script: String, _ content: String, _ lab: ServerLab, language: String = "python3")
    async throws
  {
    let body = JSONObject(pairs: [
      "path": .string(script), "language": .string(language), "content": .string(content),
    ])
    #expect(try await lab.send("POST", "/w/main/scripts/create", .object(body)).status == 201)
  }

  // MARK: Databases

  @Test(.enabled(if: TestPostgreSQL.isInstalled)) func `PostgreSQL, by a resource or field by field`()
    async throws
  {
    try await ServerLab.withDataTable { lab async throws in
      let answer = try await run(
        "source: {postgresql: $res:f/db/main}\ninto: main/shop\ntables: [friend]\n", lab)
      #expect(answer.json?.object?["tables"]?.text == #"[{"name":"friend","rows":1}]"#, "\(answer.text)")
      #expect(
        try await lab.query("SELECT id, name FROM shop.friend").text == #"[{"id":7,"name":"Ann"}]"#)
      let resource = try #require(
        try JSONValue(parsing: try await lab.accounts.resource("f/db/main", of: "main").value).object)
      let fields = """
        source:
          postgresql:
            host: \(resource["host"]?.string ?? "")
            port: \(resource["port"]?.int ?? 0)
            database: \(resource["dbname"]?.string ?? "")
            user: \(resource["user"]?.string ?? "")
            password: $var:f/db/password
            schema: analytics
        into: main/seen
        """
      let visits = try await run(fields, lab)
      #expect(visits.json?.object?["tables"]?.text == #"[{"name":"visit","rows":2}]"#, "\(visits.text)")
      // Queries go on beside it, and later.
      #expect(try await count("seen.visit", lab) == #"[{"n":2}]"#)

      // Somebody else's resource stays closed.
      let developer = try await lab.token(of: .developer)
      try await lab.accounts.createResource(
        "u/ann/db", of: "main", value: JSONValue.object(resource).text, type: "postgresql", description: "",
        by: "ann")
      let refused = try await run(
        "source: {postgresql: $res:u/ann/db}\ninto: main/other\n", lab, token: developer)
      #expect(refused.status != 200 && refused.text.contains("u/ann/db is another's"), "\(refused.text)")

      for (declaration, expected) in [
        ("source: {postgresql: $res:f/db/nothing}\ninto: main/x\n", "there is no resource 'f/db/nothing'"),
        ("source: postgresql://tarn@127.0.0.1/x\ninto: main/x\n", "names its database by a resource"),
        (
          "source: {postgresql: {host: h, database: d, password_env: TARN_TOKEN}}\ninto: main/x\n",
          "password_env names the environment or a file of the machine"
        ),
        (
          "source: {postgresql: {host: /var/run/postgresql, database: d}}\ninto: main/x\n",
          "host names the environment or a file of the machine"
        ),
        (
          "source: {postgresql: {host: h, database: d, password: open-word}}\ninto: main/x\n",
          "password must name a variable: $var:PATH"
        ),
        (
          "source: {postgresql: {host: h, database: d, options: {sslkey: /etc/key}}}\ninto: main/x\n",
          "options.sslkey names the environment or a file of the machine"
        ),
        (
          "source: {postgresql: {host: 127.0.0.1, port: 1, database: d, user: u, password: $var:f/db/password}}\ninto: main/x\n",
          "cannot read postgresql://u@127.0.0.1:1/d"
        ),
      ] {
        let answer = try await run(declaration, lab)
        #expect(answer.status >= 400, "\(declaration)")
        #expect(answer.text.contains(expected), "\(declaration): \(answer.text)")
        #expect(!answer.text.contains("\n"), "\(answer.text)")
      }
      try await expectNowhere([TestPostgreSQL.password], lab)
    }
  }

  @Test(.enabled(if: TestMariaDB.isInstalled)) func `MariaDB`() async throws {
    let server = try await TestMariaDB.start(
      "CREATE TABLE customer(id INT, name VARCHAR(20)); INSERT INTO customer VALUES (1, 'Ada'), (2, 'Bob')")
    try await ServerLab.with { lab in
      try await keep("f/db/word", TestMariaDB.password, lab)
      let resource =
        #"{"host":"127.0.0.1","port":\#(server.port),"database":"shop","user":"reader","password":"$var:f/db/word"}"#
      try await lab.accounts.createResource(
        "f/db/shop", of: "main", value: resource, type: "mysql", description: "", by: "ann")
      let answer = try await run("source: {mysql: $res:f/db/shop}\ninto: main/shop\n", lab)
      #expect(answer.json?.object?["tables"]?.text == #"[{"name":"customer","rows":2}]"#, "\(answer.text)")
      try await expectNowhere([TestMariaDB.password], lab)
    }
  }

  @Test func `files of storages, and no folder of the machine`() async throws {
    try await ServerLab.with { lab in
      _ = try await lab.query("COPY (SELECT range AS id FROM range(3)) TO 's3:///raw/a.csv'")
      _ = try await lab.query("COPY (SELECT range AS id FROM range(4)) TO 's3:///raw/b.csv'")
      let one = try await run("source: s3:///raw/a.csv\ninto: main/files\ntable: t\n", lab)
      #expect(one.json?.object?["tables"]?.text == #"[{"name":"t","rows":3}]"#, "\(one.text)")
      let all = try await run(
        "source: s3:///raw/*.csv\ninto: main/files\ntable: all_of_them\nincremental: true\n", lab)
      #expect(all.json?.object?["tables"]?.text == #"[{"name":"all_of_them","rows":7}]"#, "\(all.text)")
      // The storage's folder lies in the workspace's.
      let again = try await run(
        "source: s3:///raw/*.csv\ninto: main/files\ntable: all_of_them\nincremental: true\n", lab)
      #expect(
        again.json?.object?["skippedFiles"]?.text == #"["storage/raw/a.csv","storage/raw/b.csv"]"#,
        "\(again.text)")
      let missing = try await run("source: s3:///raw/nothing.csv\ninto: main/files\ntable: t\n", lab)
      #expect(missing.status >= 400 && !missing.text.contains(lab.folder.path), "\(missing.text)")
      // What lies in a folder that is not listed is not told either.
      try lab.folder.write("x", to: "private/secret-name.txt")
      for source in [
        "private", lab.folder["private"], "in/../private", "private/*.txt", "in/../private/*", "/etc", "/*",
        "s3:///../private/*",
      ] {
        let answer = try await run("source: \(source)\ninto: main/files\nformat: csv\n", lab)
        #expect(answer.status >= 400, "\(source): \(answer.text)")
        #expect(
          !answer.text.contains("secret-name") && !answer.text.contains("passwd"), "\(source): \(answer.text)"
        )
      }
    }
  }

  @Test func `files of databases, as far as the workspace lists them`() async throws {
    try await ServerLab.with { lab in
      let listed = lab.folder["in/shop.duckdb"]
      try FileManager.default.createDirectory(
        atPath: lab.folder["in"], withIntermediateDirectories: true)
      for path in [listed, lab.folder["hidden.duckdb"]] {
        let database = try await Database.open(.file(path))
        let connection = try await database.connect()
        try await connection.execute("CREATE TABLE item AS SELECT range AS id FROM range(3)")
        await connection.close()
        await database.close()
      }
      let answer = try await run("source: in/shop.duckdb\ninto: main/shop\n", lab)
      #expect(answer.json?.object?["tables"]?.text == #"[{"name":"item","rows":3}]"#, "\(answer.text)")
      try FileManager.default.createSymbolicLink(
        atPath: lab.folder["in/link.duckdb"], withDestinationPath: lab.folder["hidden.duckdb"])
      for path in ["hidden.duckdb", "in/../hidden.duckdb", lab.folder["hidden.duckdb"], "in/link.duckdb"] {
        let answer = try await run("source: {duckdb: \(path)}\ninto: main/other\n", lab)
        #expect(answer.text.contains("is not among the files that the workspace lists"), "\(answer.text)")
      }
      // A lake's own catalog is none of a load's business, be it listed.
      let catalog = try await run("source: {sqlite: lake/catalog.sqlite}\ninto: main/other\n", lab)
      #expect(catalog.text.contains("is not among the files that the workspace lists"), "\(catalog.text)")
    }
  }

  // MARK: REST APIs

  @Test func `a REST API, with its token from a variable`() async throws {
    let seen = Mutex<[String]>([])
    let api = try await HTTPServer.start(HTTPServerConfiguration()) { request in
      let authorization = request.headers["Authorization"] ?? ""
      seen.withLock { $0.append(authorization) }
      guard authorization == "Bearer \(Self.token)" else { return HTTPResponse(status: .unauthorized) }
      return .json([UInt8](#"[{"id": 1, "lines": [{"n": 1}, {"n": 2}]}, {"id": 2, "lines": []}]"#.utf8))
    }
    try await ServerLab.with { lab in
      try await keep("f/api/token", Self.token, lab)
      func declaration(_ auth: String) -> String {
        """
        source:
          rest_api:
            client:
              base_url: http://127.0.0.1:\(api.port)/
        \(auth)
            resources:
              - orders
        into: main/api
        """
      }
      let answer = try await run(declaration("      auth: {token: $var:f/api/token}"), lab)
      #expect(
        answer.json?.object?["tables"]?.text
          == #"[{"name":"orders","rows":2},{"name":"orders__lines","rows":2}]"#, "\(answer.text)")
      #expect(seen.withLock { $0.allSatisfy { $0 == "Bearer \(Self.token)" } && !$0.isEmpty })
      let header = try await run(declaration("      headers: {X-Api-Key: $var:f/api/token}"), lab)
      #expect(header.status >= 400 && header.text.contains("401"), "\(header.text)")
      for (auth, expected) in [
        ("      auth: {token_env: TARN_TOKEN}", "names the environment or a file of the machine"),
        ("      auth: {token_file: /etc/passwd}", "names the environment or a file of the machine"),
        ("      headers: {X-Api-Key: {env: TARN_TOKEN}}", "names the environment or a file of the machine"),
        ("      auth: {token: $var:f/api/nothing}", "there is no variable 'f/api/nothing'"),
        ("      auth: {token: open-word}", "is a secret and may not stand in this file"),
      ] {
        let answer = try await run(declaration(auth), lab)
        #expect(answer.status >= 400, "\(auth)")
        #expect(answer.text.contains(expected), "\(auth): \(answer.text)")
      }
      let file = try await run("source: {rest_api: /etc/hostname}\ninto: main/api\n", lab)
      #expect(file.text.contains("names the environment or a file of the machine"), "\(file.text)")
      try await expectNowhere([Self.token], lab)
    }
    await api.stop()
  }

  // MARK: Scripts

  @Test(.enabled(if: WmillPackage.isInstalled)) func `rows that a Python script yields`() async throws {
    try await ServerLab.with(python: WmillPackage.python) { lab in
      try await keep(
        script: "f/feeds/orders",
        """
        import datetime
        def main(n: int, last_value=None):
            print("yielding")
            for i in range(n):
                yield {"id": i, "day": datetime.date(2026, 1, 1 + i), "tags": ["a", "b"]}
            yield "totals", {"rows": n}
        """, lab)
      let declaration =
        "source: {python: {script: f/feeds/orders, args: {n: 3}}}\ninto: main/feeds\n"
      let answer = try await run(declaration, lab)
      #expect(
        answer.json?.object?["tables"]?.text
          == #"[{"name":"orders","rows":3},{"name":"orders__tags","rows":6},{"name":"totals","rows":1}]"#,
        "\(answer.text)")
      #expect(
        try await lab.query("SELECT max(day)::VARCHAR AS day, typeof(max(day)) AS type FROM feeds.orders")
          .text
          == #"[{"day":"2026-01-03","type":"DATE"}]"#)
      let begun = try await lab.send(
        "POST", "/w/main/jobs/run/preview",
        .object(JSONObject(pairs: ["language": .string("load"), "content": .string(declaration)])))
      let job = try await lab.queue.ended(try #require(JobID(begun.text)), within: .seconds(120))
      #expect(job.state == .success)
      try await lab.log(of: job.id, with: "yielding")

      for (name, content, expected) in [
        ("fails", "def main():\n    yield {'id': 1}\n    1 / 0", "feeds/fails:3: ZeroDivisionError"),
        ("empty", "x = 1", "there is no function 'main' in it"),
        ("odd", "def main():\n    yield {'x': object()}", "a value of type object cannot be loaded"),
        ("exits", "import os\ndef main():\n    yield {'id': 1}\n    os._exit(3)", "the script wrote no rows"),
      ] {
        try await keep(script: "f/feeds/\(name)", content, lab)
        let answer = try await run("source: {python: f/feeds/\(name)}\ninto: main/feeds\n", lab)
        #expect(answer.status >= 400, "\(name)")
        #expect(answer.text.contains(expected), "\(name): \(answer.text)")
        #expect(!answer.text.contains("\n"), "\(answer.text)")
      }
      // Not a file of the machine, and not what is no Python.
      try lab.folder.write("def main():\n    yield {'id': 1}\n", to: "in/feed.py")
      for (source, expected) in [
        ("in/feed.py", "a server's load names a script of the workspace"),
        ("{python: in/feed.py}", "in/feed.py"),
        ("{python: f/feeds/nothing}", "there is no script 'f/feeds/nothing'"),
      ] {
        let answer = try await run("source: \(source)\ninto: main/feeds\n", lab)
        #expect(answer.status >= 400 && answer.text.contains(expected), "\(answer.text)")
      }
      #expect(try await count("feeds.orders", lab) == #"[{"n":6}]"#)
    }
  }

  @Test(.enabled(if: WmillPackage.isInstalled)) func `a script's files are its own`() async throws {
    try await ServerLab.with(python: WmillPackage.python) { lab in
      try lab.folder.write("{\"word\": \"hidden-word-of-the-machine\"}\n", to: "private.jsonl")
      let secret = lab.folder["private.jsonl"]
      let claim =
        #"json.dump({"tables": [{"name": "t", "files": ["001.jsonl"], "format": "jsonl", "rows": 1, "columns": {}}]}, open(rows + "/result.json", "w"))"#
      for (name, body) in [
        ("link", "os.symlink('\(secret)', rows + '/001.jsonl')"),
        (
          "folder",
          "os.rename(rows, rows + '-mine'); os.symlink('\((secret as NSString).deletingLastPathComponent)', rows)"
        ),
        ("pipe", "os.mkfifo(rows + '/001.jsonl')"),
        (
          "up",
          "json.dump({'tables': [{'name': 't', 'files': ['../../../private.jsonl'], 'format': 'jsonl', 'rows': 1, 'columns': {}}]}, open(rows + '/result.json', 'w')); os._exit(0)"
        ),
      ] {
        try await keep(
          script: "f/feeds/\(name)",
          """
          import json, os
          def main():
              rows = os.path.join(os.path.dirname(os.path.abspath(__file__)), "rows")
              \(body)
              \(claim)
              os._exit(0)
          """, lab)
        let answer = try await run("source: {python: f/feeds/\(name)}\ninto: main/feeds\n", lab)
        #expect(answer.status >= 400, "\(name): \(answer.text)")
        #expect(!answer.text.contains("hidden-word-of-the-machine"), "\(answer.text)")
      }
      // Shut in as other scripts are: neither the machine's files nor the worker's environment.
      try await keep(
        script: "f/feeds/look",
        """
        import os
        def main():
            found = []
            for path in ["\(secret)", "/etc/shadow"]:
                try:
                    found.append(open(path).read())
                except OSError as error:
                    found.append(type(error).__name__)
            yield {"found": str(found), "variables": ",".join(sorted(os.environ))}
        """, lab)
      let looked = try await run("source: {python: f/feeds/look}\ninto: main/feeds\n", lab)
      #expect(looked.status == 200, "\(looked.text)")
      let found = try await lab.query("FROM feeds.look").text
      #expect(!found.contains("hidden-word-of-the-machine"), "\(found)")
      #expect(
        try await lab.query(
          "SELECT count(*) AS n FROM duckdb_tables() WHERE schema_name = 'feeds' AND table_name = 't'"
        )
        .text == #"[{"n":0}]"#)
    }
  }
}
