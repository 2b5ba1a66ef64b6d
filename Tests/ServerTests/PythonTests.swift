import Foundation
import JSON
import Jobs
import SQLText
import TestKit
import Testing
import Worker

/// Scripts in Python, with the package wmill, in processes of their own.
@Suite(.enabled(if: WmillPackage.isInstalled, "scripts/setup-tests puts the package wmill in place"))
struct PythonTests {
  @Test func resultsAndArguments() async throws {
    try await withPython { lab in
      let answer = try await lab.query(
        """
        import datetime, decimal, math
        def main(n: int, name: str = "Bob", tags=()):
            return {"n": n * 2, "name": name, "tags": tags, "day": datetime.date(2024, 2, 29),
                    "share": decimal.Decimal("1.50"), "nan": math.nan, "bytes": b"\\x00a", "é": "☃", 7: None}
        """, JSONObject(pairs: ["n": .int(21), "tags": .array([.string("a")])]), language: "python3")
      #expect(
        answer.text
          == #"{"n":42,"name":"Bob","tags":["a"],"day":"2024-02-29","share":"1.50","nan":null,"bytes":[0,97],"é":"☃","7":null}"#
      )
      let nothing = try await lab.query("x = 1", language: "python3").text
      #expect(nothing == "null")
    }
  }

  @Test func lakesAreReadAndWrittenByName() async throws {
    try await withPython { lab in
      let answer = try await lab.query(
        """
        import wmill
        def main():
            lake = wmill.ducklake()
            lake.query("CREATE TABLE friend AS SELECT 1 AS id, 'Ann' AS name").execute()
            wmill.set_state({"seen": 1})
            wmill.set_progress(50)
            return lake.query("SELECT * FROM friend WHERE id = $id", id=1).fetch_one(), wmill.get_state()
        """, language: "python3")
      #expect(answer.text == #"[{"id":1,"name":"Ann"},{"seen":1}]"#)
    }
  }

  @Test func errorsTellWhatAndWhere() async throws {
    try await withPython { lab in
      let id = try await submit(
        "def main():\n    helper()\n\ndef helper():\n    raise ValueError('no ☃')", lab)
      let job = try await lab.queue.ended(id, within: .seconds(300))
      let error = job.result.flatMap { try? JSONValue(parsing: $0) }?.object?["error"]?.object
      #expect(job.state == .failure)
      #expect(error?["name"]?.string == "ValueError")
      #expect(error?["message"]?.string == "no ☃")
      #expect(error?["stack"]?.string?.contains("line 5, in helper") == true)
      #expect(error?["stack"]?.string?.contains("python_host") == false)
      for (content, name) in [
        ("def main(:", "SyntaxError"), ("import sys\nsys.exit(3)", "SystemExit"),
        ("def main(a): pass", "BadArguments"), ("import os\nos._exit(5)", "ScriptEnded"),
        ("import os, signal\nos.kill(os.getpid(), signal.SIGKILL)", "ScriptEnded"),
      ] {
        let job = try await lab.queue.ended(try await submit(content, lab), within: .seconds(300))
        #expect(job.state == .failure)
        #expect(job.result?.contains("\"\(name)\"") == true, "\(content): \(job.result ?? "")")
      }
    }
  }

  @Test func nothingOfOneRunIsLeftForTheNext() async throws {
    try await withPython { lab in
      let leave = """
        import builtins, os, sys, json, decimal
        def main():
            builtins.left = 1; os.environ["LEFT"] = "1"; os.chdir("/"); sys.path.append("/left"); json.left = 1
            decimal.getcontext().prec = 3; sys.setrecursionlimit(77)
            open(os.path.join(os.environ["HOME"], "left.txt"), "w").write("left")
            return os.environ["HOME"]
        """
      let home = try await lab.query(leave, language: "python3").json?.string
      #expect(home.map { FileManager.default.fileExists(atPath: $0) } == false)
      let look = """
        import builtins, os, sys, json, decimal
        def main():
            return [hasattr(builtins, "left"), "LEFT" in os.environ, os.getcwd() == os.environ["HOME"], "/left" in sys.path,
                    hasattr(json, "left"), decimal.getcontext().prec, sys.getrecursionlimit() == 77,
                    sorted(os.listdir(os.environ["HOME"]))]
        """
      #expect(
        try await lab.query(look, language: "python3").text
          == #"[false,false,true,false,false,28,false,["arguments.json","log.txt","script.py"]]"#)
    }
  }

  @Test func noCredentialIsInReach() async throws {
    try await withPython { lab in
      let look = """
        import os
        def main():
            mine = dict(os.environ)
            descriptors = [os.readlink(f"/proc/self/fd/{fd}") for fd in os.listdir("/proc/self/fd") if os.path.lexists(f"/proc/self/fd/{fd}")]
            return {"tokens": [v for k, v in mine.items() if v.startswith("tarn_")], "files": descriptors,
                    "parent": parent()}
        def parent():
            try:
                return open(f"/proc/{os.getppid()}/environ").read()
            except PermissionError:
                return ""
        """
      let answer = try await lab.query(look, language: "python3")
      let object = answer.json?.object
      #expect(object?["tokens"]?.array?.isEmpty == true)
      #expect(!answer.text.contains(lab.token))
      #expect(object?["files"]?.array?.contains { $0.string?.contains("sqlite") == true } == false)
    }
  }

  @Test func whatIsPrintedIsLogged() async throws {
    try await withPython { lab in
      let id = try await submit(
        "import sys\ndef main():\n    print('one é')\n    print('two', file=sys.stderr)", lab)
      _ = try await lab.queue.ended(id, within: .seconds(300))
      let log = try await lab.send("GET", "/w/main/jobs_u/get_logs/\(id)").text
      #expect(log == "one é\ntwo\n")
    }
  }

  private static let frames = Checkout.folder + "/.deps/frames-venv/bin/python"

  @Test(
    .enabled(
      if: FileManager.default.isExecutableFile(atPath: frames),
      "scripts/setup-tests puts data frames in place"))
  func whatTakesLongToImportIsThereForTheNext() async throws {
    try await ServerLab.with(python: Self.frames) { lab async throws in
      let look = """
        import os, sys
        before = [name in sys.modules for name in ("numpy", "openpyxl")]
        import numpy, openpyxl
        def main():
            return [*before, int(numpy.arange(3).sum()), os.getcwd() == os.environ["HOME"], "LEFT" in os.environ,
                    os.environ.setdefault("LEFT", "1"), sorted(os.listdir())]
        """
      let files = #"["arguments.json","log.txt","script.py"]"#
      for imported in ["false", "true", "true", "true"] {
        let found = try await lab.query(look, language: "python3").text
        #expect(found == #"[\#(imported),false,3,true,false,"1",\#(files)]"#)
      }
    }
  }

  @Test func scriptsThatFollowAtOnceFindTheirFolders() async throws {
    try await withPython { lab async throws in
      // The processes that wait are given their scripts while they are still being shut in.
      try await withThrowingTaskGroup(of: String.self) { group in
        for number in 0..<60 {
          group.addTask {
            let content =
              "import os\ndef main(): return [\(number), os.path.exists(os.environ['HOME'] + '/script.py')]"
            return try await lab.query(content, language: "python3").text
          }
        }
        var found: Set<String> = []
        for try await text in group { found.insert(text) }
        #expect(found == Set((0..<60).map { "[\($0),true]" }))
      }
    }
  }

  @Test func theirHostIsRenewed() async throws {
    let set: @Sendable (inout Worker.Configuration) -> Void = { $0.limits.scriptsPerHost = 2 }
    try await ServerLab.with(python: WmillPackage.python, set: set) { lab async throws in
      // The parent is a process of this script alone; its parent is the host.
      let look = """
        import os
        def main():
            return int(open(f"/proc/{os.getppid()}/status").read().split("PPid:")[1].split()[0])
        """
      var hosts: [String] = []
      for _ in 0..<5 { hosts.append(try await lab.query(look, language: "python3").text) }
      #expect(hosts[0] == hosts[1] && hosts[2] == hosts[3])
      #expect(Set(hosts).count == 3)
      // The old ones end when nothing of theirs runs.
      for host in Set(hosts.prefix(4)) {
        let process = try #require(Int32(host))
        try await eventually("host \(host) ends") { kill(process, 0) != 0 }
      }
    }
  }

  @Test func aCancelledScriptEndsWithAllThatItStarted() async throws {
    try await withPython { lab in
      // One child leaves the script's group, as a service would.
      let id = try await submit(
        """
        import subprocess, time
        def main():
            children = [subprocess.Popen(["sleep", "600"]), subprocess.Popen(["sleep", "601"], start_new_session=True)]
            print("started", *[child.pid for child in children])
            time.sleep(600)
        """, lab)
      let log = try await lab.log(of: id, with: "\n")
      let children = log.split(whereSeparator: \.isWhitespace).compactMap { Int32($0) }
      #expect(children.count == 2)
      try await lab.queue.cancel(id, by: "ann")
      #expect(try await lab.queue.ended(id, within: .seconds(300)).state == .cancelled)
      for child in children {
        try await eventually("child \(child) ends") { kill(child, 0) != 0 || Self.isZombie(child) }
      }
      #expect(try await lab.query("def main(): return 1", language: "python3").text == "1")
    }
  }

  private static func isZombie(_ process: Int32) -> Bool {
    (try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8))?.contains(") Z ") ?? true
  }

  private func submit(_ content: String, _ lab: ServerLab) async throws -> JobID {
    try await lab.submit(content, language: "python3")
  }

  private func withPython(_ body: @escaping @Sendable (ServerLab) async throws -> Void) async throws {
    try await ServerLab.with(python: WmillPackage.python, body)
  }
}
