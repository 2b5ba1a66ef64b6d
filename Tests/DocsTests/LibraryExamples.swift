import DuckDB
import Foundation
import Lake
import LakeSettings
import TestKit
import Testing

/// The Swift of docs/guides/use-from-swift.md, compiled and run. A block of the page stands here word for word
/// (indented), so that neither changes without the other.
@Suite struct LibraryExamples {
  struct Friend: Codable, Sendable, Equatable {
    let id: Int64
    let name: String
    let city: String?
  }

  @Test func aLakeIsWrittenAndRead() async throws {
    let folder = try TemporaryFolder("docs").path
    let lake = try await Lake.open(.embedded(in: folder + "/friends"))
    try await lake.execute("CREATE TABLE friend (id BIGINT, name VARCHAR, city VARCHAR)")

    let name = "Ada"
    try await lake.execute("INSERT INTO friend VALUES (\(1), \(name), \("London"))")

    let friend: Friend? = try await lake.query("SELECT * FROM friend WHERE name = \(name)").fetchOne()
    let all: [Friend] = try await lake.query("SELECT * FROM friend ORDER BY id").fetch()
    let count: Int? = try await lake.query("SELECT count(*) FROM friend").fetchOneScalar()

    #expect(friend == Friend(id: 1, name: "Ada", city: "London"))
    #expect(all.count == 1)
    #expect(count == 1)

    let message = CommitMessage(author: "ada", text: "a friend came, a friend moved")
    let moved = try await lake.transaction(message) { transaction in
      try await transaction.execute("INSERT INTO friend VALUES (2, 'Grace', 'New York')")
      return try await transaction.execute("UPDATE friend SET city = \("Paris") WHERE id = \(1)")
    }

    #expect(moved == 1)

    let before = try await lake.currentSnapshot() - 1
    let old: [Friend] = try await lake.query(table: "friend", at: .version(before)).fetch()
    for snapshot in try await lake.snapshots(limit: 10) {
      print(snapshot.id, snapshot.time, snapshot.author ?? "", snapshot.message ?? "")
    }

    #expect(old == [Friend(id: 1, name: "Ada", city: "London")])

    try await lake.query("SELECT id, name FROM friend").forEachChunk { chunk in
      print(chunk.rowCount)
    }

    do {
      try await lake.execute("INSERT INTO freind VALUES (3, 'Alan', NULL)")
    } catch let error as LakeError where error.code == .query {
      print(error)  // one line: what is wrong, and what to do
    }

    await lake.close()
  }

  @Test func severalLakesShareAnEngine() async throws {
    let folder = try TemporaryFolder("docs").path
    let sales = try LakeName("sales")
    let engine = try await Engine(
      lakes: [.embedded(in: folder + "/main"), .embedded(sales, in: folder + "/sales")],
      settings: EngineSettings(memoryLimit: 2_000_000_000, queryTimeout: .seconds(60)))
    try await engine.lake(sales).execute("CREATE TABLE orders AS SELECT 7 AS id")
    let id: Int? = try await engine.lake().query("SELECT id FROM sales.orders").fetchOneScalar()
    await engine.close()

    #expect(id == 7)
  }

  /// Every block of Swift on the page is found in this file.
  @Test func thePageShowsThisCode() throws {
    let page = try DocumentationPage(path: "docs/guides/use-from-swift.md")
    let source = try String(contentsOfFile: #filePath, encoding: .utf8)
    let lines = Set(source.split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) })
    let blocks = page.blocks.filter { $0.language == "swift" }
    #expect(blocks.count >= 6)
    for block in blocks {
      for line in block.lines.map({ $0.trimmingCharacters(in: .whitespaces) }) where !line.isEmpty {
        #expect(lines.contains(line), "docs/guides/use-from-swift.md:\(block.line): \(line)")
      }
    }
  }
}
