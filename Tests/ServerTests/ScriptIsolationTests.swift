import Foundation
import JSON
import Jobs
import TestKit
import Testing
import Worker

/// What scripts cannot reach, where the kernel has Landlock.
@Suite(.enabled(if: Kernel.hasLandlock, "the kernel has Landlock"))
struct ScriptIsolationTests {
  @Test func bashReachesItsOwnFolderAlone() async throws {
    try await ServerLab.with(set: Tools.withBash) { lab async throws in
      let content = """
        secret="$1"
        worker="$2"
        try() { if "$@" > /dev/null 2>&1; then echo "reached: $*"; fi; }
        try cat "$secret"; try ls "$(dirname "$secret")"; try touch "$secret.new"; try rm "$secret"; try ls /root; try ls /home
        try touch /tmp/tarn-escape /var/tmp/tarn-escape /dev/shm/tarn-escape
        try cat "/proc/$worker/environ"; try readlink "/proc/$worker/fd/0"; try readlink "/proc/$worker/exe"; try kill -0 "$worker"; try cat "/proc/$PPID/environ"
        try bash -c 'ln -s "$1" link && cat link' - "$secret"
        echo fine > own.txt; cat own.txt /etc/hostname > /dev/null && awk '/CapEff|NoNewPrivs/ {print $2}' /proc/self/status | tr '\\n' ' ' > result.out
        """
      let (secret, arguments) = try arguments(in: lab)
      let id = try await lab.submit(content, arguments, language: "bash")
      let job = try await lab.queue.ended(id, within: .seconds(300))
      let log = try await lab.send("GET", "/w/main/jobs_u/get_logs/\(id)").text
      #expect(log == "")
      #expect(job.result == #""0000000000000000 1 ""#)
      #expect(try String(contentsOfFile: secret, encoding: .utf8) == "sesame")
    }
  }

  @Test(.enabled(if: WmillPackage.isInstalled, "scripts/setup-tests puts the package wmill in place"))
  func pythonReachesItsOwnFolderAlone() async throws {
    try await ServerLab.with(python: WmillPackage.python) { lab async throws in
      let content = """
        import os, glob, socket, ctypes
        def main(secret, worker):
            attempts = {
                "read": lambda: open(secret).read(), "list": lambda: os.listdir(os.path.dirname(secret)),
                "write": lambda: open(secret + ".new", "w"), "remove": lambda: os.remove(secret),
                "move": lambda: os.rename(secret, "mine"), "link": lambda: os.link(secret, "mine"),
                "truncate": lambda: os.truncate(secret, 0), "homes": lambda: os.listdir("/root"),
                "temporary": lambda: open("/tmp/tarn-escape", "w"),
                "environment": lambda: open(f"/proc/{worker}/environ").read(),
                "files": lambda: os.readlink(f"/proc/{worker}/fd/0"), "memory": lambda: open(f"/proc/{worker}/mem", "rb"),
                "signal": lambda: os.kill(worker, 0), "parent": lambda: os.kill(os.getppid(), 0),
                "others": lambda: [open(name).read() for name in glob.glob(os.path.dirname(os.environ["HOME"]) + "/*/script.py")][1:][0],
                "host": lambda: open(os.path.dirname(os.environ["HOME"]) + "/python/python_host.py", "a"),
                "privileges": lambda: os.setgroups([0]),
            }
            reached = []
            for name, attempt in attempts.items():
                try:
                    attempt()
                    reached.append(name)
                except (OSError, IndexError):
                    pass
            import multiprocessing
            with multiprocessing.Lock():
                open("own.txt", "w").write("fine")
            return reached
        """
      let (secret, arguments) = try arguments(in: lab)
      let id = try await lab.submit(content, arguments, language: "python3")
      let job = try await lab.queue.ended(id, within: .seconds(300))
      #expect(job.result == "[]")
      #expect(try String(contentsOfFile: secret, encoding: .utf8) == "sesame")
    }
  }

