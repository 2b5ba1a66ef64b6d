import Foundation
import HTTPServer
import JSON
import Jobs
import TestKit
import Testing
import Worker

/// Packages of Python scripts, installed by uv from an index of the test's own.
@Suite(.enabled(if: Tools.hasUV && WmillPackage.isInstalled, "make setup puts uv in place"))
struct PythonPackagesTests {
  @Test func importsBringTheirPackages() async throws {
    try await withPackages { lab, _ async throws in
      // `yaml` is in a package of another name; `left_pad` in one that is called alike.
      let content = """
        import json, left_pad
        from yaml import answer
        def main():
            import sys
            return [left_pad.version, answer(), json.dumps(1), sys.prefix != sys.base_prefix]
        """
      #expect(try await lab.query(content, language: "python3").text == #"["2.0",42,"1",true]"#)
      // The worker's own Python is used where it has all: nothing is installed for `wmill`.
      let own = try await lab.query("import wmill\ndef main(): return wmill.__name__", language: "python3")
      #expect(own.text == #""wmill""#)
    }
  }

  @Test func aHeaderChoosesVersions() async throws {
    try await withPackages { lab, _ async throws in
      func version(_ requirement: String) async throws -> String {
        try await lab.query(
          "# /// script\n# requires-python = \">=3.9\"\n# dependencies = [\"\(requirement)\"]\n# ///\nimport left_pad\n"
            + "def main(): return left_pad.version", language: "python3"
        ).text
      }
      #expect(try await version("left-pad==1.0") == #""1.0""#)
      #expect(try await version("left-pad>1") == #""2.0""#)
      #expect(try await version("left-pad==1.0") == #""1.0""#)
    }
  }

  @Test func aPackageRunsNothingOutsideOfTheScript() async throws {
    try await withPackages { lab, _ async throws in
      try? FileManager.default.removeItem(atPath: "/tmp/tarn-pth")
      let answer = try await lab.query(
        "# /// script\n# dependencies = [\"left-pad==1.0\"]\n# ///\nimport left_pad, sys\n"
          + "def main(): return [left_pad.version, sys.executable.startswith(sys.prefix)]",
        language: "python3")
      #expect(answer.text == #"["1.0",true]"#)
      #expect(!FileManager.default.fileExists(atPath: "/tmp/tarn-pth"))
      let id = try await lab.submit(
        "# /// script\n# dependencies = [\"left-pad==1.0\"]\n# ///\nimport left_pad", language: "python3")
      _ = try await lab.queue.ended(id, within: .seconds(300))
      // It was tried, in the sandbox.
      let log = try await lab.send("GET", "/w/main/jobs_u/get_logs/\(id)").text
      #expect(log.contains("tarn-pth"))
    }
  }

  @Test func aSetIsInstalledOnce() async throws {
    try await withPackages { lab, index async throws in
      let content = "import left_pad\ndef main(): return left_pad.version"
      async let first = lab.query(content, language: "python3")
      async let second = lab.query(content, language: "python3")
      _ = try await [first.text, second.text]
      try FileManager.default.removeItem(atPath: index)
      #expect(try await lab.query(content + "  # again", language: "python3").text == #""2.0""#)
    }
  }

  @Test func aPackageThatThereIsNotIsNamed() async throws {
    try await withPackages { lab, _ async throws in
      let id = try await lab.submit("import no_such_package_here\ndef main(): pass", language: "python3")
      let job = try await lab.queue.ended(id, within: .seconds(120))
      #expect(job.state == .failure)
      let error = (try job.result.map { try JSONValue(parsing: $0) })?.object?["error"]?.object
      #expect(error?["name"]?.string == "PackageError")
      let message = error?["message"]?.string ?? ""
      #expect(message.hasPrefix("the script's packages cannot be installed: "), "\(message)")
      #expect(message.contains("no-such-package-here") && !message.contains("\n"), "\(message)")
      #expect(
        try await lab.send("GET", "/w/main/jobs_u/get_logs/\(id)").text == "installing no_such_package_here\n"
      )
    }
  }

  @Test func withoutUVTheMissingPackageIsNamed() async throws {
    try await ServerLab.with(python: WmillPackage.python) { lab in
      let answer = try await lab.query("import left_pad\ndef main(): pass", language: "python3")
      #expect(
        answer.text.contains(
          "the script needs left_pad, which this worker's Python does not have; install uv"))
    }
  }

  /// A worker whose uv has an index with two packages, and a cache of its own.
  private func withPackages(
    _ body: @escaping @Sendable (ServerLab, String) async throws -> Void
  ) async throws {
    let folder = try TemporaryFolder("packages", forScripts: true)
    let index = folder.path + "/index"
    try FileManager.default.createDirectory(atPath: index, withIntermediateDirectories: true)
    let wheels = """
      import sys, zipfile
      for name, version, module, text in (
          ("left_pad", "1.0", "left_pad", "version = '1.0'"), ("left_pad", "2.0", "left_pad", "version = '2.0'"),
          ("PyYAML", "6.0", "yaml", "def answer(): return 42")):
          with zipfile.ZipFile(f"{sys.argv[1]}/{name}-{version}-py3-none-any.whl", "w") as wheel:
              info = f"{name}-{version}.dist-info/"
              wheel.writestr(f"{module}.py", text)
              # Python runs such a line when it begins.
              wheel.writestr(f"{module}.pth", "import os; os.environ['BEGUN'] = os.getcwd(); open('/tmp/tarn-pth', 'w')\\n" if version == "1.0" else "")
              wheel.writestr(info + "METADATA", f"Metadata-Version: 2.1\\nName: {name}\\nVersion: {version}\\n")
              wheel.writestr(info + "WHEEL", "Wheel-Version: 1.0\\nGenerator: test\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
              wheel.writestr(info + "RECORD", "")
      """
    let made = try await TarnProcess(in: folder.path, executable: WmillPackage.python).run(
      "-c", wheels, index)
    try #require(made.status == 0, "\(made)")
    // uv is set to the index by a program of that name, for the environment is this whole process's.
    let uv = folder.path + "/uv"
    try """
    #!/bin/bash
    export UV_OFFLINE=1 UV_NO_INDEX=1 UV_FIND_LINKS='\(index)' UV_CACHE_DIR='\(folder.path)/cache'
    exec '\(Tools.uv)' "$@"
    """.write(toFile: uv, atomically: false, encoding: .utf8)
    try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: uv)
    let set: @Sendable (inout Worker.Configuration) -> Void = { $0.uv = uv }
    try await ServerLab.with(python: WmillPackage.python, set: set) { lab in
      try await body(lab, index)
      withExtendedLifetime(folder) {}
    }
  }
}
