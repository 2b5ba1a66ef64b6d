import Foundation
import TestKit
import Testing

/// `tarn pull` and `tarn push`, as a person runs them, with a real server.
@Suite struct SyncCommandTests {
  /// Texts that are easily spoilt on their way.
  private static let texts = [
    "f/team/crlf": "def main():\r\n    return 1\r\n", "f/team/noend": "def main():\n    return 2",
    "f/team/unicode": "# é e\u{301} 日本語 😀 \u{FEFF}\ndef main():\n    pass\n",
    "u/admin/x": "\u{FEFF}x = 1\n\n\n",
  ]

  @Test func aScriptGoesThereAndBack() async throws {
    let lab = try await SyncLab()
    for (path, text) in Self.texts { try await lab.keep(path, text) }
    try await lab.keep("f/team/sum", "SELECT 1 AS x", language: "duckdb", summary: "Adds: all")

    let pulled = try await lab.tarn("pull", "a")
    #expect(pulled.status == 0, "\(pulled)")
    #expect(pulled.output.contains("+ script f/team/crlf\n"))
    for (path, text) in Self.texts {
      #expect(lab.files("a")["\(path).py"] == Array(text.utf8), "\(path)")
    }
    #expect(try lab.folder.read("a/f/team/sum.duckdb.sql") == "SELECT 1 AS x")
    #expect(try lab.folder.read("a/f/team/sum.script.yaml") == "summary: \"Adds: all\"\n")
    #expect(lab.files("a").count == 6)
    #expect(try await lab.tarn("pull", "a").errorLines == ["Nothing to pull."])
    #expect(try await lab.tarn("push", "a").errorLines == ["Nothing to push."])

    // A change becomes a version; what is the same does not.
    let changed = "SELECT 1 AS x,\n  2 AS é\r\n"
    try lab.folder.write(changed, to: "a/f/team/sum.duckdb.sql")
    let pushed = try await lab.tarn("push", "a")
    #expect(pushed.status == 0, "\(pushed)")
    #expect(
      pushed.output == """
        ~ script f/team/sum
            @@ -1 +1,2 @@
            -SELECT 1 AS x
            \\ No newline at end of file
            +SELECT 1 AS x,
            +  2 AS é\\x0D

        """)
    #expect(pushed.errorLines == ["Pushed 1 change to \(lab.up.address) main."])
    #expect(try await lab.member("content", of: "scripts/get/p/f/team/sum").utf8.elementsEqual(changed.utf8))
    #expect(try await lab.get("scripts/get/p/f/team/sum").text.contains(#""version":2,"#))
    #expect(try await lab.get("scripts/get/p/f/team/crlf").text.contains(#""version":1,"#))
    #expect(try await lab.member("summary", of: "scripts/get/p/f/team/sum") == "Adds: all")
    await lab.stop()
  }

  @Test func conflictsAreNamedAndRefused() async throws {
    let lab = try await SyncLab()
    try await lab.keep("f/team/x", "one = 1\n")
    _ = try await lab.tarn("pull", "a")
    try await lab.keep("f/team/x", "theirs = 2\n")
    try lab.folder.write("mine = 3\n", to: "a/f/team/x.py")
    try lab.folder.write("new = 1\n", to: "a/f/team/new.py")

    let push = try await lab.tarn("push", "a", "--yes")
    #expect(push.status == 1)
    #expect(
      push.errorLines.last
        == "tarn: changed on the server and here since they were the same: script f/team/x. Nothing was pushed. tarn pull --force takes the server's, tarn push --force yours"
    )
    #expect(push.output.contains("! conflict script f/team/x\n"))
    #expect(try await lab.member("content", of: "scripts/get/p/f/team/x") == "theirs = 2\n")
    #expect(try await lab.get("scripts/get/p/f/team/new").status == 404)
    let pull = try await lab.tarn("pull", "a", "--yes")
    #expect(pull.status == 1)
    #expect(try lab.folder.read("a/f/team/x.py") == "mine = 3\n")

    // By force, and not without a terminal or a yes.
    let forced = try await lab.tarn("push", "a", "--force")
    #expect(forced.status == 1)
    #expect(
      forced.errorLines.last?.contains("this overwrites something, and there is no terminal to ask on")
        == true)
    #expect(try await lab.tarn("push", "a", "--force", "--yes").status == 0)
    #expect(try await lab.member("content", of: "scripts/get/p/f/team/x") == "mine = 3\n")
    try await lab.keep("f/team/x", "theirs = 4\n")
    try lab.folder.write("mine = 5\n", to: "a/f/team/x.py")
    #expect(try await lab.tarn("pull", "a", "--force", "--yes").status == 0)
    #expect(try lab.folder.read("a/f/team/x.py") == "theirs = 4\n")
    // What the server alone has changed waits for a pull.
    try await lab.keep("f/team/x", "theirs = 6\n")
    let behind = try await lab.tarn("push", "a")
    #expect(behind.status == 0)
    #expect(behind.errorLines.first == "1 item has changed on the server alone: tarn pull brings it")
    #expect(try await lab.member("content", of: "scripts/get/p/f/team/x") == "theirs = 6\n")
    await lab.stop()
  }

  @Test func nothingIsRemovedUnasked() async throws {
    let lab = try await SyncLab()
    for path in ["f/team/x", "f/team/y"] { try await lab.keep(path, "one = 1\n") }
    _ = try await lab.tarn("pull", "a")
    try FileManager.default.removeItem(atPath: lab.folder["a/f/team/x.py"])
    let refused = try await lab.tarn("push", "a")
    #expect(refused.status == 1)
    #expect(
      refused.errorLines.last
        == "tarn: this removes something, and there is no terminal to ask on. Nothing was pushed. Look at --dry-run, then give --yes"
    )
    #expect(try await lab.get("scripts/get/p/f/team/x").status == 200)

    let dry = try await lab.tarn("push", "a", "--dry-run")
    #expect(dry.status == 0)
    #expect(dry.output == "- script f/team/x\n")
    let json = try await lab.tarn("push", "a", "--dry-run", "--json")
    #expect(json.status == 0)
    #expect(
      json.output
        == #"{"behind":[],"changes":[{"change":"removed","diff":"@@ -1 +0,0 @@\n-one = 1\n","kind":"script","overwrites":false,"path":"f/team/x"}],"conflicts":[],"direction":"push","isDone":false,"notes":[],"workspace":"main"}"#
        + "\n")
    #expect(try await lab.get("scripts/get/p/f/team/x").status == 200)
    #expect(try await lab.tarn("push", "a", "--yes").status == 0)
    #expect(try await lab.get("scripts/get/p/f/team/x").status == 404)

    // A dry run leaves nothing behind, not even a folder.
    #expect(try await lab.tarn("pull", "b", "--dry-run").status == 0)
    #expect(!lab.folder.exists("b"))
    // Renamed: one goes, one comes.
    try FileManager.default.moveItem(atPath: lab.folder["a/f/team/y.py"], toPath: lab.folder["a/f/team/z.py"])
    #expect(
      try await lab.tarn("push", "a", "--yes").output == "+ script f/team/z\n- script f/team/y\n")
    // What was never here is left alone, but for --prune.
    try await lab.keep("f/team/other", "one = 1\n")
    #expect(try await lab.tarn("push", "a", "--yes").status == 0)
    #expect(try await lab.get("scripts/get/p/f/team/other").status == 200)
    #expect(try await lab.tarn("push", "a", "--yes", "--prune").status == 0)
    #expect(try await lab.get("scripts/get/p/f/team/other").status == 404)
    // On the other side, too.
    try lab.folder.write("new = 1\n", to: "a/f/team/deep/new.py")
    #expect(try await lab.tarn("pull", "a", "--prune").status == 1)
    #expect(try await lab.tarn("pull", "a", "--prune", "--yes").status == 0)
    #expect(!lab.folder.exists("a/f/team/deep"))
    await lab.stop()
  }

  @Test func secretsStayOnTheServer() async throws {
    let lab = try await SyncLab()
    try await lab.post(
      "variables/create",
      ["path": "f/team/key", "value": "sesame-1", "is_secret": true, "description": "opens"])
    try await lab.post("variables/create", ["path": "f/team/plain", "value": "word", "is_secret": false])
    try await lab.post(
      "resources/create",
      [
        "path": "f/team/db", "resource_type": "postgresql", "description": "",
        "value": ["host": "one", "password": "sesame-2", "user": "$var:f/team/plain"],
      ])
    var shown = try await lab.tarn("pull", "a", "--diff").description
    #expect(try lab.folder.read("a/f/team/key.variable.yaml") == "description: opens\nis_secret: true\n")
    #expect(try lab.folder.read("a/f/team/plain.variable.yaml") == "value: word\n")
    let file = try lab.folder.read("a/f/team/db.resource.yaml")
    #expect(file.contains("password: $kept\n") && file.contains("user: $var:f/team/plain\n"), "\(file)")

    // What is masked stays as it is; what is not is changed.
    try lab.folder.write(file.replacing("host: one", with: "host: two"), to: "a/f/team/db.resource.yaml")
    try lab.folder.write("description: opened\nis_secret: true\n", to: "a/f/team/key.variable.yaml")
    shown += try await lab.tarn("push", "a").description
    let value = try await lab.get("resources/get_value/f/team/db").text
    #expect(value.contains(#""host":"two""#) && value.contains(#""password":"sesame-2""#), "\(value)")
    #expect(try await lab.get("variables/get_value/f/team/key").text == #""sesame-1""#)
    #expect(try await lab.member("description", of: "variables/get/f/team/key") == "opened")

    // One that somebody writes into a file goes to the server, and is not shown.
    try lab.folder.write(
      file.replacing("$kept", with: "sesame-3").replacing("host: one", with: "host: two"),
      to: "a/f/team/db.resource.yaml")
    shown += try await lab.tarn("push", "a", "--diff").description
    #expect(try await lab.get("resources/get_value/f/team/db").text.contains("sesame-3"))
    #expect(try await lab.tarn("push", "a").errorLines == ["Nothing to push."])
    shown += try await lab.tarn("pull", "b", "--json").description
    for (name, bytes) in lab.files("b") { shown += "\(name) " + String(decoding: bytes, as: UTF8.self) }
    shown += try String(contentsOfFile: lab.folder["a/.tarn/sync.json"], encoding: .utf8)
    try lab.folder.write("is_secret: true\nvalue: sesame-4\n", to: "a/f/team/key.variable.yaml")
    let refused = try await lab.tarn("push", "a")
    #expect(refused.status == 1)
    shown += refused.description
    #expect(!shown.contains("sesame"), "\(shown)")
    await lab.stop()
  }

  @Test func onlyThoseWhoMayWritePush() async throws {
    let lab = try await SyncLab()
    try await lab.keep("f/team/x", "one = 1\n")
    try await lab.post("variables/create", ["path": "f/team/v", "value": "word", "is_secret": false])
    _ = try await lab.tarn("pull", "a")
    try lab.folder.write("two = 2\n", to: "a/f/team/x.py")
    for (role, status) in [("viewer", 1), ("operator", 0)] {
      try await lab.post("users/add", ["username": role, "email": "\(role)@x.org", "role": role])
      let token = try await lab.lab.tarn.run("token", "create", "--user", role).output
        .trimmingCharacters(in: .newlines)
      let pushed = try await lab.tarn(["push", "a"], token: token)
      #expect(pushed.status == 1)
      let takes = role == "viewer" ? "operator" : "developer"
      let line = "the server answers 403: role '\(role)' may not do this; it takes '\(takes)' at least"
      #expect(pushed.errorLines.last?.hasSuffix(line) == true, "\(pushed)")
      #expect(try await lab.tarn(["pull", "of-\(role)"], token: token).status == status)
    }
    #expect(try await lab.member("content", of: "scripts/get/p/f/team/x") == "one = 1\n")
    let unknown = try await lab.tarn(["push", "a"], token: "wrong")
    #expect(unknown.errorLines == ["tarn: the server answers 401: this token is not known, or has expired"])
    let elsewhere = try await lab.tarn("push", "a", "--server", "http://127.0.0.1:1")
    #expect(elsewhere.status == 1)
    #expect(
      elsewhere.errorLines.first?.hasPrefix("tarn: the server at http://127.0.0.1:1 cannot be reached")
        == true)
    for (arguments, variable, line) in [
      (
        ["push", "--server", "x"], "TARN_URL", "'x' is no address of a server, such as http://127.0.0.1:8900"
      ),
      (["push"], "TARN_URL", "which server? Give --server URL, or set TARN_URL"),
      (["pull"], "TARN_TOKEN", "which token? Give --token-file FILE, or set TARN_TOKEN"),
    ] {
      var environment = ["TARN_URL": lab.up.address, "TARN_TOKEN": "x"]
      environment[variable] = nil
      let outcome = try await TarnProcess(in: lab.folder.path, environment: environment).run(arguments)
      #expect(outcome.status == 2)
      #expect(outcome.errorLines == ["tarn: " + line])
    }
    await lab.stop()
  }

  /// On a terminal: colours, and a question before anything is changed.
  @Test func aPersonIsAsked() async throws {
    let lab = try await SyncLab()
    try await lab.keep("f/team/x", "one = 1\n")
    _ = try await lab.tarn("pull", "a")
    try lab.folder.write("two = 2\n", to: "a/f/team/x.py")
    // Has a terminal of its own for what it runs.
    let script = TarnProcess(
      in: lab.folder.path,
      environment: [
        "TARN_URL": lab.up.address, "TARN_TOKEN": lab.up.token, "TERM": "xterm", "SHELL": "/bin/sh",
      ],
      executable: "/usr/bin/script")
    let push = ["-qec", "\(Checkout.binary) push a", "/dev/null"]
    let refused = try await script.run(push, input: "n\n")
    #expect(refused.status == 1, "\(refused)")
    #expect(refused.output.contains("Push to \(lab.up.address) main? [y/N] "))
    #expect(refused.output.contains("\u{1B}[33m~ script f/team/x\u{1B}[0m"))
    #expect(refused.output.contains("tarn: nothing was pushed"))
    #expect(try await lab.member("content", of: "scripts/get/p/f/team/x") == "one = 1\n")
    let done = try await script.run(push, input: "y\n")
    #expect(done.status == 0, "\(done)")
    #expect(try await lab.member("content", of: "scripts/get/p/f/team/x") == "two = 2\n")
    await lab.stop()
  }
}
