import Accounts
import JSON
import Jobs
import Testing

/// What jobs note for each other, and of the tables that they make.
struct StateTests {
  @Test(.enabled(if: WmillPackage.isInstalled, "scripts/setup-tests puts the package wmill in place"))
  func `the package wmill keeps a run's state`() async throws {
    try await ServerLab.with(python: WmillPackage.python) { lab async throws in
      let answer = try await lab.query(
        """
        import wmill
        def main():
            before = wmill.get_flow_user_state("seen")
            wmill.set_flow_user_state("seen", {"to": [1, None, "é"]})
            wmill.set_flow_user_state("other", 7)
            wmill.set_flow_user_state("other", 8)
            return before, wmill.get_flow_user_state("seen"), wmill.get_flow_user_state("other")
        """, language: "python3")
      #expect(answer.text == #"[null,{"to":[1,null,"é"]},8]"#)
    }
  }

  @Test func `a run's state is its workspace's and its owner's`() async throws {
    try await ServerLab.with(workers: 0) { lab async throws in
      let id = try await lab.queue.submit(
        NewJob(workspace: "main", kind: .preview, language: "duckdb", content: "SELECT 1", createdBy: "ann")
      ).id
      let path = "/w/main/jobs/flow/user_states/\(id)/k"
      #expect(try await lab.send("POST", path, .int(1)).status == 200)
      #expect(try await lab.send("GET", path).text == "1")
      #expect(try await lab.send("GET", path, token: try await lab.token(of: .operator)).status == 404)
      #expect(try await lab.send("GET", path, token: try await lab.token(of: .viewer)).status == 403)
      #expect(try await lab.send("POST", "/w/main/jobs/flow/user_states/\(JobID())/k", .int(1)).status == 404)
    }
  }

  @Test func `what was made of a table is noted once for each part`() async throws {
    try await ServerLab.with(workers: 0) { lab async throws in
      func record(_ partition: String, _ status: String, _ more: String = "") async throws -> Int {
        let text =
          #"{"asset_kind":"ducklake","asset_path":"main/orders","partition":"\#(partition)","status":"\#(status)"\#(more)}"#
        return try await lab.send(
          "POST", "/w/main/assets/record_materialization", try JSONValue(parsing: text)
        ).status
      }
      #expect(try await record("2026-01-02", "failed", #","error":"no rows","snapshot_id":null"#) == 200)
      #expect(try await record("2026-01-01", "materialized", #","snapshot_id":4,"row_count":10"#) == 200)
      #expect(try await record("2026-01-02", "materialized", #","snapshot_id":5,"row_count":0"#) == 200)
      #expect(try await record("2026-01-02", "done") == 400)
      let list = try #require(
        try await lab.send("GET", "/w/main/assets/partitions?path=main/orders").json?.array)
      #expect(list.compactMap { $0.object?["partition"]?.string } == ["2026-01-01", "2026-01-02"])
      #expect(list.compactMap { $0.object?["snapshot_id"]?.int } == [4, 5])
      #expect(list.last?.object?["error"] == .null)
      #expect(try await lab.send("GET", "/w/main/assets/partitions?path=main/other").text == "[]")
    }
  }
}
