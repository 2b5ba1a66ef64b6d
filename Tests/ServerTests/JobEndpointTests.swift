import Accounts
import JSON
import Jobs
import SQLText
import Store
import Testing

/// What scripts reach on the loopback interface of their worker.
@Suite(.enabled(if: WmillPackage.isInstalled, "scripts/setup-tests puts the package wmill in place"))
struct JobEndpointTests {
  @Test func `a script's queries are answered by its worker and become no jobs`() async throws {
    try await ServerLab.with(python: WmillPackage.python) { lab in
      let answer = try await lab.query(
        """
        import os, wmill
        def main():
            lake = wmill.ducklake()
            lake.query("CREATE TABLE t AS SELECT unnest(range(5)) AS i").execute()
            rows = [lake.query("SELECT i FROM t WHERE i = $n", n=n).fetch_one_scalar() for n in range(5)]
            return rows, os.environ["BASE_INTERNAL_URL"] != os.environ["WM_BASE_URL"]
        """, language: "python3")
      #expect(answer.text == "[[0,1,2,3,4],true]")
      let jobs = try await lab.store.read {
        try $0.query("SELECT count(*) AS n FROM job").first?.integer("n")
      }
      #expect(jobs == 1)
    }
  }

  @Test func `errors come as they do from the server`() async throws {
    try await ServerLab.with(python: WmillPackage.python) { lab in
      let script = """
        import os, wmill
        def main(sql, base):
            if base:
                client = wmill.Windmill(base_url=os.environ["WM_BASE_URL"])
                answer = client.client.post(f"{client.base_url}/w/main/jobs/run_inline/preview", json={"content": sql, "language": "duckdb", "args": {}}, timeout=60)
            else:
                client = wmill.Windmill()
                answer = client.client.post(f"{client.base_url}/w/main/jobs/run_inline/preview", json={"content": sql, "language": "duckdb", "args": {}}, timeout=60)
            return answer.status_code, answer.headers["content-type"], answer.text
        """
      for sql in ["SELECT nothing", "SELEC 1", "SELECT 1; ATTACH 'x.db'", "SELECT 1 AS one"] {
        var answers: [String] = []
        for base in [true, false] {
          answers.append(
            try await lab.query(
              script, JSONObject(pairs: ["sql": .string(sql), "base": .bool(base)]), language: "python3"
            ).text)
        }
        #expect(answers[0] == answers[1])
        #expect(answers[0].hasPrefix(sql == "SELECT 1 AS one" ? "[200," : "[500,"), "\(answers[0])")
      }
    }
  }

  @Test func `only a job that runs here is answered`() async throws {
    try await ServerLab.with(python: WmillPackage.python) { lab in
      let answer = try await lab.query(
        """
        import os, httpx
        def main(admin):
            base = os.environ["BASE_INTERNAL_URL"]
            body = {"content": "SELECT 1 AS one", "language": "duckdb", "args": {}}
            def ask(path, headers):
                return httpx.post(f"{base}/api/w/{path}/jobs/run_inline/preview", json=body, headers=headers, timeout=60).status_code
            own = {"Authorization": "Bearer " + os.environ["WM_TOKEN"]}
            return [ask("main", own), ask("main", {}), ask("main", {"Authorization": "Bearer " + admin}),
                    ask("main", {"Authorization": own["Authorization"] + "x"}), ask("other", own)]
        """, JSONObject(pairs: ["admin": .string(lab.token)]), language: "python3")
      #expect(answer.text == "[200,401,401,401,401]")
    }
  }

  @Test func `an operator's script queries, the operator does not`() async throws {
    try await ServerLab.with(python: WmillPackage.python) { lab in
      let created = try await lab.send(
        "POST", "/w/main/scripts/create",
        .object(
          JSONObject(pairs: [
            "path": .string("f/all/count"), "language": .string("python3"), "summary": .string(""),
            "content": .string(
              "import wmill\ndef main():\n    return wmill.ducklake().query('SELECT 42 AS n').fetch_one_scalar()"
            ),
          ])))
      #expect(created.status == 201, "\(created.text)")
      let token = try await lab.token(of: .operator)
      let run = try await lab.send("POST", "/w/main/jobs/run_wait_result/p/f/all/count", token: token)
      #expect(run.text == "42")
      #expect(try await lab.query("SELECT 42 AS n", token: token).status == 403)
    }
  }
}
