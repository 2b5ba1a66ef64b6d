import SQLText
import Testing

@Suite struct NearestNameTests {
  @Test(arguments: [
    ("ordrs", "orders"), ("ORDERS", "orders"), ("odrers", "orders"), ("custmoer", "customer"),
    ("custmer", "customer"),
    ("cust", "customer"), ("ste", "site"), ("store_saels", "store_sales"), ("itme", "item"),
  ])
  func findsWhatWasMeant(written: String, expected: String) {
    let names = ["orders", "customer", "site", "store_sales", "item", "warehouse"]
    #expect(NearestName.suggestion(for: written, among: names) == expected)
    #expect(NearestName.suggestion(for: written, among: names.reversed()) == expected)
  }

  @Test(arguments: ["x", "", "zebra", "cu", "warehou$e_of_the_world", "ordinary"])
  func saysNothingWhereNothingIsNear(written: String) {
    #expect(NearestName.suggestion(for: written, among: ["orders", "customer", "warehouse"]) == nil)
  }

  @Test func shortNamesAreNotGuessedFromNothing() {
    #expect(NearestName.suggestion(for: "a", among: ["b"]) == nil)
    #expect(NearestName.suggestion(for: "ab", among: ["ba"]) == "ba")
    #expect(NearestName.suggestion(for: "ab", among: ["cd"]) == nil)
  }

  @Test func neverSuggestsTheNameItself() {
    #expect(NearestName.suggestion(for: "orders", among: ["orders"]) == nil)
    #expect(NearestName.suggestion(for: "orders", among: ["orders", "order"]) == "order")
    #expect(NearestName.suggestion(for: "orders", among: []) == nil)
  }

  @Test func theNearestOfSeveralIsTaken() {
    #expect(NearestName.suggestion(for: "sales", among: ["sale", "scales", "sailed"]) == "sale")
    #expect(NearestName.suggestion(for: "tabel", among: ["label", "table"]) == "label")
  }
}
