import Foundation
import Scripts
import Testing

/// Random headers of scripts: read or refused with a place, never anything else.
@Suite struct HeaderFuzzTests {
  private struct Chance: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
      state &+= 0x9E37_79B9_7F4A_7C15
      var mixed = state
      mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
      mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
      return mixed ^ (mixed >> 31)
    }
  }

  private static let pieces = [
    "-- ", "--", "\n", "\r\n", "\r", "$", "$id", "$1", "%%", "%%x%%", "(", ")", "(BIGINT)", "(DECIMAL(9, 2))",
    "(TEXT[])", "(STRUCT(a INT))", " = ", "=", "null", "'a'", "'", "\"", "1.5", "é",
    "result_collection=", "last_statement_first_row", "all_statements_all_rows", "role ", "reader",
    "materialize ", "manual ", "scd2 ", "ducklake://main/orders", "ducklake://", "key=id", "append",
    "history", "track=a,b", "deletes=close", "on ", "pipeline", "partitioned daily", "data_test ",
    "unique(id)", "accepted_values(", "relationships(", "column ", "out", "<-", "prepare", "database ",
    "timeout ",
    "SELECT 1", ";", "ATTACH 'ducklake://x' AS y", "USE y", "/*", "*/", "$$", "$tag$", "\u{0}", "\u{FEFF}",
    "\u{2028}", "🙂", String(repeating: "(", count: 200), String(repeating: "x", count: 5000),
  ]

  private static let seeds: [UInt64] =
    ProcessInfo.processInfo.environment["TARN_FUZZ_SEED"].flatMap(UInt64.init).map { [$0] } ?? [1, 2, 3]

  @Test(arguments: seeds) func headersAreReadOrRefused(_ seed: UInt64) {
    var chance = Chance(state: seed)
    var (read, refused) = (0, 0)
    for number in 0..<4000 {
      var text = ""
      for _ in 0..<Int.random(in: 1..<25, using: &chance) {
        text += Self.pieces.randomElement(using: &chance) ?? ""
      }
      do {
        let script = try SQLScript.parse(text, path: "fuzz.sql")
        read += 1
        // What was read can be given values, or says why not.
        do { _ = try script.bind(arguments: [:] as [String: GivenArgument]) } catch {
          #expect(!error.description.isEmpty)
        }
        let lines = text.split(omittingEmptySubsequences: false) { $0.isNewline }.count
        for argument in script.arguments {
          #expect((1...lines + 1).contains(argument.line), "seed \(seed), \(number)")
        }
      } catch {
        refused += 1
        #expect(!error.description.contains("\n"), "seed \(seed), \(number): \(error)")
        #expect(error.diagnostics.allSatisfy { $0.line >= 1 })
      }
    }
    #expect(read > 100)
    #expect(refused > 100)
  }
}
