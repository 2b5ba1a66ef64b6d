internal import Foundation
internal import SQLText

/// Brings a store's tables up to date.
struct Migrator {
  let driver: any StoreDriver
  let location: StoreLocation

  /// - Throws: ``StoreError``; `newer` when the store has what this Tarn does not know.
  func bringUpToDate(_ migrations: [Migration]) async throws {
    let done = try await applied()
    for (part, number) in done where !migrations.contains(where: { $0.part == part && $0.number >= number }) {
      throw StoreError(
        .newer, "the store at \(location) was written by a newer Tarn",
        hint: "Use that version, or the copy that it made before its upgrade.")
    }
    let missing = migrations.filter { $0.number > done[$0.part] ?? 0 }
    guard !missing.isEmpty else { return }
    if !done.isEmpty, case .sqlite(let path) = location {
      let moment = Int(Date().timeIntervalSince1970)
      let name = "\(path).before-upgrade-\(moment)-\(UInt16.random(in: 1000...9999))"
      _ = try await driver.backUp(to: name)
    }
    try await driver.write { transaction in
      // Servers that begin together bring it up to date once.
      if case .postgresql = transaction.dialect {
        try transaction.query("SELECT pg_advisory_xact_lock(\(Self.lock))")
      }
      let done = try Self.numbers(in: transaction)
      for migration in missing where migration.number > done[migration.part] ?? 0 {
        try transaction.run(script: migration.text(for: transaction.dialect))
        let now = Int64(Date().timeIntervalSince1970 * 1_000_000)
        try transaction.execute(
          """
          INSERT INTO tarn_migration (part, number, applied_at)
          VALUES (\(migration.part), \(migration.number), \(now))
          """)
      }
    }
  }

  /// The last number of each part.
  private func applied() async throws -> [String: Int] {
    try await driver.write { transaction in
      if case .postgresql = transaction.dialect {
        try transaction.query("SELECT pg_advisory_xact_lock(\(Self.lock))")
      }
      try transaction.execute(
        """
        CREATE TABLE IF NOT EXISTS tarn_migration (
          part TEXT NOT NULL, number BIGINT NOT NULL, applied_at BIGINT NOT NULL, PRIMARY KEY (part, number))
        """)
      return try Self.numbers(in: transaction)
    }
  }

  private static func numbers(in transaction: StoreTransaction) throws -> [String: Int] {
    let rows = try transaction.query("SELECT part, max(number) AS number FROM tarn_migration GROUP BY part")
    var numbers: [String: Int] = [:]
    for row in rows { numbers[try row.text("part")] = try row.integer("number") }
    return numbers
  }

  /// An advisory lock of PostgreSQL's, by a number that is ours.
  private static let lock = 7_461_726_901
}
