import Accounts
import DuckDB
import Foundation
import HTTPClient
import JSON
import Jobs
import SQLText
import Synchronization
import TestKit
import Testing

/// Loads that a server is asked for and a worker runs.
@Suite struct LoadJobTests {
  private let target = "/w/main/load?into=main/sales&table=orders"

  private func post(
    _ lab: ServerLab, _ path: String, _ body: String, type: String = "application/x-ndjson",
    token: String? = nil
  ) async throws -> ServerLab.Answer {
    try await post(lab, path, [UInt8](body.utf8), type: type, token: token)
  }

  private func post(
    _ lab: ServerLab, _ path: String, _ body: [UInt8], type: String, token: String? = nil
  ) async throws -> ServerLab.Answer {
    let url = try #require(URL(string: lab.base.absoluteString + "/api" + path))
    var request = ClientRequest(url: url, method: "POST", headers: [("Content-Type", type)], body: body)
    request.setHeader("Authorization", "Bearer \(token ?? lab.token)")
    request.timeout = .seconds(120)
    let answer = try await lab.transport.send(request)
    let told = ServerLab.Answer(
      status: answer.status, text: String(decoding: answer.body, as: UTF8.self), headers: answer.headers)
    if told.status == 200 { lab.contract.check("POST", "/api" + path, told) }
    return told
  }

  private func rows(_ lab: ServerLab, _ query: String) async throws -> String {
    try await lab.query(query).text
  }

