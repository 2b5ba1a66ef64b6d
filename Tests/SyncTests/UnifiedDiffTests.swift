import Foundation
import Sync
import TestKit
import Testing

@Suite struct UnifiedDiffTests {
  private static func text(_ old: String, _ new: String) -> String {
    UnifiedDiff(from: old, to: new).lines.map { $0.marked + "\n" }.joined()
  }

  @Test func itIsAsDiffHasIt() {
    #expect(
      Self.text("a\nb\nc\nd\ne\nf\ng\n", "a\nb\nc\nX\ne\nf\ng\nh") == """
        @@ -1,7 +1,8 @@
         a
         b
         c
        -d
        +X
         e
         f
         g
        +h
        \\ No newline at end of file

        """)
    #expect(Self.text("a\n", "a\n") == "")
    #expect(Self.text("", "a\n") == "@@ -0,0 +1 @@\n+a\n")
    #expect(Self.text("a", "") == "@@ -1 +0,0 @@\n-a\n\\ No newline at end of file\n")
    #expect(Self.text("a\r\n", "a\n") == "@@ -1 +1 @@\n-a\r\n+a\n")
    // Equal as strings, and yet not the same.
    #expect(Self.text("\u{e9}\n", "e\u{301}\n").split(separator: "\n").count == 3)
  }

  /// `git apply` makes of the old text the new one.
  @Test(arguments: 0..<8) func gitTakesIt(seed: Int) async throws {
    var numbers = SeededNumbers(seed: UInt64(seed))
    for round in 0..<6 {
      let old = Self.lines(&numbers)
      var new = old
      for _ in 0..<numbers.number(1...6) {
        let place = numbers.number(0...new.count)
        if numbers.chance(50) || new.isEmpty {
          new.insert("new \(numbers.number(0...5))", at: place)
        } else {
          new.remove(at: min(place, new.count - 1))
        }
      }
      let end = numbers.chance(50) ? "\n" : ""
      let (before, after) = (old.joined(separator: "\n") + "\n", new.joined(separator: "\n") + end)
      let diff = Self.text(before, after)
      guard !diff.isEmpty else {
        #expect(before == after)
        continue
      }
      let folder = try TemporaryFolder("diff")
      try folder.write(before, to: "x")
      try folder.write("--- a/x\n+++ b/x\n" + diff, to: "patch")
      let git = TarnProcess(in: folder.path, executable: "/usr/bin/git")
      let outcome = try await git.run("apply", "--whitespace=nowarn", "patch")
      #expect(outcome.status == 0, "\(round): \(outcome)\n\(diff)")
      // A patch that leaves nothing takes the file away.
      #expect((try? folder.read("x")) ?? "" == after, "\(diff)")
    }
  }

  @Test func manyLinesAreNotComparedOneByOne() {
    let old = (0..<30_000).map { "a\($0)\n" }.joined()
    let new = (0..<30_000).map { "b\($0)\n" }.joined()
    #expect(UnifiedDiff(from: old, to: new).lines.count == 60_001)
    #expect(UnifiedDiff(from: old, to: old + "x\n").lines.count == 5)
  }

  private static func lines(_ numbers: inout SeededNumbers) -> [String] {
    (0..<numbers.number(1...40)).map { _ in "line \(numbers.number(0...9))" }
  }
}
