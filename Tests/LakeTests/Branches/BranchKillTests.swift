import Foundation
import LakeSettings
import SQLText
import TestKit
import Testing

@testable import Lake

/// kill -9 between any two steps leaves nothing wrong: only what doing it again, or dropping the branch, mends.
@Suite struct BranchKillTests {
  static let kinds = BranchConflictTests.kinds
  static let creationSteps: [BranchProgress.Step] = [.registered, .filling, .filled, .published]
  static let mergingSteps: [BranchProgress.Step] = [
    .merging, .merged, .anewRegistered, .filled, .published, .anewPublished,
  ]
  static let droppingSteps: [BranchProgress.Step] = [.catalogRemoved, .filesRemoved]

  @Test(arguments: kinds, creationSteps)
  func makingABranch(_ kind: TestLakes.Kind, _ step: BranchProgress.Step) async throws {
    guard kind != .postgresql || [.registered, .published].contains(step) else { return }
    let lab = try await BranchLab(kind)
    let before = try await lab.picture()
    try await Self.killed("create", at: step, kind, lab)
    let made = try await lab.lake { try await $0.branches() }
    #expect(made.map(\.name) == ["dev"])
    // On PostgreSQL what was not committed is gone with the connection.
    if made.first?.isComplete == true {
      expectSame(try await lab.picture(of: BranchLab.dev), before)
    } else {
      try await lab.makeBranch()
    }
    expectSame(try await lab.picture(of: BranchLab.dev), before)
    expectSame(try await lab.picture(), before)
    try await lab.lake { try await $0.dropBranch(BranchName("dev")) }
    try await Self.expectNothingLeft(lab)
  }

  @Test(arguments: kinds, mergingSteps)
  func merging(_ kind: TestLakes.Kind, _ step: BranchProgress.Step) async throws {
    guard kind != .postgresql || step != .filled else { return }
    let lab = try await BranchLab(kind)
    try await lab.makeBranch()
    try await lab.run(
      "INSERT INTO orders SELECT i, 1, 'b' FROM range(1000, 1100) t(i)", "DELETE FROM orders WHERE id = 9")
    let before = try await lab.picture()
    let wanted = try await lab.picture(of: BranchLab.dev)
    try await Self.killed("merge", at: step, kind, lab)
    #expect(try await lab.picture() == (step == .merging ? before : wanted))
    expectSame(try await lab.picture(of: BranchLab.dev), wanted)
    // Each branch row's base is kept, so upkeep of the lake does no harm.
    try await lab.with("main") { try await $0.doAllUpkeep() }
    expectSame(try await lab.picture(of: BranchLab.dev), wanted)
    let result = try await lab.merge()
    #expect(result.conflicts.isEmpty)
    expectSame(try await lab.picture(), wanted)
    let merges = try await lab.lake { lake in
      try await lake.snapshots().filter { $0.message == "Merge branch 'dev'" }.count
    }
    #expect(merges <= 1)
    // Applied once, and the branch is whole: it can go on, be merged and be dropped.
    try await lab.run("INSERT INTO orders VALUES (5000, 1, 'again')")
    #expect(try await lab.merge().snapshot != nil)
    #expect(try await lab.picture() == lab.picture(of: BranchLab.dev))
    try await lab.lake { try await $0.dropBranch(BranchName("dev")) }
    try await Self.expectNothingLeft(lab)
  }

  @Test(arguments: kinds, droppingSteps)
  func dropping(_ kind: TestLakes.Kind, _ step: BranchProgress.Step) async throws {
    let lab = try await BranchLab(kind)
    let before = try await lab.picture()
    try await lab.makeBranch()
    try await lab.run("INSERT INTO orders SELECT i, 1, 'b' FROM range(1000, 1100) t(i)")
    try await Self.killed("drop", at: step, kind, lab)
    expectSame(try await lab.picture(), before)
    let left = try await lab.lake { try await $0.branches() }
    #expect(left.map(\.isComplete) == [false])
    await #expect { try await lab.merge() } throws: { "\($0)".contains("not complete") }
    try await lab.lake { try await $0.dropBranch(BranchName("dev")) }
    expectSame(try await lab.picture(), before)
    try await Self.expectNothingLeft(lab)
  }

  /// A branch that went on after a merge that was cut off is not merged again by mistake.
  @Test(arguments: kinds) func goingOnAfterAMergeThatWasCutOff(_ kind: TestLakes.Kind) async throws {
    let lab = try await BranchLab(kind)
    try await lab.makeBranch()
    try await lab.run("INSERT INTO orders VALUES (1000, 1, 'b')")
    try await Self.killed("merge", at: .merged, kind, lab)
    try await lab.run("INSERT INTO orders VALUES (1001, 1, 'b')")
    let before = try await lab.picture()
    await #expect { try await lab.merge() } throws: { "\($0)".contains("was merged up to its snapshot") }
    expectSame(try await lab.picture(), before)
  }

  // MARK: The process that is killed

  private static func killed(
    _ command: String, at step: BranchProgress.Step, _ kind: TestLakes.Kind, _ lab: BranchLab
  ) async throws {
    var argument = "\(kind.rawValue)|\(lab.folder.path)|\(step.rawValue)"
    if case .postgresql(let catalog) = lab.configuration.catalog {
      argument += "|\(catalog.port)|\(catalog.schema ?? "")"
    }
    let status = try await TestChild.run(command, argument, test: "BranchKillTests/child")
    #expect(status == SIGKILL)
  }

  @Test(.enabled(if: TestChild.task != nil, "runs in a child process only"))
  func child() async throws {
    let parts = TestChild.argument.split(separator: "|").map(String.init)
    let home = parts[1] + "/lakes/main"
    let catalog: Catalog =
      switch parts[0] {
      case "sqlite": .sqlite(path: home + "/catalog.sqlite")
      case "duckdb": .duckdb(path: home + "/catalog.ducklake")
      default:
        .postgresql(
          PostgreSQLCatalog(
            host: "127.0.0.1", port: Int(parts[3]) ?? 0, database: "postgres", user: "tarn",
            password: .value(TestPostgreSQL.password), schema: parts[4]))
      }
    let step = try #require(BranchProgress.Step(rawValue: parts[2]))
    let configuration = LakeConfiguration(catalog: catalog, storage: .folder(home + "/data"))
    let engine = try await Engine(lakes: [configuration])
    let lake = try await engine.lake()
    let dev = try BranchName("dev")
    let end: @Sendable (BranchProgress.Step) -> Void = { if $0 == step { kill(getpid(), SIGKILL) } }
    try await BranchProgress.$observer.withValue(end) {
      switch TestChild.task {
      case "create": try await lake.createBranch(dev)
      case "merge": _ = try await lake.mergeBranch(dev)
      default: try await lake.dropBranch(dev, force: true)
      }
    }
  }

  private static func expectNothingLeft(_ lab: BranchLab) async throws {
    #expect(try await lab.lake { try await $0.branches() }.isEmpty)
    #expect(lab.files(branches: true).isEmpty)
    let home = lab.folder["lakes/main"]
    let all = FileManager.default.enumerator(atPath: home)?.compactMap { $0 as? String } ?? []
    let left = all.filter { $0.contains(".branches/") && !$0.contains(".owner") && $0 != "data.branches/" }
    #expect(left.isEmpty, "\(left)")
  }
}