  @Test(arguments: StoreKind.usable) func rowsOfEachKindComeIn(_ kind: StoreKind) async throws {
    try await ServerLab.with(kind) { lab in
      let first = try await post(lab, target, "{\"id\": 1, \"items\": [{\"a\": 1}]}\n{\"id\": 2}\n")
      #expect(first.status == 200, "\(first.text)")
      let told = try #require(first.json?.object)
      #expect(told["tables"]?.text == #"[{"name":"orders","rows":2},{"name":"orders__items","rows":1}]"#)
      #expect(told["repeated"]?.bool == false)
      #expect(
        try await post(lab, target, "[{\"id\": 3}, {\"id\": 4}]", type: "application/json; charset=utf-8")
          .status == 200)
      #expect(try await post(lab, target, "id\n5\n6\n", type: "text/csv").status == 200)
      #expect(try await post(lab, target, "id\tx\n7\ta\n", type: "text/tab-separated-values").status == 200)
      let file = lab.folder["rows.parquet"]
      let database = try await Database.open(.memory)
      let connection = try await database.connect()
      try await connection.execute("COPY (SELECT 8::BIGINT AS id) TO '\(raw: file)' (FORMAT parquet)")
      await connection.close()
      let parquet = [UInt8](try Data(contentsOf: URL(fileURLWithPath: file)))
      #expect(try await post(lab, target, parquet, type: "application/vnd.apache.parquet").status == 200)
      #expect(
        try await rows(lab, "SELECT list(id ORDER BY id)::VARCHAR AS ids FROM sales.orders")
          == #"[{"ids":"[1, 2, 3, 4, 5, 6, 7, 8]"}]"#)
      // As the declared load has it.
      let merged = try await post(
        lab, target + "&strategy=upsert&primary_key=id", "{\"id\": 8, \"x\": \"b\"}\n{\"id\": 9}\n")
      #expect(merged.status == 200, "\(merged.text)")
      #expect(
        try await rows(lab, "SELECT count(*) AS n, max(x) AS x FROM sales.orders") == #"[{"n":9,"x":"b"}]"#)
    }
  }

  @Test func aDeliveryWithAKeyIsWrittenOnce() async throws {
    try await ServerLab.with(workers: 2) { lab in
      let body = "{\"id\": 1}\n{\"id\": 2}\n"
      let first = try await post(lab, target + "&key=day-7", body)
      #expect(first.json?.object?["repeated"]?.bool == false, "\(first.text)")
      let again = try await post(lab, target + "&key=day-7", body)
      #expect(again.status == 200)
      #expect(again.json?.object?["repeated"]?.bool == true)
      #expect(again.json?.object?["snapshot"] == first.json?.object?["snapshot"])
      // Also when several come at the same moment, to two workers.
      let many = (0..<600).map { "{\"id\": \($0)}\n" }.joined()
      let answers = try await withThrowingTaskGroup(of: ServerLab.Answer.self) { group in
        for _ in 0..<4 { group.addTask { try await post(lab, target + "&key=day-8", many) } }
        return try await group.reduce(into: []) { $0.append($1) }
      }
      #expect(answers.map(\.status) == [200, 200, 200, 200], "\(answers.map(\.text))")
      #expect(answers.count { $0.json?.object?["repeated"]?.bool == false } == 1)
      #expect(try await rows(lab, "SELECT count(*) AS n FROM sales.orders") == #"[{"n":602}]"#)
      // Without a key each delivery is one of its own.
      _ = try await post(lab, target, body)
      _ = try await post(lab, target, body)
      #expect(try await rows(lab, "SELECT count(*) AS n FROM sales.orders") == #"[{"n":606}]"#)
    }
  }

  @Test func mistakesAreTold() async throws {
    try await ServerLab.with { lab in
      func expect(
        _ status: Int, _ said: String, _ path: String, _ body: String = "{}\n",
        type: String = "application/x-ndjson"
      )
        async throws
      {
        let answer = try await post(lab, path, body, type: type)
        #expect(answer.status == status, "\(path): \(answer.text)")
        #expect(answer.text.contains(said), "\(path): \(answer.text)")
        #expect(!answer.text.contains("\n"), "\(answer.text)")
      }
      try await expect(400, "Did you mean 'table'?", "/w/main/load?into=main/sales&tabel=orders")
      try await expect(400, "lacks 'into'", "/w/main/load?table=orders")
      try await expect(400, "no rows", target, "")
      try await expect(400, "dollar", target + "&key=$var:u/ann/secret")
      try await expect(415, "text/csv", target, type: "image/png")
      try await expect(422, "line 2 of", target, "{\"id\": 1}\n{\"id\": \n")
      try await expect(422, "upsert", target + "&write_disposition=merge&strategy=upsrt&primary_key=id")
      try await expect(422, "primary_key", target + "&strategy=upsert")
      try await expect(500, "no lake", "/w/main/load?into=other/sales&table=orders", "{\"id\": 1}\n")
      #expect(
        try await rows(lab, "SELECT count(*) AS n FROM duckdb_tables() WHERE schema_name = 'sales'")
          == #"[{"n":0}]"#)
      let runner = try await lab.token(of: .operator)
      #expect(try await post(lab, target, "{\"id\": 1}\n", token: runner).status == 403)
    }
  }

  @Test func aDeclaredLoadIsAJob() async throws {
    try await ServerLab.with { lab in
      try lab.folder.write("{\"id\": 1}\n", to: "in/a.jsonl")
      let declaration = "source: in/*.jsonl\ninto: main/sales\ntable: orders\nincremental: true\n"
      let preview = JSONValue.object(
        JSONObject(pairs: ["language": .string("load"), "content": .string(declaration)]))
      let first = try await lab.send("POST", "/w/main/jobs/run_wait_result/preview", preview)
      #expect(first.status == 200, "\(first.text)")
      #expect(first.json?.object?["tables"]?.text == #"[{"name":"orders","rows":1}]"#)
      try lab.folder.write("{\"id\": 2}\n", to: "in/b.jsonl")
      let begun = try await lab.send("POST", "/w/main/jobs/run/preview", preview)
      let job = try await lab.queue.ended(try #require(JobID(begun.text)), within: .seconds(300))
      #expect(job.state == .success, "\(job.result ?? "")")
      #expect(job.result?.contains(#""skippedFiles":["in/a.jsonl"]"#) == true, "\(job.result ?? "")")
      let log = try await lab.send("GET", "/w/main/jobs_u/get_logs/\(job.id)")
      #expect(log.text.contains("orders 1"), "\(log.text)")
      #expect(
        try await rows(lab, "SELECT list(id ORDER BY id)::VARCHAR AS ids FROM sales.orders")
          == #"[{"ids":"[1, 2]"}]"#)
      // Files that the workspace does not list are out of reach; so is what only a command reads.
      for (source, said) in [
        ("/etc/passwd", "passwd"), ("postgresql://localhost/x", "$res:PATH"), ("\"-\"", "POST /api"),
      ] {
        let wrong = "source: \(source)\ninto: main/sales\ntable: t\nformat: csv\n"
        let answer = try await lab.send(
          "POST", "/w/main/jobs/run_wait_result/preview",
          .object(JSONObject(pairs: ["language": .string("load"), "content": .string(wrong)])))
        #expect(answer.status == 500)
        #expect(answer.text.contains(said), "\(answer.text)")
      }
    }
  }

  /// What is in the server's folder of results: files of rows and drafts of them.
  private func keptFiles(_ lab: ServerLab) -> [String] {
    ((try? FileManager.default.contentsOfDirectory(atPath: lab.folder.path + "/results")) ?? []).sorted()
  }

  @Test func manyRowsPassThroughAFile() async throws {
    try await ServerLab.with { lab in
      // More than stands in a job.
      let padding = String(repeating: "x", count: 1000)
      let count = 40_000
      let body = (0..<count).map { "{\"id\": \($0), \"text\": \"\(padding)\"}\n" }.joined()
      #expect(body.utf8.count > 32 << 20)
      let begun = try await post(lab, target + "&wait=false&key=many", body)
      #expect(begun.status == 201, "\(begun.text)")
      let id = try #require(JobID(begun.text))
      let job = try await lab.queue.ended(id, within: .seconds(120))
      #expect(job.state == .success, "\(job.result ?? "")")
      #expect(
        try await rows(lab, "SELECT count(*) AS n, max(id) AS id, max(length(text)) AS l FROM sales.orders")
          == #"[{"n":40000,"id":39999,"l":1000}]"#)
      try await eventually("the rows are forgotten") { keptFiles(lab).isEmpty }
      // Wrong rows are told as others are, and forgotten too.
      let wrong = try await post(lab, target, body + "{\"id\": \n")
      #expect(wrong.status == 422 && wrong.text.contains("line 40001 of the body"), "\(wrong.text)")
      try await eventually("the rows are forgotten") { keptFiles(lab).isEmpty }
      #expect(try await post(lab, target + "&key=many", body).json?.object?["repeated"]?.bool == true)
      #expect(try await rows(lab, "SELECT count(*) AS n FROM sales.orders") == #"[{"n":40000}]"#)
    }
  }

  @Test func aBodyThatDoesNotEndLeavesNothing() async throws {
    try await ServerLab.with(workers: 0, largestLoad: 4 << 20) { lab in
      let large = [UInt8](repeating: UInt8(ascii: " "), count: 5 << 20)
      #expect(try await post(lab, target, large, type: "application/x-ndjson").status == 413)
      // Also when nobody says beforehand how long it is, and when the client goes away in the middle.
      for goesAway in [false, true] {
        let url = try #require(URL(string: lab.base.absoluteString + "/api" + target))
        let request = ClientRequest(
          url: url, method: "POST",
          headers: [("Content-Type", "application/x-ndjson"), ("Authorization", "Bearer \(lab.token)")])
        let sent = Mutex(0)
        let transport = CurlTransport(maximumConnections: 1)
        let answer = Task {
          try await transport.stream(request) {
            let count = sent.withLock { sent in
              sent += 1
              return sent
            }
            if goesAway, count == 3 {
              try await eventually("what has come so far lies in a file") { !keptFiles(lab).isEmpty }
              throw CancellationError()
            }
            return count > 5 ? nil : [UInt8](repeating: UInt8(ascii: " "), count: 1 << 20)
          }.status
        }
        if goesAway {
          _ = try? await answer.value
        } else {
          #expect(try await answer.value == 413)
        }
        transport.close()
        try await eventually("nothing is left") { keptFiles(lab).isEmpty }
      }
      #expect(try await lab.queue.jobs(of: "main").isEmpty)
    }
  }

  @Test func rowsAreForgottenWithTheEndOfTheirJob() async throws {
    try await ServerLab.with { lab in
      let begun = try await post(lab, target + "&wait=false", "{\"id\": 1}\n")
      #expect(begun.status == 201)
      let id = try #require(JobID(begun.text))
      let job = try await lab.queue.ended(id, within: .seconds(300))
      #expect(job.state == .success)
      #expect(job.arguments == "{}")
      let told = try await lab.send("GET", "/w/main/jobs_u/get/\(id)")
      #expect(told.json?.object?["args"]?.text == "{}")
      #expect(told.json?.object?["language"]?.string == "load")
    }
  }
}
