import Scripts
import Testing

@Suite struct ArgumentBindingTests {
  private func script(_ declarations: String...) throws -> SQLScript {
    try SQLScript.parse(declarations.map { "-- \($0)" }.joined(separator: "\n"), path: "a.sql")
  }

  private func value(_ type: String, _ given: GivenArgument) throws -> ScriptValue {
    try script("$a (\(type))").bind(arguments: ["a": given])[0].value
  }

  // MARK: - Texts

  @Test(
    arguments: [
      ("bigint", "-9223372036854775808", .integer(.min)), ("bigint", " 1_000 ", .integer(1000)),
      ("tinyint", "-128", .integer(-128)), ("utinyint", "255", .integer(255)), ("int", "null", .null),
      ("ubigint", "18446744073709551615", .text("18446744073709551615")), ("ubigint", "7", .integer(7)),
      (
        "hugeint", "-170141183460469231731687303715884105728",
        .text("-170141183460469231731687303715884105728")
      ),
      (
        "uhugeint", "340282366920938463463374607431768211455",
        .text("340282366920938463463374607431768211455")
      ),
      ("boolean", "TRUE", .bool(true)), ("bool", "no", .bool(false)), ("logical", "1", .bool(true)),
      ("double", "1e-3", .double(0.001)), ("double precision", "-5", .double(-5)),
      ("real", "inf", .double(.infinity)),
      ("decimal(38,10)", "12345678901234567890.0000000001", .text("12345678901234567890.0000000001")),
      ("numeric", "-1e3", .text("-1e3")), ("decimal(18,2)", "NULL", .null),
      ("date", "2024-02-29", .text("2024-02-29")), ("date", "infinity", .text("infinity")),
      ("date", "Null", .null),
      ("time", "23:59:59.999999", .text("23:59:59.999999")), ("time", "7:05", .text("7:05")),
      ("timetz", "12:00:00+02", .text("12:00:00+02")), ("time", "24:00:00", .text("24:00:00")),
      ("timestamp", "2024-01-31", .text("2024-01-31")),
      ("timestamp", "2024-01-31 13:30", .text("2024-01-31 13:30")),
      ("timestamptz", "2024-01-31T13:30:00.123Z", .text("2024-01-31T13:30:00.123Z")),
      ("timestamptz", "2024-01-31 13:30:00-03:30", .text("2024-01-31 13:30:00-03:30")),
      ("timestamptz", "2024-01-31 13:30:00 Europe/Berlin", .text("2024-01-31 13:30:00 Europe/Berlin")),
      ("interval", "3 days", .text("3 days")),
      ("uuid", "6F4F7EC2-7f5a-4a2c-9f53-1f4b1c1d2e3f", .text("6F4F7EC2-7f5a-4a2c-9f53-1f4b1c1d2e3f")),
      ("text", "null", .text("null")), ("text", " a ", .text(" a ")), ("varchar(3)", "", .text("")),
      ("enum('a')", "a", .text("a")), ("blob", "\\xAA", .text("\\xAA")), ("my_type", "5", .text("5")),
      ("json", " {\"a\": 1} ", .json("{\"a\": 1}")), ("json", "5", .json("5")),
      ("json", "\"x\"", .json("\"x\"")),
      ("json", "null", .null), ("int[]", "[1, 2]", .json("[1, 2]")),
      ("struct(a int)", "{\"a\":1}", .json("{\"a\":1}")),
      ("map(text, int)", "{}", .json("{}")), ("varchar[]", "null", .null),
    ] as [(String, String, ScriptValue)])
  func readsTextsByTheDeclaredType(type: String, text: String, expected: ScriptValue) throws {
    #expect(try value(type, .text(text)) == expected)
  }

  @Test(arguments: [
    ("bigint", "9223372036854775808", "from -9223372036854775808 to 9223372036854775807"),
    ("utinyint", "-1", "from 0 to 255"), ("smallint", "40000", "from -32768 to 32767"),
    ("int", "1.5", "a whole number"),
    ("int", "", "a whole number"), ("int", "_1", "a whole number"), ("int", "0x1F", "a whole number"),
    ("uhugeint", "340282366920938463463374607431768211456", "a whole number"),
    ("hugeint", "x", "a whole number"),
    ("boolean", "ja", "true or false"), ("double", "0x1p3", "a number"), ("double", "1,5", "a number"),
    ("decimal(18,2)", "1.2.3", "a number"), ("decimal", "nan", "a number"),
    ("date", "2023-02-29", "2024-01-31"),
    ("date", "31.01.2024", "2024-01-31"), ("date", "2024-13-01", "2024-01-31"),
    ("date", "24-01-01", "2024-01-31"),
    ("date", "2024-01-01 10:00", "2024-01-31"), ("time", "25:00", "13:30:00"),
    ("time", "24:00:01", "13:30:00"),
    ("time", "12:60", "13:30:00"), ("timestamp", "yesterday", "2024-01-31 13:30:00"),
    ("timestamp", "2024-01-31T", "2024-01-31 13:30:00"), ("interval", "soon", "3 days"),
    ("uuid", "123", "6f4f7ec2"),
    ("json", "abc", "write JSON"), ("json", "{a: 1}", "write JSON"), ("json", "", "write JSON"),
    ("int[]", "1,2", "JSON array"), ("json[]", "{}", "JSON array"), ("int[]", "[1", "JSON array"),
  ])
  func refusesTextsThatDoNotFit(type: String, text: String, hint: String) throws {
    let error = try #require(throws: ScriptArgumentError.self) { try value(type, .text(text)) }
    let problem = try #require(error.problems.first)
    #expect(problem.reason == .invalid)
    #expect(problem.name == "a")
    #expect(problem.message.contains("`\(text)` is not"))
    #expect(problem.message.contains(type))
    #expect(problem.hint.contains(hint))
  }

