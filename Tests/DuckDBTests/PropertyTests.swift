import DuckDB
import Foundation
import Testing

/// SplitMix64: the same numbers each time, so that a failure can be looked at again.
private struct Generator: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }

  /// Numbers of all sizes, and not only huge ones.
  mutating func integer<T: FixedWidthInteger>(_ type: T.Type = T.self) -> T {
    let bits = Int.random(in: 0...T.bitWidth, using: &self)
    let value = (UInt128(next()) << 64 | UInt128(next())) & (bits == 128 ? .max : (1 << UInt128(bits)) - 1)
    return Bool.random(using: &self) ? T(truncatingIfNeeded: value) : 0 &- T(truncatingIfNeeded: value)
  }

  mutating func text() -> String {
    let alphabet: [Character] = [
      "a", "Z", "0", " ", ",", "'", "\"", "\\", "{", "}", "[", "]", "(", ")", "=", ":", "n", "u", "l", "\n",
      "\t", "é", "🦆",
      "日", "\u{0}",
    ]
    return String(
      (0..<Int.random(in: 0...20, using: &self)).map { _ in alphabet.randomElement(using: &self)! })
  }

  mutating func double() -> Double {
    switch Int.random(in: 0..<4, using: &self) {
    case 0: Double(bitPattern: next())
    case 1: Double(integer(Int64.self))
    case 2: Double(integer(Int32.self)) / 1000
    default: pow(10, Double(Int.random(in: -20...20, using: &self)))
    }
  }

  mutating func float() -> Float {
    Bool.random(using: &self) ? Float(bitPattern: UInt32(truncatingIfNeeded: next())) : Float(double())
  }

  mutating func decimal(_ width: Int, _ scale: Int) -> Value {
    let limit = (0..<width).reduce(Int128(1)) { power, _ in power * 10 }
    return .decimal(.init(unscaled: integer(Int128.self) % limit, width: width, scale: scale))
  }

  /// Within what DuckDB can print: 290,000 years around 1970.
  mutating func instant(_ unit: Int64) -> Int64 {
    let limit = 9_100_000_000_000 * min(unit, 1_000_000)
    return unit > 1_000_000 ? integer(Int64.self) / 2 : integer(Int64.self) % limit
  }
}

@Suite struct PropertyTests {
  struct Kind: Sendable, CustomTestStringConvertible {
    let type: String
    fileprivate let make: @Sendable (inout Generator) -> Value
    var testDescription: String { type }
  }

  private static let scalars: [Kind] = [
    Kind(type: "TINYINT") { .tinyInt($0.integer()) }, Kind(type: "BIGINT") { .bigInt($0.integer()) },
    Kind(type: "HUGEINT") { .hugeInt($0.integer()) }, Kind(type: "UBIGINT") { .uBigInt($0.integer()) },
    Kind(type: "UHUGEINT") { .uHugeInt($0.integer()) }, Kind(type: "DOUBLE") { .double($0.double()) },
    Kind(type: "FLOAT") { .float($0.float()) }, Kind(type: "DECIMAL(4,1)") { $0.decimal(4, 1) },
    Kind(type: "DECIMAL(9,9)") { $0.decimal(9, 9) }, Kind(type: "DECIMAL(18,3)") { $0.decimal(18, 3) },
    Kind(type: "DECIMAL(38,0)") { $0.decimal(38, 0) }, Kind(type: "DECIMAL(38,20)") { $0.decimal(38, 20) },
    Kind(type: "DECIMAL(38,38)") { $0.decimal(38, 38) }, Kind(type: "VARCHAR") { .varchar($0.text()) },
    Kind(type: "BLOB") { .blob(Array($0.text().utf8) + [UInt8(truncatingIfNeeded: $0.next())]) },
    Kind(type: "DATE") { .date(.init(days: $0.integer(Int32.self) / 2)) },
    Kind(type: "TIME") { .time(.init(microseconds: Int64($0.next() % 86_400_000_001))) },
    Kind(type: "TIME_NS") { .timeNS(.init(nanoseconds: Int64($0.next() % 86_400_000_000_000))) },
    Kind(type: "TIMETZ") {
      .timeTZ(
        .init(microseconds: Int64($0.next() % 86_400_000_000), offsetSeconds: Int($0.next() % 115199) - 57599)
      )
    },
    Kind(type: "TIMESTAMP") { .timestamp(.init(microseconds: $0.instant(1_000_000))) },
    Kind(type: "TIMESTAMPTZ") { .timestampTZ(.init(microseconds: $0.instant(1_000_000))) },
    Kind(type: "TIMESTAMP_S") { .timestampS(seconds: $0.instant(1)) },
    Kind(type: "TIMESTAMP_MS") { .timestampMS(milliseconds: $0.instant(1000)) },
    Kind(type: "TIMESTAMP_NS") { .timestampNS(nanoseconds: $0.instant(1_000_000_000)) },
    Kind(type: "INTERVAL") {
      .interval(.init(months: $0.integer(), days: $0.integer(), microseconds: $0.integer()))
    },
    Kind(type: "UUID") { _ in .uuid(UUID()) },
    Kind(type: "BIT") { generator in
      .bit(
        BitString(
          (0...Int.random(in: 0...40, using: &generator)).map { _ in
            Bool.random(using: &generator) ? "1" : "0"
          }
          .joined())!)
    },
    Kind(type: "BIGNUM") { generator in
      .bigNum(
        "\(generator.integer(Int64.self) | 1)"
          + (0..<Int.random(in: 0...60, using: &generator)).map { _ in
            "\(Int.random(in: 0...9, using: &generator))"
          }.joined())
    },
  ]

