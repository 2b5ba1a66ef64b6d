import Accounts
import Foundation
import JSON
import TestKit
import Testing

/// The package wmill 1.850.0 from PyPI, unmodified, against our server. Its two ways to send SQL depend on the server's name:
/// one for this machine, one for all others.
@Suite(.enabled(if: WmillPackage.isInstalled, "scripts/setup-tests puts the package wmill in place"))
struct WmillTests {
  @Test(arguments: ["127.0.0.1", "LOCALHOST"]) func theClientWorksAsItIs(_ host: String) async throws {
    try await ServerLab.with { lab in
      for (path, content) in [
        ("u/admin/double", "-- $n (BIGINT)\nSELECT 2 * $n AS n"),
        ("u/admin/failing", "SELECT * FROM nothing_there"),
      ] {
        _ = try await lab.accounts.saveScript(
          path, of: "main", language: "duckdb", content: content, summary: "", by: "ann")
      }
      let got = try await Self.call(lab, host: host)
      func text(_ name: String) -> String { got[name]?.text ?? "nothing" }
      #expect(text("execute") == "null")
      #expect(text("insert") == #"[{"Count":1}]"#)
      #expect(
        text("fetch") == #"[{"id":1,"name":"Ann's ☃","born":"1990-02-03","share":"1.50"},"#
          + #"{"id":2,"name":"Bob","born":null,"share":null}]"#)
      #expect(text("fetch_one") == #"{"name":"Bob"}"#)
      #expect(text("fetch_none") == "null")
      #expect(text("fetch_scalar") == "2")
      #expect(text("fetch_empty") == "[]")
      #expect(text("arguments") == #"{"id":3,"name":"a","ok":true,"f":1.5,"n":null,"second":2,"k":"1"}"#)
      #expect(text("all_statements") == #"[{"a":1},{"b":2}]"#)
      #expect(Self.raised(got["wrong"])?.contains("500, ") == true)
      #expect(Self.raised(got["wrong"])?.contains("nowhere") == true)
      #expect(Self.raised(got["unknown_lake"])?.contains("there is no lake 'nothing'") == true)

      #expect(Self.raised(got["no_variable"])?.contains("404, ") == true)
      #expect(text("get_variable") == #""two""#)
      #expect(text("get_resource") == #"{"host":"h","password":"two"}"#)
      #expect(text("no_resource") == "null")
      #expect(text("state_before") == "null")
      #expect(text("state") == #"{"cursor":5}"#)

      #expect(text("run_script") == #"[{"n":42}]"#)
      #expect(Self.raised(got["run_failing"])?.contains("nothing_there") == true)
      #expect(text("get_result") == #"[{"n":8}]"#)
      #expect(text("progress") == "40")
      #expect(text("root_job") == "true")
      #expect(text("version") == "true")
      #expect(text("whoami") == #""ann""#)
    }
  }

  private static func raised(_ value: JSONValue?) -> String? { value?.object?["text"]?.string }

  private static func call(_ lab: ServerLab, host: String) async throws -> JSONObject {
    let outcome = try await Program.finish(
      WmillPackage.python, [Checkout.folder + "/Tests/ServerTests/Wmill/calls.py"],
      environment: [
        "PATH": "/usr/bin:/bin", "HOME": lab.folder.path,
        "BASE_INTERNAL_URL": "http://\(host):\(lab.base.port ?? 0)",
        "WM_TOKEN": lab.token, "WM_WORKSPACE": "main", "WM_STATE_PATH_NEW": "u/admin/state",
        "PYTHONUTF8": "1",
      ])
    return try #require(try JSONValue(parsing: outcome.output).object)
  }
}

enum WmillPackage {
  private static let environment = Checkout.folder + "/.deps/test-venv"
  static let python = environment + "/bin/python"
  static let isInstalled = FileManager.default.fileExists(
    atPath: environment + "/lib/python3.11/site-packages/wmill")
}