  @Test func longTextsAreShortenedInErrors() throws {
    let text = String(repeating: "x", count: 5000)
    let error = try #require(throws: ScriptArgumentError.self) { try value("int", .text(text)) }
    #expect(error.description.count < 200)
  }

  // MARK: - Values

  @Test(
    arguments: [
      ("bigint", .integer(5), .integer(5)), ("bigint", .text("5"), .integer(5)),
      ("int", .double(5), .integer(5)),
      ("bigint", .null, .null),
      ("ubigint", .double(18_446_744_073_709_549_568), .text("18446744073709549568")),
      ("hugeint", .integer(5), .integer(5)), ("double", .integer(5), .double(5)),
      ("double", .double(0.1), .double(0.1)),
      ("decimal(10,2)", .double(0.1), .text("0.1")), ("decimal(10,2)", .integer(3), .text("3")),
      ("boolean", .bool(true), .bool(true)), ("boolean", .integer(0), .bool(false)),
      ("boolean", .text("false"), .bool(false)),
      ("text", .integer(5), .text("5")), ("text", .bool(true), .text("true")),
      ("text", .json("[1]"), .text("[1]")),
      ("date", .text("2024-01-31"), .text("2024-01-31")), ("json", .json("{\"a\":1}"), .json("{\"a\":1}")),
      ("json", .text("say \"hi\"/"), .json(#""say \"hi\"/""#)), ("json", .text("[1,2]"), .json("[1,2]")),
      ("json", .text("[x"), .json("\"[x\"")), ("json", .integer(5), .json("5")),
      ("json", .bool(true), .json("true")),
      ("json", .null, .null), ("json[]", .json("[]"), .json("[]")), ("json[]", .text("[{}]"), .json("[{}]")),
      ("my_type", .integer(5), .integer(5)), ("my_type", .json("{}"), .json("{}")),
    ] as [(String, ScriptValue, ScriptValue)])
  func fitsValuesIntoTheDeclaredType(type: String, given: ScriptValue, expected: ScriptValue) throws {
    #expect(try value(type, .value(given)) == expected)
  }

  @Test(
    arguments: [
      ("bigint", .double(1.5)), ("bigint", .bool(true)), ("bigint", .json("[1]")), ("tinyint", .integer(128)),
      ("tinyint", .double(1e30)), ("ubigint", .integer(-1)), ("boolean", .integer(2)),
      ("boolean", .double(1)),
      ("double", .bool(true)), ("double", .text("x")), ("date", .integer(20_240_131)), ("uuid", .json("{}")),
      ("int[]", .integer(1)), ("int[]", .json("{}")), ("int[]", .text("1")), ("json", .json("{")),
    ] as [(String, ScriptValue)])
  func refusesValuesThatDoNotFit(type: String, given: ScriptValue) throws {
    let error = try #require(throws: ScriptArgumentError.self) { try value(type, .value(given)) }
    #expect(error.problems.map(\.reason) == [.invalid])
    #expect(error.problems[0].message.contains(type))
  }

  // MARK: - Names

  @Test func bindsInTheOrderOfTheDeclarations() throws {
    let script = try SQLScript.parse(
      "-- $b (int)\n-- $a (text) = x\n-- $c (int) = null\nSELECT $z, $a", path: "a.sql")
    let bound = try script.bind(arguments: ["z": "free", "B": "1"])
    #expect(bound.map(\.name) == ["b", "a", "c", "z"])
    #expect(bound.map(\.value) == [.integer(1), .text("x"), .null, .text("free")])
    #expect(bound.map(\.type) == ["int", "text", "int", nil])
  }

  @Test func undeclaredArgumentsKeepValuesAsTheyAre() throws {
    let script = try SQLScript.parse("SELECT $a, $b, $c", path: "a.sql")
    let given: [String: ScriptValue] = ["a": .integer(1), "b": .json("[1]"), "c": .bool(true)]
    #expect(try script.bind(arguments: given).map(\.value) == [.integer(1), .json("[1]"), .bool(true)])
    #expect(
      try script.bind(arguments: ["a": "1", "b": "null", "c": ""]).map(\.value) == [
        .text("1"), .text("null"), .text(""),
      ])
  }

  @Test func allMistakesAreListed() throws {
    let script = try script("$user_id (bigint)", "$day (date)", "$limit (int) = 5", "$ratio (double)")
    let error = try #require(throws: ScriptArgumentError.self) {
      try script.bind(arguments: ["usr_id": "1", "day": "x", "ratio": "1", "RATIO": "2"])
    }
    #expect(error.problems.map(\.reason) == [.repeated, .unknown, .missing, .invalid])
    #expect(error.problems.map(\.name) == ["ratio", "usr_id", "user_id", "day"])
    #expect(error.problems[1].hint == "did you mean `user_id`?")
    #expect(error.problems[2].message == "argument `user_id` (bigint) is missing")
    #expect(error.problems[2].hint.contains("-- $user_id (bigint) = null"))
    #expect(error.description.hasSuffix("(and 3 more)"))
  }

  @Test(arguments: [
    ([], "the script takes none"), (["$day (date) = null", "$id (int) = 1"], "the script takes `day`, `id`"),
  ])
  func unknownNamesWithoutANearOneListAll(declarations: [String], hint: String) throws {
    let script = try SQLScript.parse(declarations.map { "-- \($0)" }.joined(separator: "\n"), path: "a.sql")
    let error = try #require(throws: ScriptArgumentError.self) { try script.bind(arguments: ["zebra": "1"]) }
    #expect(error.problems.map(\.hint) == [hint])
  }
}
