import Foundation
import LakeSettings
import SQLText
import TestKit
import Testing

@testable import Lake

@Suite struct TransactionInfoTests {
  @Test(arguments: TestLakes.Kind.local)
  func theTransactionsOfThisProcessAreShown(_ kind: TestLakes.Kind) async throws {
    try await TestLakes.withLake(kind) { lake, _ in
      try await lake.execute("CREATE TABLE t (id INT)")
      func states() async throws -> [String] {
        try await lake.openTransactions().filter(\.isOwn).map(\.state)
      }
      #expect(try await states().isEmpty)
      let reader = try await lake.engine.session()
      try await reader.beginReading()
      #expect(try await states() == ["reads"])
      let writer = try await lake.engine.session()
      try await writer.begin()
      #expect(try await states() == ["reads", "has the turn"])
      _ = try await writer.run(try SQLStatements.split("INSERT INTO t VALUES (1)")[0])
      #expect(try await states() == ["reads", "writes"])
      let waiting = Task {
        try await lake.transaction { try await $0.execute("INSERT INTO t VALUES (2)") }
      }
      await lake.gate.untilWritersWait(1)
      #expect(try await states() == ["reads", "writes", "waits for its turn"])
      try await writer.commit()
      _ = try await waiting.value
      await reader.rollback()
      #expect(try await states().isEmpty)
      await reader.close()
      await writer.close()
    }
  }

  @Test(arguments: ["sqlite", "duckdb"])
  func theOwnerOfACatalogIsShown(_ catalog: String) async throws {
    let folder = try TemporaryFolder("owner")
    let configuration = TestLakes.configuration(catalog, in: folder)
    #expect(CatalogOwner.present(of: configuration) == nil)
    try await TestLakes.withEngine([configuration]) { engine in
      let lake = try await engine.lake()
      try await lake.gate.use { _ in
        let owner = CatalogOwner.present(of: configuration)
        #expect(owner?.process == Int64(getpid()) && owner?.isOwn == true)
      }
    }
    #expect(CatalogOwner.present(of: configuration) == nil)
    let holder = try Holder(of: try #require(configuration.catalog.filePath))
    let owner = try #require(CatalogOwner.present(of: configuration))
    #expect(owner.client == "holder of tests" && owner.process == Int64(holder.processID) && !owner.isOwn)
    #expect(abs(owner.since?.timeIntervalSinceNow ?? 99) < 30)
    holder.kill()
    #expect(CatalogOwner.present(of: configuration) == nil)
  }
}
