import Foundation
import Testing

@testable import Terminal

@Suite struct HistoryFileTests {
  @Test func entriesComeBackAsTheyWere() throws {
    let folder = try ScratchFolder()
    let file = HistoryFile(path: folder["history"])
    #expect(try file.load() == [])
    let entries = ["SELECT 1;", "SELECT\n  'a\\n\\'\n;", "SELECT '日本';"]
    for entry in entries { try file.append(entry) }
    #expect(try file.load() == entries)
    #expect(try folder.read("history").split(separator: "\n").count == 3)
  }

  @Test func onlyTheOwnerMayReadIt() throws {
    let folder = try ScratchFolder()
    try folder.write("SELECT 1;\n", to: "history")
    #expect(chmod(folder["history"], 0o644) == 0)
    try HistoryFile(path: folder["history"]).append("SELECT 2;")
    #expect(try folder.mode(of: "history") == 0o600)
    try HistoryFile(path: folder["new"]).append("SELECT 2;")
    #expect(try folder.mode(of: "new") == 0o600)
  }

  @Test func aLongFileIsCutToItsEnd() throws {
    let folder = try ScratchFolder()
    let file = HistoryFile(path: folder["history"], limit: 3)
    for number in 1...7 { try file.append("SELECT \(number);") }
    #expect(try file.load() == ["SELECT 5;", "SELECT 6;", "SELECT 7;"])
    #expect(try folder.read("history") == "SELECT 5;\nSELECT 6;\nSELECT 7;\n")
    #expect(try folder.mode(of: "history") == 0o600)
  }

  @Test func aFolderThatIsNotThereIsAnError() {
    #expect(throws: OutputError.self) { try HistoryFile(path: "/nowhere/history").append("SELECT 1;") }
  }
}
