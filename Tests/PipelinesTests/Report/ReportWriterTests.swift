import Foundation
import TestKit
import Testing

@testable import Pipelines

@Suite("Writing report files")
struct ReportWriterTests {
  @Test("files are written below the folder, and replaced")
  func writes() throws {
    let folder = try TemporaryFolder("report")
    let file = ReportFile(relativePath: "reports/retail/a.svg", contents: "one ä")
    #expect(try ReportWriter.write([file], below: folder["out"]) == [folder["out/reports/retail/a.svg"]])
    #expect(try folder.read("out/reports/retail/a.svg") == "one ä")
    try ReportWriter.write(
      [ReportFile(relativePath: "reports/retail/a.svg", contents: "two")], below: folder["out"])
    #expect(try folder.read("out/reports/retail/a.svg") == "two")
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder["out/reports/retail"]) == ["a.svg"])
  }

  @Test(
    "a path that leads out of the folder is refused before anything is written",
    arguments: ["../x.md", "a/../../x.md", "/etc/x.md", "", "a//b.md", "./a.md", "a\u{0}b.md", "a/.."])
  func refuses(path: String) throws {
    let folder = try TemporaryFolder("report")
    let error = #expect(throws: ReportWriteError.self) {
      try ReportWriter.write(
        [ReportFile(relativePath: "fine.md", contents: ""), ReportFile(relativePath: path, contents: "")],
        below: folder["out"])
    }
    #expect(error?.code == .pathRefused)
    #expect(error?.path == path)
    #expect(!folder.exists("out"))
  }

  @Test("links do not lead out of the folder either")
  func links() throws {
    let folder = try TemporaryFolder("report")
    try folder.write("secret", to: "outside/file.md")
    try folder.write("", to: "out/inside/x")
    try FileManager.default.createSymbolicLink(
      atPath: folder["out/away"], withDestinationPath: folder["outside"])
    try FileManager.default.createSymbolicLink(
      atPath: folder["out/near"], withDestinationPath: folder["out/inside"])
    try FileManager.default.createSymbolicLink(
      atPath: folder["out/file.md"], withDestinationPath: folder["outside/file.md"])
    let error = #expect(throws: ReportWriteError.self) {
      try ReportWriter.write(
        [ReportFile(relativePath: "away/new.md", contents: "")], below: folder["out"])
    }
    #expect(error?.reason == "`away` is a link that leads out of the folder")
    try ReportWriter.write(
      [
        ReportFile(relativePath: "near/new.md", contents: "n"),
        ReportFile(relativePath: "file.md", contents: "f"),
      ], below: folder["out"])
    #expect(try folder.read("out/inside/new.md") == "n")
    #expect(try folder.read("out/file.md") == "f")
    #expect(try folder.read("outside/file.md") == "secret")
  }

  @Test("what the file system refuses is an error in one line, and leaves no drafts")
  func cannotWrite() throws {
    let folder = try TemporaryFolder("report")
    try folder.write("a file", to: "out/reports")
    try FileManager.default.createDirectory(atPath: folder["out/taken.md"], withIntermediateDirectories: true)
    for path in ["reports/a.md", "taken.md"] {
      let error = #expect(throws: ReportWriteError.self) {
        try ReportWriter.write([ReportFile(relativePath: path, contents: "x")], below: folder["out"])
      }
      #expect(error?.code == .cannotWrite)
      #expect(error?.description.hasPrefix("cannot write the report file \(path): ") == true)
      #expect(error?.description.contains("\n") == false)
    }
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: folder["out"]).sorted() == ["reports", "taken.md"])
  }
}