  @Test func aFolderThatTheWorkerNamesIsReadAndNotWritten() async throws {
    let folder = try TemporaryFolder("readable", forScripts: true)
    try folder.write("rows", to: "data.txt")
    let path = folder.path
    let set: @Sendable (inout Worker.Configuration) -> Void = {
      $0.bash = "/bin/bash"
      if Tools.hasDeno { $0.deno = Tools.deno }
      $0.limits.readable = [path]
    }
    try await ServerLab.with(set: set) { lab async throws in
      let answer = try await lab.query(
        "folder=\"$1\"; touch $folder/new 2> errors.txt || cat $folder/data.txt",
        JSONObject(pairs: ["folder": .string(path)]), language: "bash")
      #expect(answer.text == #""rows""#)
      guard Tools.hasDeno else { return }
      let content = """
        export function main(folder: string) {
          try { Deno.writeTextFileSync(folder + "/new", ""); return "written" } catch { return Deno.readTextFileSync(folder + "/data.txt") }
        }
        """
      let other = try await lab.query(
        content, JSONObject(pairs: ["folder": .string(path)]), language: "typescript")
      #expect(other.text == #""rows""#)
    }
  }

  @Test func limitsEndTheScriptAlone() async throws {
    let set: @Sendable (inout Worker.Configuration) -> Void = {
      $0.bash = "/bin/bash"
      $0.limits.memory = 256 << 20
      $0.limits.fileSize = 1 << 20
      $0.limits.processorSeconds = 1
    }
    let python = WmillPackage.isInstalled ? WmillPackage.python : nil
    try await ServerLab.with(python: python, set: set) { lab async throws in
      let file = try await lab.query(
        "head -c 3000000 /dev/zero > big || echo $? > result.out; stat -c %s big >> result.out",
        language: "bash")
      #expect(file.text.hasSuffix(#"1048576""#), "\(file.text)")
      let busy = try await lab.query("while :; do :; done", language: "bash")
      #expect(
        busy.text.contains("the script ended by signal 9; most often for lack of memory or processor time"))
      if python != nil {
        let greedy = try await lab.query(
          "def main():\n    return len(bytearray(1 << 30))", language: "python3")
        #expect(greedy.status == 500 && greedy.text.contains("MemoryError"), "\(greedy.text)")
        #expect(try await lab.query("def main(): return 1", language: "python3").text == "1")
      }
    }
  }

  @Test func aJobsTimeIsLimited() async throws {
    try await ServerLab.with(set: Tools.withBash) { lab async throws in
      var job = NewJob(
        workspace: "main", kind: .preview, language: "bash", content: "sleep 600 & sleep 601",
        createdBy: "ann")
      job.timeout = .seconds(1)
      let id = try await lab.queue.submit(job).id
      let ended = try await lab.queue.ended(id, within: .seconds(300))
      #expect(ended.state == .failure)
      #expect(ended.result?.contains("the script ran longer than 1 s and was stopped") == true)
      try await eventually("all processes end") { BashTests.processes(of: id).isEmpty }
    }
  }

  /// A file of somebody else's, and this process, in which the worker runs.
  private func arguments(in lab: ServerLab) throws -> (secret: String, arguments: String) {
    let secret = lab.folder.path + "/secret.key"
    try "sesame".write(toFile: secret, atomically: true, encoding: .utf8)
    let object = JSONObject(pairs: ["secret": .string(secret), "worker": .int(Int(getpid()))])
    return (secret, JSONValue.object(object).text)
  }
}

enum Kernel {
  /// Landlock answers when it is asked for its version; a kernel without it has no such call.
  static let hasLandlock = hasCall()

  private static func hasCall() -> Bool {
    let call = "import ctypes, sys; sys.exit(0 if ctypes.CDLL(None).syscall(444, None, 0, 1) > 0 else 1)"
    return (try? Program.run("/usr/bin/python3", ["-c", call]))?.status == 0
  }
}
