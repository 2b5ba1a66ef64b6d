import DuckDB
import Foundation
import Testing

/// A value of a type, as SQL, as Swift has it, and the type as DuckDB prints it.
struct TypeSample: Sendable, CustomTestStringConvertible {
  let sql: String
  let value: Value
  let type: String

  /// Whether the value can be bound and appended as it is; others need a cast in SQL.
  var isBindable = true

  init(_ sql: String, _ value: Value, _ type: String, isBindable: Bool = true) {
    self.sql = sql
    self.value = value
    self.type = type
    self.isBindable = isBindable
  }

  var testDescription: String { sql }

  static func date(_ year: Int, _ month: Int, _ day: Int) -> DateValue {
    DateValue(year: year, month: month, day: day)!
  }

  static let numbers: [TypeSample] = [
    .init("true", .boolean(true), "BOOLEAN"),
    .init("false", .boolean(false), "BOOLEAN"),
    .init("(-128)::TINYINT", .tinyInt(.min), "TINYINT"),
    .init("32767::SMALLINT", .smallInt(.max), "SMALLINT"),
    .init("(-2147483648)::INTEGER", .integer(.min), "INTEGER"),
    .init("9223372036854775807::BIGINT", .bigInt(.max), "BIGINT"),
    .init("(-170141183460469231731687303715884105728)::HUGEINT", .hugeInt(.min), "HUGEINT"),
    .init("170141183460469231731687303715884105727::HUGEINT", .hugeInt(.max), "HUGEINT"),
    .init("255::UTINYINT", .uTinyInt(.max), "UTINYINT"),
    .init("65535::USMALLINT", .uSmallInt(.max), "USMALLINT"),
    .init("4294967295::UINTEGER", .uInteger(.max), "UINTEGER"),
    .init("18446744073709551615::UBIGINT", .uBigInt(.max), "UBIGINT"),
    .init("340282366920938463463374607431768211455::UHUGEINT", .uHugeInt(.max), "UHUGEINT"),
    .init("0.1::FLOAT", .float(0.1), "FLOAT"),
    .init("'-inf'::FLOAT", .float(-.infinity), "FLOAT"),
    .init("1.7976931348623157e308::DOUBLE", .double(.greatestFiniteMagnitude), "DOUBLE"),
    .init("-0.0::DOUBLE", .double(-0.0), "DOUBLE"),
    .init("9.99::DECIMAL(4,2)", .decimal(.init(unscaled: 999, width: 4, scale: 2)), "DECIMAL(4,2)"),
    .init("-0.05::DECIMAL(9,2)", .decimal(.init(unscaled: -5, width: 9, scale: 2)), "DECIMAL(9,2)"),
    .init("1.50::DECIMAL(18,2)", .decimal(.init(unscaled: 150, width: 18, scale: 2)), "DECIMAL(18,2)"),
    .init("0.5::DECIMAL(3,3)", .decimal(.init(unscaled: 500, width: 3, scale: 3)), "DECIMAL(3,3)"),
    .init(
      "99999999999999999999999999999999999.999::DECIMAL(38,3)",
      .decimal(.init(unscaled: 99_999_999_999_999_999_999_999_999_999_999_999_999, width: 38, scale: 3)),
      "DECIMAL(38,3)"),
    .init(
      "'12345678901234567890123456789012345678901234567890'::BIGNUM",
      .bigNum("12345678901234567890123456789012345678901234567890"), "BIGNUM"),
    .init("(-1)::BIGNUM", .bigNum("-1"), "BIGNUM"),
    .init("0::BIGNUM", .bigNum("0"), "BIGNUM"),
  ]

  static let texts: [TypeSample] = [
    .init("'duck'", .varchar("duck"), "VARCHAR"),
    .init("''", .varchar(""), "VARCHAR"),
    .init(
      "'a string of more than twelve bytes, with ünïcødé 🦆'",
      .varchar("a string of more than twelve bytes, with ünïcødé 🦆"), "VARCHAR"),
    .init("'a' || chr(0) || 'b'", .varchar("a\0b"), "VARCHAR"),
    .init("'\\xAA\\x00ab'::BLOB", .blob([0xAA, 0, 0x61, 0x62]), "BLOB"),
    .init("''::BLOB", .blob([]), "BLOB"),
    .init("'10110'::BIT", .bit(BitString("10110")!), "BIT"),
    .init("'101100111000'::BIT", .bit(BitString("101100111000")!), "BIT"),
    .init(
      "'eeccb8c5-9943-b2bb-bb5e-222f4e14b687'::UUID",
      .uuid(UUID(uuidString: "eeccb8c5-9943-b2bb-bb5e-222f4e14b687")!), "UUID"),
    .init(
      "'00000000-0000-0000-0000-000000000000'::UUID",
      .uuid(UUID(uuidString: "00000000-0000-0000-0000-000000000000")!), "UUID"),
    .init("'{\"a\": [1, 2]}'::JSON", .json("{\"a\": [1, 2]}"), "JSON", isBindable: false),
    .init("'happy'::mood", .enumeration("happy"), "ENUM('sad', 'ok', 'happy')", isBindable: false),
  ]

