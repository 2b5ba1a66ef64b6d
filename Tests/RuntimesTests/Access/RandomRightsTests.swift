import Foundation
import Grants
import TestKit
import Testing

/// Random queries, each with exactly the grants that it needs, and with one of them missing.
@Suite struct RandomRightsTests {
  /// `TARN_RIGHTS_SEED=17` tries one seed.
  private static let seeds: [UInt64] =
    ProcessInfo.processInfo.environment["TARN_RIGHTS_SEED"].flatMap(UInt64.init).map { [$0] } ?? [1, 2, 3]

  @Test(arguments: seeds) func aQueryTouchesExactlyWhatWasGranted(_ seed: UInt64) async throws {
    try await RightsLab.runEmpty { lab in
      var random = RandomQuery(seed: seed)
      try await lab.run(RandomQuery.setup, nil)
      for view in random.makeViews(8) { try await lab.run(view, nil) }
      for number in 0..<60 {
        let piece = random.statement()
        let needs = piece.needs.sorted()
        let exact = await lab.verdict(piece.sql, try RightsLab.rights(needs))
        #expect(exact == .allowed, "seed \(seed), query \(number): \(piece.sql)\nneeds \(needs)")
        guard let missing = needs.randomElement(using: &random.chance) else { continue }
        let fewer = await lab.verdict(piece.sql, try RightsLab.rights(needs.filter { $0 != missing }))
        #expect(fewer.isDenied, "seed \(seed), query \(number) without \(missing): \(piece.sql)\n\(fewer)")
      }
    }
  }
}
