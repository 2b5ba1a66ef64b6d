import DuckDB
import Foundation
import LakeSettings
import Processes
import SQLText
import TestKit
import Testing

@testable import Lake

/// Processes that share a catalog file. The other process is a child of this test binary.
@Suite struct OtherProcessTests {
  @Test func twoProcessesTakeTurns() async throws {
    let folder = try TemporaryFolder("turns")
    let configuration = TestLakes.configuration("sqlite", in: folder)
    let path = folder.path
    try await TestLakes.withEngine([configuration]) { engine in
      let lake = try await engine.lake()
      try await lake.execute("CREATE TABLE t (who VARCHAR, n INT)")
      async let child: Void = Self.runChild(path)
      for number in 0..<15 { try await lake.execute("INSERT INTO t VALUES ('parent', \(number))") }
      try await child
      let rows = try await lake.query("SELECT who, count(DISTINCT n) FROM t GROUP BY who ORDER BY who")
        .result()
      #expect(rows.rows.map { $0[0].stringValue } == ["child", "parent"])
      #expect(rows.rows.map { $0[1].integerValue } == [15, 15])
    }
  }

  /// A process that never rests lets another one in all the same.
  @Test func aBusyProcessLetsOthersIn() async throws {
    let folder = try TemporaryFolder("busy")
    let configuration = TestLakes.configuration("sqlite", in: folder)
    let path = folder.path
    try await TestLakes.withEngine([configuration]) { engine in
      let lake = try await engine.lake()
      try await lake.execute("CREATE TABLE t (who VARCHAR, n INT)")
      let busy = Task {
        while !Task.isCancelled { _ = try? await lake.query("SELECT count(*) FROM t").result() }
      }
      try await Self.runChild(path)
      busy.cancel()
      await busy.value
      #expect(try await lake.query("SELECT count(*) FROM t").fetchOneScalar() == 15)
    }
  }

  private static func runChild(_ path: String) async throws {
    let status = try await TestChild.run("insert", path, test: "OtherProcessTests/child")
    #expect(status == 0)
  }

  /// What the other process does.
  @Test(.enabled(if: TestChild.task != nil, "runs in a child process only"))
  func child() async throws {
    let home = TestChild.argument + "/lakes/main"
    let isDuckDB = TestChild.task == "duckdb"
    let lake = try await Lake.open(
      LakeConfiguration(
        catalog: isDuckDB
          ? .duckdb(path: home + "/catalog.ducklake") : .sqlite(path: home + "/catalog.sqlite"),
        storage: .folder(home + "/data")))
    if TestChild.task == "insert" {
      for number in 0..<15 { try await lake.execute("INSERT INTO t VALUES ('child', \(number))") }
      await lake.close()
    } else {
      try await lake.execute("CREATE TABLE t AS SELECT 1 AS a")
      try await lake.transaction { transaction in
        try await transaction.execute("INSERT INTO t SELECT range FROM range(100000)")
        kill(getpid(), SIGKILL)
      }
    }
  }

  @Test(arguments: ["sqlite", "duckdb"])
  func theHolderIsNamed(catalog: String) async throws {
    let folder = try TemporaryFolder("held")
    let configuration = TestLakes.configuration(catalog, in: folder)
    try await TestLakes.withEngine([configuration]) {
      _ = try await $0.lake().execute("CREATE TABLE t (a INT)")
    }
    let holder = try Holder(of: try #require(configuration.catalog.filePath))
    try await TestLakes.withEngine([configuration], patience: .milliseconds(60)) {
      (engine: Engine) async throws -> Void in
      let error = await lakeError { try await engine.lake().query("FROM t").result() }
      #expect(error?.code == .busy)
      let text = error?.description ?? ""
      #expect(
        text.hasPrefix("lake 'main' is held by process \(holder.processID) (holder of tests); waited 60 ms."))
      // A dead holder holds nothing.
      holder.kill()
      let lake = try await engine.lake()
      #expect(try await lake.query("SELECT count(*) FROM t").fetchOneScalar() == 0)
    }
  }

  @Test(arguments: ["sqlite", "duckdb"])
  func aKilledWriterLeavesTheLakeWhole(catalog: String) async throws {
    let folder = try TemporaryFolder("killed")
    let status = try await TestChild.run(catalog, folder.path, test: "OtherProcessTests/child")
    #expect(status == SIGKILL)
    try await TestLakes.withEngine([TestLakes.configuration(catalog, in: folder)], patience: .seconds(1)) {
      engine in
      let lake = try await engine.lake()
      #expect(try await lake.query("SELECT count(*) FROM t").fetchOneScalar() == 1)
      #expect(try await lake.execute("INSERT INTO t VALUES (2)") == 1)
    }
  }

  @Test func anotherEngineOfThisProcessIsNamedSo() async throws {
    let folder = try TemporaryFolder("twice")
    let configuration = TestLakes.configuration("duckdb", in: folder)
    let first = try await Engine(lakes: [configuration])
    _ = try await first.lake()
    let second = try await Engine(lakes: [configuration], patience: .milliseconds(10))
    let error = await lakeError { try await second.lake() }
    #expect(error?.description.contains("held by another engine of this process") == true)
    await first.close()
    _ = try await second.lake()
    await second.close()
  }
}

/// A process that holds a catalog's owner lock, as another Tarn would.
final class Holder: Sendable {
  private let process: ChildProcess
  private let input = Pipe()

  var processID: Int32 { process.processID }

  init(of catalog: String) throws {
    let output = Pipe()
    let script = """
      import fcntl, os, sys, time
      f = open(sys.argv[1], 'w')
      fcntl.flock(f, fcntl.LOCK_EX)
      f.write(f'{os.getpid()} holder of tests'); f.flush()
      print('held', flush=True)
      sys.stdin.read()
      """
    var command = ChildProcess.Command("/usr/bin/python3", ["-c", script, catalog + ".owner"])
    command.input = .pipe(input)
    command.output = .pipe(output)
    process = try ChildProcess(command)
    _ = output.fileHandleForReading.availableData
  }

  func kill() {
    process.signal(SIGKILL)
    process.waitForEnd()
  }

  deinit { kill() }
}
