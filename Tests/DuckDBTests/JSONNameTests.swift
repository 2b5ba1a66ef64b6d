import Testing

@testable import DuckDB

@Suite struct JSONNameTests {
  @Test(arguments: [
    (#"{"a": 1, "b": {"c": 2}, "a": [{"d": 1}]}"#, ["a", "b", "a"]), (" {} ", []),
    (#"{"o\u0064d \"name\"": null, "é": "}"}"#, ["odd \"name\"", "é"]),
  ])
  func namesOfMembersAreRead(text: String, names: [String]) {
    #expect(JSONCheck.memberNames(of: text) == names)
  }

  @Test(arguments: [
    "", "[1]", "1", #"{"a": }"#, #"{"a": 1"#, #"{"a": 1} x"#, #"{a: 1}"#, #"{"a" 1}"#, #""x""#,
  ])
  func whatIsNoObjectHasNone(text: String) {
    #expect(JSONCheck.memberNames(of: text) == nil)
  }
}