  static let times: [TypeSample] = [
    .init("DATE '2024-02-29'", .date(date(2024, 2, 29)), "DATE"),
    .init("DATE '0044-03-15 (BC)'", .date(date(-43, 3, 15)), "DATE"),
    .init("'infinity'::DATE", .date(.infinity), "DATE"),
    .init("'-infinity'::DATE", .date(.negativeInfinity), "DATE"),
    .init("TIME '12:34:56.789'", .time(.init(microseconds: 45_296_789_000)), "TIME"),
    .init("TIME '24:00:00'", .time(.init(microseconds: 86_400_000_000)), "TIME"),
    .init("'12:34:56.123456789'::TIME_NS", .timeNS(.init(nanoseconds: 45_296_123_456_789)), "TIME_NS"),
    .init(
      "'12:00:00+05:30'::TIMETZ", .timeTZ(.init(microseconds: 43_200_000_000, offsetSeconds: 19800)),
      "TIME WITH TIME ZONE"),
    .init(
      "'12:00:00.25-15:59:59'::TIMETZ", .timeTZ(.init(microseconds: 43_200_250_000, offsetSeconds: -57599)),
      "TIME WITH TIME ZONE"),
    .init(
      "TIMESTAMP '2024-01-15 10:30:00.5'", .timestamp(.init(microseconds: 1_705_314_600_500_000)), "TIMESTAMP"
    ),
    .init("TIMESTAMP '1969-12-31 23:59:59.999999'", .timestamp(.init(microseconds: -1)), "TIMESTAMP"),
    .init("'infinity'::TIMESTAMP", .timestamp(.infinity), "TIMESTAMP"),
    .init("'2024-01-15 10:30:00'::TIMESTAMP_S", .timestampS(seconds: 1_705_314_600), "TIMESTAMP_S"),
    .init(
      "'2024-01-15 10:30:00.25'::TIMESTAMP_MS", .timestampMS(milliseconds: 1_705_314_600_250),
      "TIMESTAMP_MS"),
    .init(
      "'2024-01-15 10:30:00.000000001'::TIMESTAMP_NS",
      .timestampNS(nanoseconds: 1_705_314_600_000_000_001), "TIMESTAMP_NS"),
    .init(
      "'2024-01-15 10:30:00+02'::TIMESTAMPTZ", .timestampTZ(.init(microseconds: 1_705_307_400_000_000)),
      "TIMESTAMP WITH TIME ZONE"),
    .init(
      "INTERVAL '-13 months 5 days -3.5 seconds'",
      .interval(.init(months: -13, days: 5, microseconds: -3_500_000)), "INTERVAL"),
    .init("INTERVAL '0 days'", .interval(.init()), "INTERVAL"),
  ]

  static let nested: [TypeSample] = [
    .init("[1, NULL, 3]", .list([.integer(1), .null, .integer(3)]), "INTEGER[]"),
    .init("[]::VARCHAR[]", .list([]), "VARCHAR[]", isBindable: false),
    .init("[['a'], [], NULL]", .list([.list([.varchar("a")]), .list([]), .null]), "VARCHAR[][]"),
    .init("[1.5, 2.25]::DOUBLE[2]", .array([.double(1.5), .double(2.25)]), "DOUBLE[2]"),
    .init(
      "[[1, 2], [3, NULL]]::INTEGER[2][2]",
      .array([.array([.integer(1), .integer(2)]), .array([.integer(3), .null])]), "INTEGER[2][2]"),
    .init(
      "{'a': 1, 'b c': ['x, y', NULL]}",
      .structure([
        .init(name: "a", value: .integer(1)),
        .init(name: "b c", value: .list([.varchar("x, y"), .null])),
      ]), "STRUCT(a INTEGER, \"b c\" VARCHAR[])"),
    .init(
      "row(1, 'two')",
      .structure([.init(name: "", value: .integer(1)), .init(name: "", value: .varchar("two"))]),
      "STRUCT(INTEGER, VARCHAR)", isBindable: false),
    .init(
      "MAP {'k 1': 1, 'k2': NULL}",
      .map([.init(key: .varchar("k 1"), value: .integer(1)), .init(key: .varchar("k2"), value: .null)]),
      "MAP(VARCHAR, INTEGER)"),
    .init("MAP {}::MAP(INTEGER, VARCHAR)", .map([]), "MAP(INTEGER, VARCHAR)", isBindable: false),
    .init(
      "union_value(num := 2)::UNION(str VARCHAR, num INTEGER)", .union(tag: "num", .integer(2)),
      "UNION(str VARCHAR, num INTEGER)"),
    .init(
      "[{'m': MAP {1: [TIMESTAMP '2024-01-15 10:30:00']}}]",
      .list([
        .structure([
          .init(
            name: "m",
            value: .map([
              .init(
                key: .integer(1),
                value: .list([.timestamp(.init(microseconds: 1_705_314_600_000_000))]))
            ]))
        ])
      ]), "STRUCT(m MAP(INTEGER, TIMESTAMP[]))[]"),
    .init(
      "[1.50, 2.25]",
      .list([
        .decimal(.init(unscaled: 150, width: 3, scale: 2)),
        .decimal(.init(unscaled: 225, width: 3, scale: 2)),
      ]), "DECIMAL(3,2)[]"),
  ]

  static let others: [TypeSample] = [
    .init(
      #"'{"a": 1, "b": [true, null, "x"]}'::JSON::VARIANT"#,
      .structure([
        .init(name: "a", value: .uBigInt(1)),
        .init(name: "b", value: .list([.boolean(true), .null, .varchar("x")])),
      ]), "VARIANT", isBindable: false),
    .init(
      "1.50::DECIMAL(18,2)::VARIANT", .decimal(.init(unscaled: 150, width: 18, scale: 2)), "VARIANT",
      isBindable: false),
    .init("DATE '2024-02-29'::VARIANT", .date(date(2024, 2, 29)), "VARIANT", isBindable: false),
  ]

  static let all = numbers + texts + times + nested + others
}
