import Grants
import Testing

@Suite struct GrantsTests {
  @Test(arguments: [
    ("orders", "main/main.orders"), ("sales.orders", "main/sales.orders"),
    ("other/orders", "other/main.orders"),
    ("other/sales.orders", "other/sales.orders"), ("other/*", "other/*"), ("sales.*", "main/sales.*"),
    ("my-lake/sales.*", "my-lake/sales.*"), (#""my orders""#, #"main/main."my orders""#),
    (#"other/"a.b"."c/d""#, #"other/"a.b"."c/d""#),
  ])
  func placesAreReadAndWritten(_ text: String, _ full: String) throws {
    let place = try LakePlace(parsing: text)
    #expect(place.text == full)
    #expect(try LakePlace(parsing: full) == place)
  }

  @Test(arguments: [
    "", "*", "a.b.c", "a.", ".a", "/a", "a/", "a/b/c", "*.a", "a b", "'a'", "a.*.b", "\"", "a/**", "a;b",
  ])
  func whatIsNoPlaceIsRefused(_ text: String) {
    #expect(throws: GrantError.self) { try LakePlace(parsing: text) }
  }

  @Test(arguments: ["ann", "u/", "x/ann", "u/a/b", "role", "U/ann", ""])
  func whoIsNobodyIsRefused(_ text: String) {
    #expect(throws: GrantError.self) { try GrantHolder(parsing: text) }
  }

  @Test func aPlaceCoversWhatLiesInIt() throws {
    // Outer, inner, covered or not: by hand, with all levels and both spellings.
    let cases: [(String, String, Bool)] = [
      ("main/*", "main/sales.orders", true), ("main/*", "main/sales.*", true), ("main/*", "main/*", true),
      ("main/*", "other/sales.orders", false), ("sales.*", "sales.orders", true),
      ("sales.*", "SALES.Orders", true),
      ("sales.*", "main/*", false), ("sales.*", "salesx.orders", false),
      ("sales.orders", "sales.orders", true),
      ("sales.orders", "sales.*", false), ("sales.orders", "orders", false),
      ("sales.orders", "sales.orders2", false),
      ("\"É\"", "\"É\"", true), ("\"É\"", "\"é\"", false),
    ]
    for (outer, inner, isCovered) in cases {
      #expect(
        try LakePlace(parsing: outer).covers(try LakePlace(parsing: inner)) == isCovered, "\(outer) \(inner)")
    }
  }

  @Test func openLakesAreOpenAndGovernedOnesAreNot() throws {
    let orders = try LakePlace(parsing: "orders")
    let rights = LakeRights(
      member: "bob", governed: ["main"], grants: [.init(.select, on: orders)], granters: ["ann"])
    #expect(rights.allows(.select, on: orders))
    #expect(!rights.allows(.insert, on: orders))
    #expect(!rights.allows(.select, on: LakePlace(lake: "main", schema: "main", table: "pay")))
    #expect(rights.allows(.drop, on: LakePlace(lake: "other", schema: "main", table: "pay")))
    // A branch is no way around.
    #expect(!rights.allows(.select, on: LakePlace(lake: "main@dev", schema: "main", table: "pay")))
    #expect(rights.allows(.select, on: LakePlace(lake: "main@dev", schema: "main", table: "orders")))
    let denial = rights.denial(of: .insert, on: orders)
    #expect(denial.message == "u/bob may not insert into main/main.orders")
    #expect(
      denial.hint == "An admin (ann) can grant it: tarn grant insert --on 'main/main.orders' --to u/bob")
  }
}
