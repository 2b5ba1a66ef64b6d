import JSON
import Sync
import Testing

@Suite struct FileLayoutTests {
  private static func script(_ path: String, _ language: String) -> SyncItem {
    SyncItem(SyncKey(.script, path), settings: .init(), text: "", language: language)
  }

  @Test(arguments: [
    ("duckdb", "f/a/x.duckdb.sql"), ("postgresql", "f/a/x.pg.sql"), ("python3", "f/a/x.py"),
    ("typescript", "f/a/x.ts"), ("deno", "f/a/x.deno.ts"), ("bun", "f/a/x.bun.ts"),
    ("nativets", "f/a/x.fetch.ts"), ("bash", "f/a/x.sh"), ("load", "f/a/x.load.yaml"), ("cobol", "f/a/x.txt"),
  ])
  func aLanguageHasItsEnding(language: String, file: String) throws {
    let place = try FileLayout.place(of: Self.script("f/a/x", language))
    #expect(place == .init(text: file, settings: "f/a/x.script.yaml"))
    let told = language == "cobol" ? nil : language
    #expect(FileLayout.role(of: file) == .text(path: "f/a/x", language: told))
  }

  @Test func otherKindsHaveAFileOfYAML() throws {
    for (key, file) in [
      (SyncKey(.resource, "u/ann/db"), "u/ann/db.resource.yaml"),
      (SyncKey(.variable, "g/all/a/b"), "g/all/a/b.variable.yaml"),
      (SyncKey(.folder, "f/team"), "f/team/folder.meta.yaml"),
    ] {
      #expect(try FileLayout.place(of: SyncItem(key, settings: .init())) == .init(text: nil, settings: file))
      #expect(FileLayout.role(of: file) == .settings(key))
    }
    #expect(FileLayout.role(of: "f/a/x.script.yaml") == .scriptSettings(path: "f/a/x"))
    #expect(FileLayout.role(of: "f/a/x.sql") == .text(path: "f/a/x", language: "duckdb"))
  }

  @Test(arguments: [
    "f/a/README.md", "f/a/x.pyc", "f/a/.py", "f/a/x", "f/folder.meta.yaml", "u/a/folder.meta.yaml",
    "f/a/b/folder.meta.yaml", "f/a/data.csv",
  ])
  func otherFilesAreNobodys(file: String) { #expect(FileLayout.role(of: file) == nil) }

  @Test(arguments: [
    "../x", "f/../x", "/etc/passwd", "f//x", "f/./x", "f/a/..", "x/a/b", "f", "", "f/a b", "f/a\nb", "f/a\\b",
    "f/.git/config", "f/a/.GIT/hooks/x", "f/a\0b",
    // As characters, a slash with a mark on it is no slash.
    "f/a/../\u{301}../../x", "f/a\u{301}/../\u{301}/x",
  ])
  func noPathLeadsOut(path: String) {
    for kind in SyncKind.allCases {
      #expect(throws: SyncError.self, "\(kind) \(path)") { try FileLayout.check(SyncKey(kind, path)) }
    }
  }

  /// `x.deno` in TypeScript would be `x.deno.ts`, which is `x` in Deno's.
  @Test func aNameThatWouldBeReadAsAnothersIsRefused() {
    for (path, language) in [
      ("f/a/x.deno", "typescript"), ("f/a/x.fetch", "typescript"),
    ] {
      let error = #expect(throws: SyncError.self) { try FileLayout.place(of: Self.script(path, language)) }
      #expect(error?.description.contains("'\(path)'") == true)
    }
    #expect(throws: Never.self) { try FileLayout.place(of: Self.script("f/a/x.pg", "duckdb")) }
    #expect(throws: Never.self) { try FileLayout.place(of: Self.script("f/a/x.resource", "load")) }
  }

  @Test func namesThatAFileSystemTakesForOneAreFound() {
    func clash(_ files: String...) -> [String] { FileLayout.clash(among: files).map { [$0.0, $0.1] } ?? [] }
    #expect(clash("f/a/x.py", "f/a/X.py") == ["f/a/X.py", "f/a/x.py"])
    #expect(clash("f/a/x.py", "f/A/y.py") == ["f/A", "f/a"])
    #expect(clash("f/a/\u{e9}.py", "f/a/e\u{301}.py").count == 2)
    #expect(clash("f/a/x.py", "f/a/x.sh", "f/a/y.py", "f/b/x.py").isEmpty)
  }

  @Test func pathsAreToldApartByTheirBytes() {
    let (one, other) = (SyncKey(.script, "f/a/\u{e9}"), SyncKey(.script, "f/a/e\u{301}"))
    #expect(one.path == other.path)
    #expect(one != other)
    #expect(Set([one, other]).count == 2)
    #expect(SyncKey(text: one.text) == one)
  }
}
