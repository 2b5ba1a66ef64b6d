import Accounts
import Foundation
import JSON
import Jobs
import TestKit
import Testing

/// Our own client in Python (clients/python): its own tests, run against a real server, and `import tarn` in a script.
struct PythonClientTests {
  @Test func againstARealServer() async throws {
    try await ServerLab.with { lab async throws in
      _ = try await lab.accounts.saveScript(
        "u/ann/double", of: "main", language: "duckdb", content: "-- $n (BIGINT)\nSELECT 2 * $n AS n",
        summary: "",
        by: "ann")
      try await lab.accounts.createVariable(
        "u/ann/word", of: "main", value: "sesame", isSecret: true, description: "", by: "ann")
      for host in ["127.0.0.1", "LOCALHOST"] {
        let outcome = try await Self.unittest(
          "tests.test_client.ClientTests",
          [
            "TARN_URL": "http://\(host):\(lab.base.port ?? 0)", "TARN_TOKEN": lab.token,
            "TARN_WORKSPACE": "main",
          ],
          python: "/usr/bin/python3")
        #expect(outcome.status == 0, "\(outcome)")
        #expect(outcome.errors.contains("Ran 6 tests"))
      }
    }
  }

  private static let frames = Checkout.folder + "/.deps/frames-venv/bin/python"

  @Test(
    .enabled(
      if: FileManager.default.isExecutableFile(atPath: frames),
      "scripts/setup-tests puts data frames in place"))
  func dataFrames() async throws {
    let outcome = try await Self.unittest("tests.test_streams", [:], python: Self.frames)
    #expect(outcome.status == 0, "\(outcome)")
    #expect(outcome.errors.contains("Ran 5 tests"))
    try await ServerLab.with { lab async throws in
      let outcome = try await Self.unittest(
        "tests.test_client.FrameTests", ["TARN_URL": lab.base.absoluteString, "TARN_TOKEN": lab.token],
        python: Self.frames)
      #expect(outcome.status == 0, "\(outcome)")
      #expect(outcome.errors.contains("Ran 4 tests"))
    }
  }

  @Test(.enabled(if: WmillPackage.isInstalled, "scripts/setup-tests puts the package wmill in place"))
  func inAScript() async throws {
    try await ServerLab.with(python: WmillPackage.python) { lab async throws in
      let answer = try await lab.query(
        """
        import datetime, tarn
        def main(day: datetime.date):
            lake = tarn.connect().lake()
            lake.query("CREATE TABLE seen (day DATE)").execute()
            lake.query("INSERT INTO seen VALUES ($day)", day=day).execute()
            found = lake.table("seen").one()["day"]
            return [found == day, type(found).__name__]
        """, JSONObject(pairs: ["day": .string("2024-02-29")]), language: "python3")
      #expect(answer.text == #"[true,"date"]"#)
    }
  }

  private static func unittest(
    _ module: String, _ environment: [String: String], python: String
  ) async throws -> TarnProcess.Outcome {
    let folder = Checkout.folder + "/clients/python"
    let process = TarnProcess(
      in: folder, environment: environment.merging(["PYTHONPATH": "src"]) { $1 }, executable: python)
    return try await process.run("-B", "-m", "unittest", module)
  }
}
