import Accounts
import DuckDB
import Foundation
import JSON
import Jobs
import LakeSettings
import TestKit
import Testing

/// Results that are no JSON value, and those that are large.
struct ResultFormatTests {
  private static let rows =
    "SELECT i, 'n' || i AS name, (i / 4)::DECIMAL(10, 2) AS share, [i, NULL] AS list, NULL::DATE AS day FROM range(3) t(i)"

  @Test func `each format has the rows`() async throws {
    try await ServerLab.with { lab async throws in
      let lines = try await lab.query(Self.rows, accept: "application/x-ndjson")
      #expect(
        lines.text == """
          {"i":0,"name":"n0","share":"0.00","list":[0,null],"day":null}
          {"i":1,"name":"n1","share":"0.25","list":[1,null],"day":null}
          {"i":2,"name":"n2","share":"0.50","list":[2,null],"day":null}

          """)
      #expect(lines.type == "application/x-ndjson")
      let csv = try await lab.query(Self.rows, accept: "text/csv")
      #expect(
        csv.text
          == "i,name,share,list,day\n0,n0,0.00,\"[0, NULL]\",\n1,n1,0.25,\"[1, NULL]\",\n2,n2,0.50,\"[2, NULL]\",\n"
      )
      let parquet = try await lab.query(Self.rows, accept: "application/vnd.apache.parquet")
      #expect(parquet.type == "application/vnd.apache.parquet")
      let path = lab.folder.path + "/result.parquet"
      try Data(parquet.bytes).write(to: URL(fileURLWithPath: path))
      let database = try await Database.open()
      let connection = try await database.connect()
      let sql =
        "SELECT sum(i)::VARCHAR || ' ' || sum(share)::VARCHAR || ' ' || typeof(any_value(share)) || ' ' || typeof(any_value(day)) FROM '\(path)'"
      #expect(
        try await connection.query(sql, parameters: .none).scalar()?.stringValue
          == "3 0.75 DECIMAL(10,2) DATE")
      // JSON stays what it is for those who ask for it, or for anything.
      for accept in [nil, "*/*", "application/json", "text/html"] {
        #expect(try await lab.query("SELECT 1 AS one", accept: accept).text == #"[{"one":1}]"#)
      }
    }
  }

  @Test func `what cannot be had in a format is said`() async throws {
    try await ServerLab.with { lab async throws in
      for accept in ["text/csv", "application/vnd.apache.parquet"] {
        let answer = try await lab.query("CREATE TABLE t AS SELECT 1 AS i", accept: accept)
        #expect(
          answer.status == 500 && answer.text.contains("needs a query as the last statement"),
          "\(answer.text)")
      }
      for accept in ["application/x-ndjson", "text/csv", "application/vnd.apache.parquet"] {
        let answer = try await lab.query("SELECT nothing", accept: accept)
        #expect(answer.status == 500 && answer.type.hasPrefix("text/plain"))
        #expect(try await lab.query("SELECT 1", language: "postgresql", accept: accept).status == 406)
      }
      let kept = try? FileManager.default.contentsOfDirectory(atPath: lab.folder.path + "/results")
      #expect(kept ?? [] == [])
    }
  }

  @Test func `grants hold in each format, for loads, and for what passes through files`() async throws {
    try await ServerLab.with { lab async throws in
      _ = try await lab.query("CREATE TABLE orders AS SELECT 1 AS id; CREATE TABLE pay AS SELECT 2 AS id")
      let developer = try await lab.token(of: .developer)
      _ = try await lab.send(
        "POST", "/w/main/grants/create", GrantsOverHTTPTests.body(["select"], "orders", "u/user-developer"))
      for accept in ["application/x-ndjson", "text/csv", "application/vnd.apache.parquet"] {
        #expect(try await lab.query("FROM orders", token: developer, accept: accept).status == 200)
        #expect(try await lab.query("FROM pay", token: developer, accept: accept).status == 403)
      }
      let folder = try await lab.query("SELECT value FROM duckdb_settings() WHERE name = 'temp_directory'")
      let path = try #require(folder.json?.array?.first?.object?["value"]?.string)
      for pattern in ["\(path)/*", "\(path)/result.csv", "\(path)/../*/*.csv"] {
        let answer = try await lab.query("FROM read_csv('\(pattern)')", token: developer)
        #expect(
          answer.status == 403 && answer.text.contains("may not read a lake's own files"), "\(answer.text)")
      }
      let body = JSONValue.array([.object(JSONObject(pairs: ["id": .int(3)]))])
      let rows = try await lab.send(
        "POST", "/w/main/load?into=main/main&table=pay&format=json", body, token: developer)
      #expect(rows.status == 403 && rows.text.contains("may not"), "\(rows.status) \(rows.text)")
      for (declared, status, mark) in [
        ("source: {lake: main/main}\ninto: main/own\n", 403, "may not"),
        (
          "source: \(lab.folder.path)/lake/**/*.parquet\ninto: main/own\ntable: t\n", 500,
          "is not among the files that the workspace lists"
        ),
      ] {
        let answer = try await lab.query(declared, language: "load", token: developer)
        #expect(answer.status == status && answer.text.contains(mark), "\(answer.status) \(answer.text)")
      }
      #expect(try await lab.query("FROM pay").text == #"[{"id":2}]"#)
    }
  }

  @Test func `a large result is kept as a file, with its job`() async throws {
    try await ServerLab.with { lab async throws in
      let sql = "SELECT i, repeat('x', 100) AS text FROM range(20000) t(i)"
      let answer = try await lab.query(sql)
      #expect(answer.json?.array?.count == 20_000)
      let id = try await submit(sql, nil, lab)
      let result = try await lab.send("GET", "/w/main/jobs_u/completed/get_result/\(id)")
      #expect(result.text == answer.text)
      let maybe = try await lab.send("GET", "/w/main/jobs_u/completed/get_result_maybe/\(id)")
      #expect(maybe.json?.object?["result"]?.array?.count == 20_000)
      let job = try await lab.send("GET", "/w/main/jobs_u/get/\(id)").json?.object
      #expect(job?["result"] == nil)
      #expect(job?["result_file"]?.object?["format"]?.string == "json")
      let path = try #require(job?["result_file"]?.object?["path"]?.string)
      #expect(try await lab.send("GET", String(path.dropFirst(4))).text == answer.text)
      let parquet = try await submit(sql, .parquet, lab)
      #expect(
        try await lab.send("GET", "/w/main/jobs_u/completed/get_result/\(parquet)").bytes.prefix(4)
          .elementsEqual("PAR1".utf8))
    }
  }

  @Test(.enabled(if: WmillPackage.isInstalled, "scripts/setup-tests puts the package wmill in place"))
  func `a script gets rows from its worker, without a job`() async throws {
    try await ServerLab.with(python: WmillPackage.python) { lab async throws in
      let answer = try await lab.query(
        """
        import httpx, os
        def main():
            url = os.environ["BASE_INTERNAL_URL"] + "/api/w/main/jobs/run_inline/preview"
            headers = {"Authorization": "Bearer " + os.environ["WM_TOKEN"]}
            body = {"language": "duckdb", "content": "SELECT i FROM range(100000) t(i)", "args": {}}
            total = lines = 0
            with httpx.stream("POST", url, json=body, headers=headers | {"Accept": "application/x-ndjson"}, timeout=60) as answer:
                for line in answer.iter_lines():
                    lines += 1
            csv = httpx.post(url, json=body, headers=headers | {"Accept": "text/csv"}, timeout=60)
            lacking = httpx.post(url, json=body | {"content": "-- $n (bigint)\\nSELECT $n"}, headers=headers)
            return lines, csv.headers["content-type"], len(csv.text.splitlines()), lacking.status_code
        """, language: "python3")
      #expect(answer.text == #"[100000,"text/csv; charset=utf-8",100001,400]"#)
      #expect(try await lab.queue.jobs(of: "main").count == 1)
    }
  }

  private func submit(_ sql: String, _ output: OutputFormat?, _ lab: ServerLab) async throws -> JobID {
    var job = NewJob(workspace: "main", kind: .preview, language: "duckdb", content: sql, createdBy: "ann")
    job.output = output
    let id = try await lab.queue.submit(job).id
    #expect(try await lab.queue.ended(id, within: .seconds(300)).state == .success)
    return id
  }
}

extension ServerLab.Answer {
  var type: String { headers.first { $0.name.lowercased() == "content-type" }?.value ?? "" }
}
