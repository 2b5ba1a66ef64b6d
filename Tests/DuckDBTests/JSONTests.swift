import DuckDB
import Foundation
import Testing

@Suite struct JSONTests {
  private func json(_ sql: String) async throws -> String {
    let connection = try await Database.open().connect()
    try await connection.execute("CREATE TYPE mood AS ENUM ('sad', 'hap\"py')")
    let result = try await connection.query(sql)
    let text = String(decoding: JSONRowWriter.json(result), as: UTF8.self)
    // Whatever comes out is JSON.
    _ = try JSONSerialization.jsonObject(with: Data(text.utf8), options: .fragmentsAllowed)
    // Boxed values say the same.
    for (index, column) in result.columns.enumerated() where result.rowCount == 1 && result.columns.count == 1
    {
      let name = Value.varchar(column.name).json
      #expect("[{\(name):\(result[0][index].json)}]" == text)
    }
    return text
  }

  @Test(arguments: [
    ("1::TINYINT", "1"), ("9223372036854775807", "9223372036854775807"),
    ("18446744073709551615::UBIGINT", "18446744073709551615"),
    ("170141183460469231731687303715884105727::HUGEINT", "\"170141183460469231731687303715884105727\""),
    ("1::UHUGEINT", "\"1\""), ("1.50::DECIMAL(18,2)", "\"1.50\""), ("-0.5::DECIMAL(2,2)", "\"-0.50\""),
    ("1.5::DOUBLE", "1.5"), ("1::DOUBLE", "1.0"), ("1e300::DOUBLE", "1e+300"), ("0.1::FLOAT", "0.1"),
    ("'nan'::DOUBLE", "\"NaN\""), ("'inf'::FLOAT", "\"Infinity\""), ("'-inf'::DOUBLE", "\"-Infinity\""),
    ("true", "true"), ("NULL", "null"), ("'12345'::BIGNUM", "\"12345\""),
    ("TIMESTAMP '2024-01-15 10:30:00'", "\"2024-01-15T10:30:00\""),
    ("TIMESTAMP '2024-01-15 10:30:00.5'", "\"2024-01-15T10:30:00.500\""),
    ("TIMESTAMP '2024-01-15 10:30:00.000001'", "\"2024-01-15T10:30:00.000001\""),
    ("'2024-01-15 10:30:00.000000001'::TIMESTAMP_NS", "\"2024-01-15T10:30:00.000000001\""),
    ("'2024-01-15 10:30:00'::TIMESTAMP_S", "\"2024-01-15T10:30:00\""),
    ("'2024-01-15 10:30:00.25'::TIMESTAMP_MS", "\"2024-01-15T10:30:00.250\""),
    ("'2024-01-15 12:30:00+02'::TIMESTAMPTZ", "\"2024-01-15T10:30:00\""),
    ("TIMESTAMP '1969-12-31 23:59:59.75'", "\"1969-12-31T23:59:59.750\""),
    ("DATE '2024-02-29'", "\"2024-02-29\""), ("DATE '0044-03-15 (BC)'", "\"-0043-03-15\""),
    ("TIME '10:30:00'", "\"10:30:00\""), ("TIME '10:30:00.123'", "\"10:30:00.123\""),
    ("'10:30:00+02'::TIMETZ", "\"10:30:00+02\""),
    ("INTERVAL '1 month 2 days 3.5 seconds'", #"{"months":1,"days":2,"nanos":3500000000}"#),
    ("'\\xAAb'::BLOB", "[170,98]"), ("''::BLOB", "[]"), ("'101'::BIT", "\"101\""),
    ("'hap\"py'::mood", #""hap\"py""#),
    ("'eeccb8c5-9943-b2bb-bb5e-222f4e14b687'::UUID", "\"eeccb8c5-9943-b2bb-bb5e-222f4e14b687\""),
    ("[1, NULL]", "[1,null]"), ("[1, 2]::INTEGER[2]", "[1,2]"),
    ("{'a': 1, 'b\"': [{'c': DATE '2024-01-01'}]}", #"{"a":1,"b\"":[{"c":"2024-01-01"}]}"#),
    ("row(1, 'x')", #"[1,"x"]"#), ("MAP {'a': 1, 'b': NULL}", #"{"a":1,"b":null}"#),
    ("MAP {1: [1]}", #"{"1":[1]}"#),
    ("MAP {DATE '2024-01-01': 1}", #"{"2024-01-01":1}"#),
    ("union_value(num := 2)", "2"), (#"'{"a": [1, 2]}'::JSON"#, #"{"a": [1, 2]}"#),
    (#"[{'j': '{"a": null}'::JSON}]"#, #"[{"j":{"a": null}}]"#),
    (#"'{"a": [1, "x", null]}'::JSON::VARIANT"#, #"{"a":[1,"x",null]}"#),
    ("'a\"b\\c' || chr(10) || chr(9) || chr(1) || chr(0)", #""a\"b\\c\n\t\u0001\u0000""#),
    (
      "'ünï🦆 and a longer text without specials, and one \" there'",
      "\"ünï🦆 and a longer text without specials, and one \\\" there\""
    ),
  ])
  func encodesValue(sql: String, json expected: String) async throws {
    #expect(try await json("SELECT \(sql) AS v") == "[{\"v\":\(expected)}]")
  }

  @Test func rowsAndNames() async throws {
    #expect(try await json("SELECT 1 AS a WHERE false") == "[]")
    #expect(
      try await json("SELECT range AS a, 'x' AS \"b\"\"c\" FROM range(2)")
        == #"[{"a":0,"b\"c":"x"},{"a":1,"b\"c":"x"}]"#)
    #expect(try await json("SELECT 1 AS a, 2 AS b, 3 AS a") == #"[{"a":3,"b":2}]"#)
  }

  @Test func lines() async throws {
    let connection = try await Database.open().connect()
    let stream = try await connection.stream("SELECT range AS a FROM range(5000)")
    var writer = JSONRowWriter(columns: stream.columns, layout: .lines)
    var bytes: [UInt8] = []
    for try await chunk in stream { writer.write(chunk, to: &bytes) }
    writer.finish(&bytes)
    let lines = bytes.split(separator: UInt8(ascii: "\n"))
    #expect(lines.count == 5000)
    #expect(String(decoding: lines[4999], as: UTF8.self) == "{\"a\":4999}")
    #expect(writer.rowCount == 5000)
  }

  /// DuckDB reads NaN as JSON; JSON does not.
  @Test func jsonThatIsNone() async throws {
    #expect(try await json("SELECT '[NaN]'::JSON AS v") == #"[{"v":"[NaN]"}]"#)
    let deep = String(repeating: "[", count: 600) + String(repeating: "]", count: 600)
    #expect(try await json("SELECT '\(deep)'::JSON AS v") == "[{\"v\":\"\(deep)\"}]")
  }
}
