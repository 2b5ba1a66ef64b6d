import Foundation
import TestKit
import Testing

@Suite("tarn load: Python scripts that fail, commands that die", .serialized) struct LoadScriptFailureTests {
  @Test(arguments: [
    (
      "def main():\n  yield {'a': 1}\n  raise ValueError('page 7\\nis bad')\n",
      "feed.py:3: ValueError: page 7 is bad. Nothing was loaded."
    ),
    ("def main(:\n", "feed.py:1: SyntaxError"),
    (
      "import no_such_module\n",
      "feed.py:1: ModuleNotFoundError: No module named 'no_such_module'. Install no_such_module"
    ),
    ("x = 1\n", "feed.py: there is no function 'main' in it"),
    (
      "import os\ndef main():\n  os.kill(os.getpid(), 11)\n",
      "feed.py was ended by signal 11. Nothing was loaded."
    ),
    ("import os\ndef main():\n  os._exit(3)\n", "Python could not run feed.py: exit status 3"),
    ("import sys\ndef main():\n  yield {'a': 1}\n  sys.exit(0)\n", "feed.py: the script ended itself"),
    ("def main():\n  yield {'a': object()}\n", "feed.py: a value of type object cannot be loaded"),
    ("def main():\n  yield {(1, 2): 3}\n", "feed.py: a row cannot be loaded: keys must be str"),
    (
      "def helper():\n  return 1 / 0\ndef main():\n  yield {'a': helper()}\n",
      "feed.py:2: ZeroDivisionError: division by zero"
    ),
  ])
  func `what a script may do`(script: String, said: String) async throws {
    let lab = try CommandLab()
    try lab.folder.write(script, to: "feed.py")
    try await lab.fails("load", "feed.py", "--into", "s", saying: said)
    #expect(try Self.leftovers(lab) == [])
    let tables = try await lab.output(
      "sql", "--json", "SELECT count(*)::INT AS n FROM duckdb_tables() WHERE schema_name = 's'")
    #expect(tables == "[{\"n\":0}]\n")
  }

  @Test func `a script or a Python that is not there`() async throws {
    let lab = try CommandLab()
    try await lab.fails("load", "feed.py", "--into", "s", saying: "there is no script 'feed.py'")
    try lab.folder.write("def main(): yield {}\n", to: "feed.py")
    try await lab.fails(
      "load", "feed.py", "--into", "s", "--python", "no-such-python",
      saying: "there is no program 'no-such-python' to run feed.py. Name another Python.")
    try lab.folder.write("source: {python: {scrpt: feed.py}}\ninto: s\n", to: "l.yaml")
    try await lab.fails("load", "-f", "l.yaml", saying: "l.yaml:1: source.python needs `script:`")
    try lab.folder.write("source: {python: {script: feed.py, arg: {a: 1}}}\ninto: s\n", to: "l.yaml")
    try await lab.fails("load", "-f", "l.yaml", saying: "unknown key source.python.arg. Did you mean 'args'?")
  }

  /// Whatever a lake's settings name as holding a credential, and what Tarn is told by.
  @Test func `credentials of lakes are not in its environment`() async throws {
    let lab = try CommandLab()
    try lab.folder.write(
      """
      lakes:
        main:
          catalog: sqlite
        far:
          storage: {url: s3://bucket/x, key_id_env: FAR_ID, secret_env: FAR_SECRET}
      """, to: "tarn.yaml")
    try lab.folder.write(
      "import os\ndef main():\n  yield {'names': ' '.join(sorted(os.environ)), 'tmp': os.environ['TMPDIR'], 'own': os.environ['OWN_KEY'], 'here': os.path.basename(os.getcwd())}\n",
      to: "feed.py")
    let process = TarnProcess(
      in: lab.folder.path,
      environment: ["FAR_ID": "a", "FAR_SECRET": "b", "TARN_TOKEN": "c", "OWN_KEY": "mine"])
    let loaded = try await process.run("load", "feed.py", "--into", "s")
    #expect(loaded.status == 0, "\(loaded)")
    let found = try await process.run(
      "sql", "--format", "csv",
      "SELECT names || ' ' || tmp || ' ' || own FROM main.s.feed".replacing("main.s", with: "s"))
    for name in ["FAR_ID", "FAR_SECRET", "TARN_TOKEN"] { #expect(!found.output.contains(name), "\(found)") }
    #expect(found.output.contains("OWN_KEY") && found.output.contains("/.tarn/extracts/main/s/"), "\(found)")
  }

  @Test func `what it prints goes to standard error`() async throws {
    let lab = try CommandLab()
    try lab.folder.write(
      "import sys\ndef main():\n  print('to the screen')\n  print(repr(sys.stdin.read()))\n  yield {'a': 1}\n",
      to: "feed.py")
    let outcome = try await lab.tarn("load", "feed.py", "--into", "s", "--json", input: "secret input")
    #expect(outcome.status == 0 && outcome.errors == "to the screen\n''\n", "\(outcome)")
    _ = try JSONSerialization.jsonObject(with: Data(outcome.output.utf8))
  }

  // MARK: Ends

  /// Starts a child of its own, and waits for ever.
  private static let endless = """
    import os, subprocess, sys
    def main():
      child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(1000)"])
      print("READY", os.getpid(), child.pid, "WAITS", flush=True)
      child.wait()
      yield {"a": 1}
    """

  private static func processes(_ text: String) throws -> [Int32] {
    let match = try #require(text.firstMatch(of: #/READY (\d+) (\d+)/#))
    return [Int32(match.1) ?? 0, Int32(match.2) ?? 0]
  }

  /// Waits until a process is gone, or only waits to be asked for its end.
  private static func untilGone(_ process: Int32) async throws {
    try await eventually("process \(process) ends") {
      let stat = try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8)
      return stat.map { $0.split(separator: ")").last?.split(separator: " ").first == "Z" } ?? true
    }
  }

