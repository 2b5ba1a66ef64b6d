import DuckDB
import Foundation
import TestKit
import Testing

@testable import Lake

@Suite struct AppendTests {
  private struct Reading: Encodable, Sendable {
    var sensor: Int
    var value: Double?
  }

  /// Three appends wait while another writer has the turn: then they are one snapshot.
  @Test(arguments: TestLakes.Kind.installed)
  func appendsThatWaitTogetherAreOneSnapshot(_ kind: TestLakes.Kind) async throws {
    try await TestLakes.withLake(kind) { lake, _ in
      try await lake.execute("CREATE TABLE reading (sensor INTEGER NOT NULL, value DOUBLE DEFAULT 0.5)")
      let before = try await lake.currentSnapshot()
      try await lake.gate.takeTurn()
      let appends = (1...3).map { sensor in
        Task {
          try await lake.append(
            [Reading(sensor: sensor, value: 1), Reading(sensor: sensor, value: nil)], to: "reading")
        }
      }
      await lake.appends.untilWaiting(3)
      await lake.gate.endTurn()
      var snapshots: Set<Int64> = []
      for append in appends {
        let receipt = try await append.value
        #expect(receipt.rows == 2 && !receipt.isRepeat)
        snapshots.insert(receipt.snapshot)
      }
      #expect(snapshots == [before + 1])
      // A property that is nil is left out, so the column gets its default.
      #expect(
        try await lake.query("SELECT sensor, sum(value) FROM reading GROUP BY ALL ORDER BY 1").result().rows
          .map { $0[1].doubleValue }
          == [1.5, 1.5, 1.5])
    }
  }

  @Test(arguments: TestLakes.Kind.installed)
  func oneThatFailsFailsAlone(_ kind: TestLakes.Kind) async throws {
    try await TestLakes.withLake(kind) { lake, _ in
      try await lake.execute("CREATE TABLE reading (sensor INTEGER NOT NULL, value DOUBLE)")
      try await lake.gate.takeTurn()
      let lines = [
        #"{"sensor": 1, "value": 1.5}"#, #"{"sensor": "x", "value": 1.5}"#, #"{"sensor": 3}"#,
        #"{"value": 4}"#,
        #"{"sensor": 5, "valu": 1}"#, #"{"sensor": 6, "value": 1}"#,
      ]
      let appends = lines.map { line in Task { try await lake.append(ndjson: line, to: "reading") } }
      await lake.appends.untilWaiting(lines.count)
      await lake.gate.endTurn()
      var failed: [Int: String] = [:]
      for (index, append) in appends.enumerated() {
        do { _ = try await append.value } catch { failed[index] = "\(error)" }
      }
      #expect(failed.keys.sorted() == [1, 3, 4])
      #expect(failed[1]?.contains("\"x\"") == true, "\(failed)")
      #expect(failed[3]?.contains("NOT NULL") == true, "\(failed)")
      #expect(failed[4] == "table 'reading' has no column 'valu'. Did you mean 'value'?")
      #expect(
        try await lake.query("SELECT sensor FROM reading ORDER BY 1").fetch([String: Int].self).compactMap(
          \.["sensor"])
          == [1, 3, 6])
    }
  }

  @Test(arguments: TestLakes.Kind.installed)
  func aKeyIsAppliedOnce(_ kind: TestLakes.Kind) async throws {
    let folder = try TemporaryFolder("keys")
    let configuration = try await TestLakes.configuration(kind, in: folder)
    var first: AppendReceipt?
    try await TestLakes.withEngine([configuration]) { engine in
      let lake = try await engine.lake()
      try await lake.execute("CREATE TABLE t (a INTEGER)")
      first = try await lake.append(ndjson: #"{"a": 1}"#, to: "t", key: "it's \"one\"/%_")
      let again = try await lake.append(ndjson: #"{"a": 1}"#, to: "t", key: "it's \"one\"/%_")
      #expect(again.isRepeat && again.snapshot == first?.snapshot)
      // Two of one key in one group.
      try await lake.gate.takeTurn()
      let twins = (0..<2).map { _ in Task { try await lake.append(ndjson: #"{"a": 2}"#, to: "t", key: "two") }
      }
      await lake.appends.untilWaiting(2)
      await lake.gate.endTurn()
      var repeats = 0
      for twin in twins where try await twin.value.isRepeat { repeats += 1 }
      #expect(repeats == 1)
      #expect(try await lake.snapshot(ofKey: "it's \"one\"/%_") == first?.snapshot)
      #expect(try await lake.snapshot(ofKey: "one") == nil)
    }
    // Another engine knows of it from the catalog alone.
    try await TestLakes.withEngine([configuration]) { engine in
      let lake = try await engine.lake()
      let again = try await lake.append(ndjson: #"{"a": 1}"#, to: "t", key: "it's \"one\"/%_")
      #expect(again.isRepeat && again.snapshot == first?.snapshot)
      #expect(try await lake.query("SELECT sum(a) FROM t").fetchOneScalar(Int.self) == 3)
    }
  }

  @Test func keysOutliveTheirSnapshots() async throws {
    try await TestLakes.withLake { lake, _ in
      try await lake.execute("CREATE TABLE t (a INTEGER)")
      try await lake.changeOwn(.keys) { ["INSERT INTO \($0) VALUES ('gone', 1, 0)"] }
      let receipt = try await lake.append(ndjson: #"{"a": 1}"#, to: "t", key: "gone")
      #expect(receipt.isRepeat && receipt.snapshot == 1)
      #expect(try await lake.snapshot(ofKey: "gone") == 1)
      #expect(try await lake.query("SELECT count(*) FROM t").fetchOneScalar(Int.self) == 0)
    }
  }

  @Test func valuesAreExact() async throws {
    try await TestLakes.withLake { lake, _ in
      try await lake.execute(
        """
        CREATE TABLE v (big HUGEINT, d DECIMAL(38, 10), t TIMESTAMP, z TIMESTAMPTZ, l INTEGER[], s STRUCT(x INTEGER, y VARCHAR),
          j JSON, "Odd ""name" VARCHAR, u UUID)
        """)
      try await lake.append(
        ndjson: #"""
          {"big": "170141183460469231731687303715884105727", "d": "1234567890123456789.0123456789", \#
          "t": "2026-05-01T10:00:00.123456Z", "z": "2026-05-01T10:00:00+02:00", "l": [1, null], \#
          "s": {"x": 1, "y": "é"}, "j": {"k": [1.50]}, "odd \"name": "o\u0001'x", \#
          "U": "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"}
          """#, to: "v")
      let row = try await lake.query(
        #"SELECT big::VARCHAR, d::VARCHAR, t::VARCHAR, z::VARCHAR, l::VARCHAR, s::VARCHAR, j->>'$.k[0]', length("Odd ""name"), u::VARCHAR FROM v"#
      ).result()[0]
      #expect(row[0].text == "170141183460469231731687303715884105727")
      #expect(row[1].text == "1234567890123456789.0123456789")
      #expect(row[2].text == "2026-05-01 10:00:00.123456")
      #expect(row[3].text == "2026-05-01 08:00:00+00")
      #expect(row[4].text == "[1, NULL]")
      #expect(row[5].text == "{'x': 1, 'y': é}")
      #expect(row[6].text == "1.5")
      #expect(row[7].integer == 4)
      #expect(row[8].text == "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11")
    }
  }

  @Test(arguments: [
    ("[1]", "row 1 is no JSON object: [1]"), ("{\"a\": 1}\n\n{\"a\": ", "row 3 is no JSON object: {\"a\":"),
    ("{}", "row 1 names no column"),
  ])
  func badLinesAreNamed(lines: String, message: String) async throws {
    try await TestLakes.withLake { lake, _ in
      try await lake.execute("CREATE TABLE t (a INTEGER)")
      let error = await #expect(throws: LakeError.self) { try await lake.append(ndjson: lines, to: "t") }
      #expect(error?.message == message)
    }
  }

  @Test func aMissingTableIsNamed() async throws {
    try await TestLakes.withLake { lake, _ in
      try await lake.execute("CREATE TABLE orders (a INTEGER)")
      let error = await #expect(throws: LakeError.self) {
        try await lake.append(ndjson: #"{"a": 1}"#, to: "order")
      }
      #expect(
        error?.code == .notFound && error?.message == "lake 'main' has no table 'order'",
        "\(String(describing: error))")
    }
  }

  @Test func aWaitingAppendThatIsCancelledIsNotWritten() async throws {
    try await TestLakes.withLake { lake, _ in
      try await lake.execute("CREATE TABLE t (a INTEGER)")
      try await lake.gate.takeTurn()
      let kept = Task { try await lake.append(ndjson: #"{"a": 1}"#, to: "t") }
      await lake.appends.untilWaiting(1)
      let cancelled = Task { try await lake.append(ndjson: #"{"a": 2}"#, to: "t") }
      await lake.appends.untilWaiting(2)
      cancelled.cancel()
      await #expect(throws: CancellationError.self) { try await cancelled.value }
      await lake.gate.endTurn()
      _ = try await kept.value
      #expect(try await lake.query("SELECT sum(a) FROM t").fetchOneScalar(Int.self) == 1)
    }
  }
}
