import Foundation
import SQLText
import Store
import TestKit
import Testing

/// What every store does, on each database.
@Suite struct StoreTests {
  private struct Stop: Error {}

  static let migrations = [
    Migration(
      part: "test", number: 1,
      statements: """
        CREATE TABLE item (name TEXT PRIMARY KEY, amount BIGINT NOT NULL, note TEXT, is_new BOOLEAN NOT NULL DEFAULT TRUE,
          content BYTES, share DOUBLE PRECISION);
        CREATE TABLE part_of (item TEXT NOT NULL REFERENCES item (name));
        """)
  ]

  @Test(arguments: StoreKind.usable) func valuesComeBackAsTheyWere(_ kind: StoreKind) async throws {
    try await withStore(kind) { store in
      let nothing: String? = nil
      try await store.write { transaction in
        try transaction.execute(
          """
          INSERT INTO item VALUES (\("O'Brien ☃"), \(Int64.min), \(nothing), \(false), \([0, 255, 39] as [UInt8]), \(0.1))
          """)
        try transaction.execute(
          "INSERT INTO item VALUES ('', \(Int64.max), \(""), \(true), \([] as [UInt8]), NULL)")
      }
      let rows = try await store.read { try $0.query("SELECT * FROM item ORDER BY amount") }
      #expect(rows.count == 2)
      #expect(try rows[0].text("name") == "O'Brien ☃")
      #expect(try rows[0].integer("amount") == Int.min)
      #expect(try rows[0].optionalText("note") == nil)
      #expect(try rows[0].boolean("is_new") == false)
      #expect(try rows[0].bytes("content") == [0, 255, 39])
      #expect(rows[0]["share"] == .double(0.1))
      #expect(try rows[1].text("name") == "")
      #expect(try rows[1].integer("amount") == Int.max)
      #expect(try rows[1].optionalText("note") == "")
      #expect(try rows[1].boolean("is_new"))
      #expect(try rows[1].bytes("content") == [])
      #expect(rows[1]["share"] == .null)
      #expect(throws: StoreError.self) { () throws in try rows[0].integer("name") }
    }
  }

  @Test(arguments: StoreKind.usable) func whatFailsFailsAlone(_ kind: StoreKind) async throws {
    try await withStore(kind) { store in
      try await add("taken", to: store)
      try await withThrowingTaskGroup(of: Bool.self) { group in
        for number in 0..<60 {
          group.addTask {
            do {
              // Every third one breaks a rule after it has written something.
              try await store.write { transaction in
                try transaction.execute("INSERT INTO item (name, amount) VALUES (\("n\(number)"), 1)")
                if number % 3 == 0 {
                  try transaction.execute("INSERT INTO item (name, amount) VALUES ('taken', 1)")
                }
              }
              return true
            } catch let error as StoreError where error.code == .constraint { return false }
          }
        }
        let succeeded = try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        #expect(succeeded == 40)
      }
      let names = try await store.read { try $0.query("SELECT name FROM item").map { try $0.text("name") } }
      #expect(Set(names) == Set((0..<60).filter { $0 % 3 != 0 }.map { "n\($0)" } + ["taken"]))
    }
  }

  @Test(arguments: StoreKind.usable) func aClosureThatThrowsHasNoEffect(_ kind: StoreKind) async throws {
    try await withStore(kind) { (store) async throws -> Void in
      await #expect(throws: Stop.self) {
        try await store.write { transaction in
          try transaction.execute("INSERT INTO item (name, amount) VALUES ('a', 1)")
          throw Stop()
        }
      }
      #expect(try await count(store) == 0)
    }
  }

  @Test(arguments: StoreKind.usable) func readersCannotWrite(_ kind: StoreKind) async throws {
    try await withStore(kind) { store in
      await #expect(throws: StoreError.self) {
        try await store.read { _ = try $0.execute("INSERT INTO item (name, amount) VALUES ('a', 1)") }
      }
      #expect(try await count(store) == 0)
      try await add("b", to: store)
      #expect(try await count(store) == 1)
    }
  }

  @Test(arguments: StoreKind.usable) func foreignKeysHold(_ kind: StoreKind) async throws {
    try await withStore(kind) { store in
      let error = await #expect(throws: StoreError.self) {
        try await store.write { _ = try $0.execute("INSERT INTO part_of VALUES ('nobody')") }
      }
      #expect(error?.code == .constraint)
      #expect(error?.message.contains("nobody") == false)
    }
  }

  @Test(arguments: StoreKind.usable) func listenersHearWhatWasCommitted(_ kind: StoreKind) async throws {
    try await withStore(kind) { store in
      var heard = store.notices(on: "jobs").makeAsyncIterator()
      try? await store.write { transaction in
        transaction.notify("jobs", "rolled back")
        throw Stop()
      }
      try await store.write { $0.notify("others", "not for us") }
      try await store.write { $0.notify("jobs", "one two") }
      #expect(await heard.next() == "one two")
    }
  }

  @Test(arguments: StoreKind.usable) func counterIsExactUnderManyWriters(_ kind: StoreKind) async throws {
    try await withStore(kind) { store in
      try await add("counter", to: store)
      try await withThrowingTaskGroup(of: Void.self) { group in
        for _ in 0..<200 {
          group.addTask {
            try await store.write {
              _ = try $0.execute("UPDATE item SET amount = amount + 1 WHERE name = 'counter'")
            }
          }
        }
        try await group.waitForAll()
      }
      let amount = try await store.read { try $0.query("SELECT amount FROM item")[0].integer("amount") }
      #expect(amount == 201)
    }
  }

  @Test(arguments: StoreKind.usable) func aClosedStoreSaysSo(_ kind: StoreKind) async throws {
    let place = try await StorePlace(kind)
    let store = try await Store.open(place.location, migrations: Self.migrations)
    let notices = store.notices(on: "jobs")
    await store.close()
    let error = await #expect(throws: StoreError.self) { try await count(store) }
    #expect(error?.code == .unavailable)
    for await _ in notices { Issue.record("a closed store has nothing to tell") }
  }

  private func count(_ store: Store) async throws -> Int {
    try await store.read { try $0.query("SELECT count(*) AS n FROM item")[0].integer("n") }
  }

  private func add(_ name: String, to store: Store) async throws {
    try await store.write { _ = try $0.execute("INSERT INTO item (name, amount) VALUES (\(name), 1)") }
  }

  private func withStore(_ kind: StoreKind, _ body: (Store) async throws -> Void) async throws {
    let place = try await StorePlace(kind)
    try await place.withStore(migrations: Self.migrations, body)
  }
}
