import Foundation
import LakeSettings
import TestKit
import Testing
import Workspaces

@Suite struct WorkspaceTests {
  @Test func isMadeOnceAndFoundFromBelow() throws {
    let folder = try TemporaryFolder("workspace")
    let made = try Workspace.create(in: folder["ws"])
    #expect(made.lakes == [.embedded(.main, in: folder["ws/.tarn/lakes/main"])])
    #expect(made.home(of: .main) == folder["ws/.tarn/lakes/main"])
    let again = #expect(throws: WorkspaceError.self) { _ = try Workspace.create(in: folder["ws"]) }
    #expect(again?.description == "\(folder["ws/tarn.yaml"]): there is a workspace already")
    try FileManager.default.createDirectory(atPath: folder["ws/a/b"], withIntermediateDirectories: true)
    #expect(try Workspace.find(from: folder["ws/a/b"]).folder == made.folder)
    let none = #expect(throws: WorkspaceError.self) { _ = try Workspace.find(from: folder.path) }
    #expect(
      none?.description
        == "there is no workspace in \(folder.path) or above. Make one with tarn init, or give --workspace DIR"
    )
    let missing = #expect(throws: WorkspaceError.self) { _ = try Workspace(folder: folder.path) }
    #expect(missing?.description == "\(folder["tarn.yaml"]): is not there. Make one with tarn init")
  }

  @Test func errorsNameFileAndLine() throws {
    let folder = try TemporaryFolder("workspace")
    try folder.write("lakes:\n  main:\n    catalg: sqlite\n", to: "tarn.yaml")
    let error = #expect(throws: WorkspaceError.self) { _ = try Workspace(folder: folder.path) }
    #expect(
      error?.description == "\(folder["tarn.yaml"]):3: unknown key lakes.main.catalg. Did you mean 'catalog'?"
    )
  }

  @Test func whatIsNoTextIsRefused() throws {
    let folder = try TemporaryFolder("workspace")
    try Data([0xFF, 0xFE, 0x00, 0xD8, 0x80]).write(to: URL(fileURLWithPath: folder["tarn.yaml"]))
    let binary = #expect(throws: WorkspaceError.self) { _ = try Workspace(folder: folder.path) }
    #expect(
      binary?.description
        == "\(folder["tarn.yaml"]): cannot be read. It must be UTF-8 text, readable for this user")
    try FileManager.default.removeItem(atPath: folder["tarn.yaml"])
    try FileManager.default.createDirectory(atPath: folder["tarn.yaml"], withIntermediateDirectories: false)
    #expect(throws: WorkspaceError.self) { _ = try Workspace(folder: folder.path) }
  }

  /// However a file was cut off, reading it either works or gives one clear line.
  @Test func truncatedFilesNeverTrap() throws {
    let folder = try TemporaryFolder("workspace")
    let whole = try Workspace.create(in: folder["ws"])
    let text = try String(contentsOfFile: whole.file, encoding: .utf8)
    for length in 0..<text.count {
      try folder.write(String(text.prefix(length)), to: "cut/tarn.yaml")
      do { _ = try Workspace(folder: folder["cut"]) } catch { #expect(!error.description.contains("\n")) }
    }
  }

  @Test(arguments: ["  ", "    "])
  func addingALakeKeepsEveryLine(indent: String) throws {
    let folder = try TemporaryFolder("workspace")
    let text = """
      # mine
      lakes:   # all of them
      \(indent)# the first
      \(indent)main:
      \(indent)\(indent)catalog: sqlite # here

      files: [raw/]   # flow style
      """
    try folder.write(text, to: "tarn.yaml")
    let workspace = try Workspace(folder: folder.path)
    let added = try workspace.adding(
      lake: try LakeName("sales"), lines: ["catalog: duckdb", "storage: data"])
    #expect(Set(added.lakes.map(\.name.text)) == ["main", "sales"])
    let after = try folder.read("tarn.yaml").split(separator: "\n", omittingEmptySubsequences: false)
    let before = text.split(separator: "\n", omittingEmptySubsequences: false)
    #expect(after.count == before.count + 3)
    #expect(before.allSatisfy(after.contains))
    let twice = #expect(throws: WorkspaceError.self) {
      _ = try added.adding(lake: try LakeName("sales"), lines: [])
    }
    #expect(twice?.message == "there is a lake 'sales' already")
  }

  @Test func aFileInAnotherFormIsLeftAlone() throws {
    let folder = try TemporaryFolder("workspace")
    for text in ["lakes: {main: {catalog: sqlite}}\n", "{lakes: {main: {catalog: sqlite}}}\n"] {
      try folder.write(text, to: "tarn.yaml")
      let workspace = try Workspace(folder: folder.path)
      #expect(throws: WorkspaceError.self) {
        _ = try workspace.adding(lake: try LakeName("sales"), lines: ["catalog: duckdb"])
      }
      #expect(try folder.read("tarn.yaml") == text)
    }
  }

  @Test(
    arguments: [
      ("512MB", 512_000_000), ("1.5 GiB", 1_610_612_736), ("10", 10), ("2kb", 2000), ("1_000B", 1000),
    ] as [(String, UInt64)])
  func sizesAreRead(text: String, bytes: UInt64) { #expect(Quantity.bytes(text) == bytes) }

  @Test(arguments: ["", "MB", "-1GB", "x", "1e400", "0", "1 XB", "nan", "infGB"])
  func whatIsNoSizeIsNone(text: String) { #expect(Quantity.bytes(text) == nil) }

  @Test func timesAreRead() {
    #expect(Quantity.duration("500ms") == .milliseconds(500))
    #expect(Quantity.duration("1.5m") == .seconds(90))
    #expect(Quantity.duration("30") == .seconds(30))
    #expect(Quantity.duration("2d") == .seconds(172_800))
    for text in ["", "s", "0s", "-1s", "soon", "1y"] { #expect(Quantity.duration(text) == nil) }
  }
}