  private static func nested(_ kinds: [Kind]) -> [Kind] {
    kinds.flatMap { kind in
      [
        Kind(type: "\(kind.type)[]") { generator in
          .list((0..<Int.random(in: 0...4, using: &generator)).map { _ in element(kind, &generator) })
        },
        Kind(type: "\(kind.type)[2]") { .array([element(kind, &$0), element(kind, &$0)]) },
        Kind(type: "STRUCT(a \(kind.type), \"b c\" INTEGER)") {
          .structure([
            .init(name: "a", value: element(kind, &$0)), .init(name: "b c", value: .integer($0.integer())),
          ])
        },
        Kind(type: "MAP(INTEGER, \(kind.type))") { generator in
          .map(
            (0..<Int32.random(in: 0...3, using: &generator)).map { key in
              .init(key: .integer(key), value: element(kind, &generator))
            })
        },
      ]
    }
  }

  private static func element(_ kind: Kind, _ generator: inout Generator) -> Value {
    Int.random(in: 0..<5, using: &generator) == 0 ? .null : kind.make(&generator)
  }

  static let kinds = scalars + nested(scalars) + nested(nested(Array(scalars.prefix(14).suffix(3))))

  /// A value goes in by the appender, comes back the same, and prints as DuckDB prints it; bound as a
  /// parameter it is the same value to DuckDB.
  @Test(arguments: kinds)
  func comesBackAndPrints(_ kind: Kind) async throws {
    var generator = Generator(state: kind.type.utf8.reduce(7) { ($0 &* 31) &+ UInt64($1) })
    let values = (0..<200).map { _ in Self.element(kind, &generator) }
    let connection = try await Database.open().connect()
    try await connection.execute("CREATE TABLE t (i INTEGER, v \(raw: kind.type))")
    let appender = try await connection.appender(to: "t")
    try await appender.append(columns: [.values((0..<200).map { Int32($0) }), .values(values)])
    try await appender.close()
    let result = try await connection.query("SELECT v, v::VARCHAR FROM t ORDER BY i")
    for (row, value) in zip(result.rows, values) {
      #expect(same(row[0], value))
      if value != .null { #expect(prints(row[0], as: row[1].stringValue ?? "", kind.type)) }
    }
    let find = try await connection.prepare(
      "SELECT v IS NOT DISTINCT FROM CAST($1 AS \(kind.type)) FROM t WHERE i = $2")
    for index in 0..<20 {
      let isSame = try await find.query([values[index], index]).scalar()
      #expect(isSame == .boolean(true), "\(values[index])")
    }
  }

  /// The same text; for floating point numbers DuckDB takes others of the digits that read back the same, now
  /// and then.
  private func prints(_ value: Value, as text: String, _ type: String) -> Bool {
    let own = value.description
    if own == text { return true }
    guard type.contains("DOUBLE") || type.contains("FLOAT") else { return false }
    let isSeparator: (Character) -> Bool = { "[]{}=:, '".contains($0) }
    let pairs = zip(own.split(whereSeparator: isSeparator), text.split(whereSeparator: isSeparator))
    return own.filter(isSeparator) == text.filter(isSeparator)
      && pairs.allSatisfy {
        $0 == $1 || (type.contains("FLOAT") ? Float($0) == Float($1) : Double($0) == Double($1))
      }
      && own.count <= text.count + 1
  }

  /// Equal, where a NaN equals any other.
  private func same(_ left: Value, _ right: Value) -> Bool {
    left == right || left.description == right.description && left.description.lowercased().contains("nan")
  }

  @Test func decimalText() {
    for text in ["0", "-0.05", "123.450", "99999999999999999999999999999999999999", "-.5", "+1.", "0.00"] {
      let value = DecimalValue(text)
      #expect(value != nil)
      #expect(value.flatMap { DecimalValue($0.description) } == value)
    }
    for text in ["", "-", ".", "1.2.3", "1e5", "abc", "999999999999999999999999999999999999999"] {
      #expect(DecimalValue(text) == nil)
    }
  }

  @Test func civilDates() async throws {
    let connection = try await Database.open().connect()
    let result = try await connection.query(
      """
      SELECT d, year(d)::INTEGER, month(d)::INTEGER, day(d)::INTEGER
      FROM (SELECT DATE '-4000-01-01' + range::INTEGER * 97 AS d FROM range(60000))
      """
    )
    for row in result.rows {
      guard case .date(let date) = row[0], let year = row[1].intValue, let month = row[2].intValue,
        let day = row[3].intValue
      else {
        Issue.record("not a date: \(row.values)")
        return
      }
      guard DateValue(year: year, month: month, day: day) == date else {
        Issue.record("\(year)-\(month)-\(day) is not \(date)")
        return
      }
    }
    #expect(DateValue(year: 2023, month: 2, day: 29) == nil)
    #expect(DateValue(year: 2024, month: 13, day: 1) == nil)
  }
}