  @Test(arguments: [SIGINT, SIGTERM, SIGKILL])
  func `the whole group ends with the command`(signal: Int32) async throws {
    let lab = try CommandLab()
    try lab.folder.write(Self.endless, to: "feed.py")
    let running = try lab.process.start(["load", "feed.py", "--into", "s"])
    #expect(await running.prints("WAITS"))
    running.signal(signal)
    let outcome = await running.outcome()
    #expect(outcome.status == (signal == SIGKILL ? SIGKILL : 130), "\(outcome)")
    for process in try Self.processes(outcome.errors) { try await Self.untilGone(process) }
    // The same command again finds nothing in its way.
    try lab.folder.write("def main():\n  yield {'a': 1}\n", to: "feed.py")
    try await lab.output("load", "feed.py", "--into", "s")
    if signal != SIGKILL { #expect(try Self.leftovers(lab) == []) }
  }

  @Test func `kill -9 behind the script: its rows are kept, and written once`() async throws {
    let lab = try CommandLab()
    try lab.folder.write(
      "import os, random\ndef main():\n  open('runs', 'a').write('x')\n  yield {'n': random.random()}\n",
      to: "feed.py")
    let faults = try await FaultInjector(in: lab.folder)
    for place in [FaultInjector.Call.write, .unlink] {
      try faults.arm([place], on: [".tarn/loads"], .kill)
      let killed = try await TarnProcess(in: lab.folder.path, environment: faults.environment).run(
        "load", "feed.py", "--into", "s")
      try #require(try faults.fired > 0, "\(killed)")
      let again = try await lab.tarn("load", "feed.py", "--into", "s")
      #expect(again.status == 0 && again.errors.contains("goes on with what was read"), "\(again)")
    }
    #expect(try lab.folder.read("runs") == "xx")
    #expect(try await lab.output("sql", "--json", "SELECT count(*)::INT AS n FROM s.feed") == "[{\"n\":2}]\n")
    #expect(try Self.leftovers(lab) == [])
  }

  // MARK: uv

  @Test(.enabled(if: FileManager.default.isExecutableFile(atPath: uv), "scripts/setup-tests installs uv"))
  func `uv runs a script that names its dependencies`() async throws {
    let lab = try CommandLab()
    try lab.folder.write(
      """
      # /// script
      # requires-python = ">=3.9"
      # dependencies = []
      # ///
      import os, sys
      def main():
        yield {"uv": "uv" in os.environ.get("UV", "") or "/uv/" in sys.prefix or "environments" in sys.prefix}
      """, to: "feed.py")
    let folder = (Self.uv as NSString).deletingLastPathComponent
    let process = TarnProcess(
      in: lab.folder.path,
      environment: [
        "PATH": "\(folder):/usr/bin:/bin", "UV_OFFLINE": "1", "UV_PYTHON_PREFERENCE": "only-system",
        "UV_CACHE_DIR": lab.folder["cache"],
      ])
    let loaded = try await process.run("load", "feed.py", "--into", "s")
    #expect(loaded.status == 0, "\(loaded)")
    #expect(try await lab.output("sql", "--json", "SELECT uv FROM s.feed") == "[{\"uv\":true}]\n")
    try lab.folder.write(
      "# /// script\n# dependencies = ['no-such-package-of-anyone']\n# ///\ndef main(): yield {}\n",
      to: "feed.py")
    let failed = try await process.run("load", "feed.py", "--into", "s")
    #expect(
      failed.status == 1 && failed.errors.contains("uv could not run feed.py: exit status"), "\(failed)")
    // Without uv, the missing module tells of it.
    try lab.folder.write(
      "# /// script\n# dependencies = ['nosuch']\n# ///\nimport nosuch\n", to: "feed.py")
    try await lab.fails(
      "load", "feed.py", "--into", "s", saying: "Install uv, which fetches what the script's header names")
  }

  private static let uv = Checkout.folder + "/.deps/frames-venv/bin/uv"

  private static func leftovers(_ lab: CommandLab) throws -> [String] {
    try [".tarn/extracts/main/s", ".tarn/loads"].flatMap { folder in
      lab.folder.exists(folder) ? try FileManager.default.contentsOfDirectory(atPath: lab.folder[folder]) : []
    }
  }
}
