import Foundation
import TestKit
import Testing

/// `tarn backup` and `tarn restore`, as a person needs them after a disk is lost.
@Suite struct BackupCommandTests {
  private static func mode(_ path: String) throws -> Int {
    (try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? NSNumber)?.intValue ?? 0
  }

  @Test func aServerComesBackWithItsSecrets() async throws {
    let lab = try UpLab()
    let up = try await lab.start()
    let created = try await lab.post(
      "/w/main/variables/create", #"{"path":"u/admin/word","value":"sesame","is_secret":true}"#, up)
    #expect(created.status == 201)
    #expect(try await lab.tarn.run("member", "add", "bob").status == 0)
    #expect(try await lab.tarn.run("grant", "select", "--on", "main/*", "--to", "u/bob").status == 0)
    // While the server runs and is written to.
    let backup = try await lab.tarn.run("backup", "copy")
    #expect(backup.status == 0, "\(backup)")
    #expect(backup.output == lab.folder.path + "/copy\n")
    for (name, mode) in [("copy", 0o700), ("copy/secret.key", 0o600), ("copy/store.sqlite", 0o600)] {
      #expect(try Self.mode(lab.folder[name]) == mode, "\(name)")
    }
    for name in ["tarn.sqlite", "tarn.sqlite-wal", "secret.key", "token"] {
      #expect(try Self.mode(lab.folder[".tarn/server/" + name]) == 0o600, "\(name)")
    }
    let again = try await lab.tarn.run("backup", "copy")
    #expect(again.status == 1)
    #expect(again.errorLines.count == 1)
    let running = try await lab.tarn.run("restore", "copy", "--replace")
    #expect(running.status == 1)
    #expect(running.errorLines == ["tarn: a server runs in this folder already. Stop it first, or use it."])
    // What comes later is not in it.
    _ = try await lab.post("/w/main/variables/create", #"{"path":"u/admin/late","value":"x"}"#, up)
    up.process.signal(SIGINT)
    _ = await up.process.outcome()

    try FileManager.default.removeItem(atPath: lab.folder[".tarn/server"])
    let restored = try await lab.tarn.run("restore", "copy")
    #expect(restored.status == 0, "\(restored)")
    #expect(restored.errors == "")
    let back = try await lab.start()
    // Tokens are hashes: the old one is good again.
    let value = try await lab.get(
      "/w/main/variables/get_value/u/admin/word",
      .init(process: back.process, address: back.address, token: up.token))
    #expect(value == .init(status: 200, text: #""sesame""#))
    #expect(try await lab.get("/w/main/variables/get_value/u/admin/late", back).status == 404)
    #expect(try await lab.get("/w/main/grants/list", back).text.contains(#""to":"u/bob""#))
    back.process.signal(SIGINT)
    _ = await back.process.outcome()

    // Once more, over what is there: nothing is lost.
    let refused = try await lab.tarn.run("restore", "copy")
    #expect(refused.status == 1)
    let replaced = try await lab.tarn.run("restore", "copy", "--replace")
    #expect(replaced.status == 0, "\(replaced)")
    let kept = try FileManager.default.contentsOfDirectory(atPath: lab.folder[".tarn/server"])
    #expect(kept.contains { $0.hasPrefix("tarn.sqlite.before-restore-") })
    #expect(kept.contains { $0.hasPrefix("secret.key.before-restore-") })
  }

  @Test func aLostKeyIsToldAndTheRestWorks() async throws {
    let lab = try UpLab()
    let up = try await lab.start()
    _ = try await lab.post(
      "/w/main/variables/create", #"{"path":"u/admin/word","value":"sesame","is_secret":true}"#, up)
    up.process.signal(SIGINT)
    _ = await up.process.outcome()
    #expect(try await lab.tarn.run("backup", "copy", "--without-key").status == 0)
    #expect(!FileManager.default.fileExists(atPath: lab.folder["copy/secret.key"]))
    try FileManager.default.removeItem(atPath: lab.folder[".tarn/server/secret.key"])

    let again = try await lab.start()
    let read = try await lab.get("/w/main/variables/get_value/u/admin/word", again)
    #expect(read.status == 500)
    #expect(read.text.contains("does not open with this key"))
    #expect(try await lab.query("SELECT 1 AS x", again).status == 200)
    // Set anew, it opens.
    #expect(
      try await lab.post("/w/main/variables/update/u/admin/word", #"{"value":"new"}"#, again).status == 200)
    #expect(try await lab.get("/w/main/variables/get_value/u/admin/word", again).text == #""new""#)
    again.process.signal(SIGINT)
    let outcome = await again.process.outcome()
    #expect(outcome.errors.contains("1 of 1 variables and resources do not open with this secret key"))
  }

  @Test func whatIsNoBackupIsToldSo() async throws {
    let lab = try UpLab()
    _ = try await lab.start(stopping: true)
    #expect(try await lab.tarn.run("backup", "copy").status == 0)
    for (name, spoil) in [
      ("no-folder", { (_: String) in }),
      ("no-manifest", { try FileManager.default.removeItem(atPath: $0 + "/backup.json") }),
      ("no-store", { try FileManager.default.removeItem(atPath: $0 + "/store.sqlite") }),
      ("no-key", { try FileManager.default.removeItem(atPath: $0 + "/secret.key") }),
      (
        "half-a-store",
        { try FileHandle(forWritingTo: URL(fileURLWithPath: $0 + "/store.sqlite")).truncate(atOffset: 9000) }
      ),
      ("other-text", { try Data("x".utf8).write(to: URL(fileURLWithPath: $0 + "/store.sqlite")) }),
    ] as [(String, (String) throws -> Void)] {
      let copy = lab.folder[name]
      if name != "no-folder" { try FileManager.default.copyItem(atPath: lab.folder["copy"], toPath: copy) }
      try spoil(copy)
      let before = try Data(contentsOf: URL(fileURLWithPath: lab.folder[".tarn/server/tarn.sqlite"]))
      let outcome = try await lab.tarn.run("restore", name, "--replace")
      #expect(outcome.status == 1, "\(name): \(outcome)")
      #expect(outcome.errorLines.count == 1, "\(name): \(outcome)")
      #expect(try Data(contentsOf: URL(fileURLWithPath: lab.folder[".tarn/server/tarn.sqlite"])) == before)
    }
  }
}
