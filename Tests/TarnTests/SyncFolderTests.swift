import Foundation
import TestKit
import Testing

/// What a folder may hold, and what becomes of it when `tarn pull` dies.
@Suite struct SyncFolderTests {
  @Test func whatIsNobodysIsLeftAlone() async throws {
    let lab = try await SyncLab()
    let git = TarnProcess(in: lab.folder.path, executable: "/usr/bin/git")
    #expect(try await git.run("init", "-q", "a").status == 0)
    let rubbish = [
      "a/README.md": "x", "a/f/team/notes.md": "x", "a/f/team/data.csv": "1", "a/f/team/notes.txt": "x",
      "a/f/team/__pycache__/x.py": "x", "a/f/team/.venv/lib.py": "x", "a/other/x.py": "x",
      "a/.gitignore": "__pycache__/\n.venv\n",
    ]
    for (name, text) in rubbish { try lab.folder.write(text, to: name) }
    try FileManager.default.createSymbolicLink(
      atPath: lab.folder["a/f/team/.venv/link.py"], withDestinationPath: "/etc/passwd")
    try lab.folder.write("x = 1\n", to: "a/f/team/x.py")
    try lab.folder.write("SELECT 1", to: "a/f/team/y.sql")
    let pushed = try await lab.tarn("push", "a")
    #expect(pushed.output == "+ script f/team/x\n+ script f/team/y\n", "\(pushed)")
    // A name that is there stays, whatever the standard one is.
    try await lab.keep("f/team/y", "SELECT 2", language: "duckdb")
    #expect(try await lab.tarn("pull", "a", "--yes").status == 0)
    #expect(try lab.folder.read("a/f/team/y.sql") == "SELECT 2")
    #expect(!lab.folder.exists("a/f/team/y.duckdb.sql"))
    for (name, text) in rubbish { #expect(try lab.folder.read(name) == text) }
    #expect(try await git.run("-C", "a", "status", "--porcelain", "--", ".tarn").output == "")

    // What git ignores is not overwritten either.
    try lab.folder.write("mine\n", to: "a/f/team/kept.py")
    try lab.folder.write("__pycache__/\n.venv\nkept.py\n", to: "a/.gitignore")
    try await lab.keep("f/team/kept", "theirs\n")
    let refused = try await lab.tarn("pull", "a", "--yes")
    #expect(refused.status == 1)
    #expect(
      refused.errorLines.last
        == "tarn: f/team/kept.py is in the way, and is not what the folder holds. Move it away")
    #expect(try lab.folder.read("a/f/team/kept.py") == "mine\n")
    await lab.stop()
  }

  @Test func linksLeadNowhere() async throws {
    let lab = try await SyncLab()
    try await lab.keep("f/team/x", "one = 1\n")
    try lab.folder.write("secret = 1\n", to: "outside/x.py")
    for (name, line) in [("a", "f"), ("b", "f/team"), ("c", "f/team/x.py")] {
      let link = lab.folder["\(name)/\(line)"]
      try FileManager.default.createDirectory(
        atPath: (link as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
      try FileManager.default.createSymbolicLink(
        atPath: link, withDestinationPath: lab.folder[line.hasSuffix(".py") ? "outside/x.py" : "outside"])
      for command in ["push", "pull"] {
        let outcome = try await lab.tarn(command, name, "--yes", "--force")
        #expect(outcome.status == 1)
        #expect(
          outcome.errorLines == [
            "tarn: \(line) is a symbolic link. Put the file itself there, or have git ignore it"
          ])
      }
    }
    #expect(lab.files("outside") == ["x.py": Array("secret = 1\n".utf8)])
    #expect(try await lab.member("content", of: "scripts/get/p/f/team/x") == "one = 1\n")
    await lab.stop()
  }

  @Test func whatCannotBeIsToldInOneLine() async throws {
    let lab = try await SyncLab()
    for (file, text, line) in [
      (
        "f/team/x.script.yaml", "summary: x",
        "f/team/x.script.yaml has no script beside it. Take it away, too, or put the script back"
      ),
      (
        "f/team/a b.py", "x",
        "f/team/a b.py cannot be a script: paths are f/FOLDER/NAME, u/USER/NAME or g/GROUP/NAME, without spaces"
      ),
      ("f/team/x.py", "a\0b", "f/team/x.py is no text in UTF-8"),
      ("f/team/bad.sql", "SELECT 'a", "f/team/bad:1:8: "),
    ] {
      let name = "folder-\(line.count)"
      try lab.folder.write(text, to: "\(name)/\(file)")
      let outcome = try await lab.tarn("push", name)
      #expect(outcome.status == 1)
      #expect(outcome.errorLines.last?.hasPrefix("tarn: " + line) == true, "\(outcome)")
    }
    try lab.folder.write("x", to: "two/f/team/x.py")
    try lab.folder.write("x", to: "two/f/team/x.sh")
    #expect(
      try await lab.tarn("push", "two").errorLines == [
        "tarn: f/team/x.py and f/team/x.sh are one script, 'f/team/x'. Take one away"
      ])
    #expect(try await lab.get("scripts/list").text == "[]")
    await lab.stop()
  }

  /// Killed at any moment, a pull leaves whole files, and the next one goes on.
  @Test func aPullThatIsKilledGoesOn() async throws {
    let lab = try await SyncLab()
    func text(_ index: Int, _ round: Int) -> String {
      String(repeating: "line \(index) of round \(round)\n", count: 500)
    }
    let count = 60
    for round in 0..<4 {
      for index in 0..<count {
        try await lab.keep("f/team/s\(index)", text(index, round), summary: "round \(round)")
      }
      let running = try lab.process().start(["pull", "a", "--yes"])
      let place = lab.folder["a/f/team/s\(round * 17).py"]
      let expected = text(round * 17, round)
      try await eventually("a file is written") {
        (try? String(contentsOfFile: place, encoding: .utf8)) == expected
      }
      kill(running.processID, SIGKILL)
      _ = await running.outcome()
      for (name, bytes) in lab.files("a") where name.hasSuffix(".py") {
        let text = String(decoding: bytes, as: UTF8.self)
        #expect(text.split(separator: "\n").count == 500 && text.hasSuffix("\n"), "\(name) in round \(round)")
      }
      let again = try await lab.tarn("pull", "a", "--yes")
      #expect(again.status == 0, "\(again)")
      for index in 0..<count {
        #expect(try lab.folder.read("a/f/team/s\(index).py") == text(index, round))
        #expect(try lab.folder.read("a/f/team/s\(index).script.yaml") == "summary: round \(round)\n")
      }
      #expect(try await lab.tarn("push", "a").errorLines == ["Nothing to push."])
    }
    await lab.stop()
  }

  @Test func oneAtATime() async throws {
    let lab = try await SyncLab()
    try await lab.keep("f/team/x", "one = 1\n")
    _ = try await lab.tarn("pull", "a")
    let lock = open(lab.folder["a/.tarn/sync.lock"], O_RDWR)
    try #require(flock(lock, LOCK_EX | LOCK_NB) == 0)
    let outcome = try await lab.tarn("pull", "a")
    #expect(outcome.status == 1)
    #expect(outcome.errorLines.last?.contains("another tarn pull or push is at work in ") == true)
    close(lock)
    #expect(try await lab.tarn("pull", "a").status == 0)
    await lab.stop()
  }
}
