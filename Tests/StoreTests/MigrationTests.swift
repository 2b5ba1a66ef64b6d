import Foundation
import SQLText
import Store
import TestKit
import Testing

/// How a store comes from an older form to a newer one.
@Suite struct MigrationTests {
  static let first = Migration(part: "a", number: 1, statements: "CREATE TABLE a (n BIGINT NOT NULL)")
  static let second = Migration(
    part: "a", number: 2,
    statements: "ALTER TABLE a ADD COLUMN m BIGINT NOT NULL DEFAULT 7; CREATE INDEX a_m ON a (m)")
  static let other = Migration(part: "b", number: 1, statements: "CREATE TABLE b (n BIGINT)")

  @Test(arguments: StoreKind.usable) func whatIsMissingIsDoneOnce(_ kind: StoreKind) async throws {
    let place = try await StorePlace(kind)
    try await using(place, [Self.first]) { store in
      try await store.write { _ = try $0.execute("INSERT INTO a VALUES (1)") }
    }
    for _ in 0..<2 {
      try await using(place, [Self.first, Self.second, Self.other]) { store in
        let row = try await store.read {
          try $0.query("SELECT n, m, (SELECT count(*) FROM b) AS c FROM a")[0]
        }
        #expect(try row.integer("n") == 1)
        #expect(try row.integer("m") == 7)
        #expect(try row.integer("c") == 0)
      }
    }
  }

  @Test func aStoreIsCopiedBeforeItChanges() async throws {
    let place = try await StorePlace(.sqlite)
    guard case .sqlite(let path) = place.location else { return }
    try await using(place, [Self.first]) { store in
      try await store.write { _ = try $0.execute("INSERT INTO a VALUES (5)") }
    }
    try await using(place, [Self.first, Self.second]) { _ in }
    let folder = (path as NSString).deletingLastPathComponent
    let copies = try FileManager.default.contentsOfDirectory(atPath: folder).filter {
      $0.contains("before-upgrade")
    }
    #expect(copies.count == 1)
    let copy = try await Store.open(.sqlite(path: folder + "/" + copies[0]), migrations: [Self.first])
    let rows = try await copy.read { try $0.query("SELECT * FROM a") }
    #expect(rows.count == 1)
    #expect(rows.first?["m"] == .null)
    await copy.close()
  }

  @Test(arguments: StoreKind.usable) func aNewerStoreIsLeftAlone(_ kind: StoreKind) async throws {
    let place = try await StorePlace(kind)
    try await using(place, [Self.first, Self.second]) { _ in }
    let error = await #expect(throws: StoreError.self) {
      try await Store.open(place.location, migrations: [Self.first])
    }
    #expect(error?.code == .newer)
    #expect(error?.message.contains(TestPostgreSQL.password) == false)
  }

  @Test(arguments: StoreKind.usable) func aFailingStepLeavesNothingHalfDone(_ kind: StoreKind) async throws {
    let place = try await StorePlace(kind)
    let broken = Migration(
      part: "a", number: 2, statements: "CREATE TABLE c (n BIGINT); CREATE TABLE a (n BIGINT)")
    try await using(place, [Self.first]) { _ in }
    await #expect(throws: StoreError.self) {
      try await Store.open(place.location, migrations: [Self.first, broken])
    }
    try await using(place, [Self.first, Self.second]) { store in
      await #expect(throws: StoreError.self) { try await store.read { try $0.query("SELECT * FROM c") } }
    }
  }

  @Test(arguments: StoreKind.usable) func manyBeginTogether(_ kind: StoreKind) async throws {
    let place = try await StorePlace(kind)
    try await withThrowingTaskGroup(of: Void.self) { group in
      for _ in 0..<4 {
        group.addTask { try await using(place, [Self.first, Self.second, Self.other]) { _ in } }
      }
      try await group.waitForAll()
    }
  }

  @Test func aPlaceThatCannotBeIsNamed() async throws {
    let error = #expect(throws: StoreError.self) { () throws in try StoreLocation("mysql://root@host/x") }
    #expect(error?.description.contains("mysql") == true)
    let folder = try TemporaryFolder("store")
    try Data().write(to: URL(fileURLWithPath: folder.path + "/file"))
    await #expect(throws: StoreError.self) {
      try await Store.open(.sqlite(path: folder.path + "/file/tarn.sqlite"), migrations: [])
    }
    let secret = "hidden-word"
    let lost = await #expect(throws: StoreError.self) {
      try await Store.open(.postgresql(url: "postgresql://u:\(secret)@127.0.0.1:1/x"), migrations: [])
    }
    #expect(lost?.code == .unavailable)
    #expect(lost?.description.contains(secret) == false)
  }

  private func using(
    _ place: StorePlace, _ migrations: [Migration], _ body: (Store) async throws -> Void
  ) async throws {
    try await place.withStore(migrations: migrations, body)
  }
}
