import Foundation
import Loader
import TestKit

/// Makes the values of places.
struct GeneratedValues {
  private var random: SeededNumbers

  init(random: SeededNumbers) { self.random = random }

  /// A row of the root: an object with a number that no other row of the load has.
  mutating func row(_ place: GeneratedPlace, _ load: Int, number: Int) -> JSONValue {
    var members = self.members(of: place, load)
    members.insert(
      .init(key: "n", value: .int(number)), at: random.chance(80) ? 0 : random.number(0...members.count))
    return .object(JSONObject(members))
  }

  private mutating func members(of place: GeneratedPlace, _ load: Int) -> [JSONObject.Member] {
    var fields = place.fields
    if random.chance(15) { fields.shuffle(using: &random) }
    var members: [JSONObject.Member] = []
    for field in fields {
      for spelling in field.spellings where random.chance(field.presence[load]) {
        members.append(.init(key: spelling, value: value(of: field.place, load)))
      }
    }
    return members
  }

  private mutating func value(of place: GeneratedPlace, _ load: Int) -> JSONValue {
    let kind = !place.others.isEmpty && random.chance(25) ? pick(place.others) : place.usual[load]
    switch kind {
    case .null: return .null
    case .object: return .object(JSONObject(members(of: place, load)))
    case .emptyObject: return .object(JSONObject())
    case .emptyList: return .array([])
    case .list:
      guard let element = place.element else { return .array([]) }
      return .array((0..<random.number(0...4)).map { _ in value(of: element, load) })
    default: return scalar(kind)
    }
  }

  private mutating func pick<Value>(_ values: [Value]) -> Value {
    values[random.number(0...values.count - 1)]
  }

  private mutating func scalar(_ kind: GeneratedPlace.Kind) -> JSONValue {
    switch kind {
    case .bool: .bool(random.chance(50))
    case .integer: .int(random.chance(20) ? 0 : random.number(-1000...1000))
    case .bigInteger: .number(pick(Self.bigIntegers))
    case .hugeInteger: .number(pick(Self.hugeIntegers))
    case .double:
      random.chance(50)
        ? .number(pick(Self.doubles)) : .number("\(Double(random.number(-99_999...99_999)) / 128 + 0.001)")
    case .wholeDouble: .number(pick(Self.wholeDoubles))
    case .timestamp: .string(pick(Self.timestamps))
    case .numberText: .string(pick(Self.numberTexts))
    case .flagText: .string(pick(Self.flagTexts))
    default: .string(pick(Self.texts))
    }
  }

  private static let bigIntegers = [
    "9223372036854775807", "-9223372036854775808", "9007199254740993", "1700000000", "253402300799",
    "253402300800",
    "-62135596800", "-62135596801", "4611686018427387904", "1000000000000000000",
  ]
  private static let hugeIntegers = [
    "9223372036854775808", "18446744073709551615", "18446744073709551616", "-9223372036854775809",
    "170141183460469231731687303715884105727", "99999999999999999999999999999999999999",
  ].filter { $0.count < 39 }
  private static let doubles = [
    "0.1", "-0.5", "1e-7", "1.5e-05", "123456789.123456789", "3.141592653589793", "1.7976931348623157e308",
    "5e-324",
    "2.5", "1e-300", "1700000000.25", "0.30000000000000004",
  ]
  private static let wholeDoubles = [
    "2.0", "-7.0", "0.0", "-0.0", "1e3", "1E5", "1e15", "1e16", "1e17", "123456789012345680.0", "1e22",
    "9007199254740992.0",
    "1.0e2",
  ]
  private static let timestamps = [
    "2024-01-02T03:04:05Z", "2024-01-02T03:04:05.678+02:00", "2024-02-29 23:59:59", "2024-01-02T03:04",
    "1999-12-31T23:59:59.999999-05:30", "2024-01-02 03:04:05.123456Z", "0001-01-01T00:00:00Z",
    "2024-06-30T12:00:00+00:00", "2024-01-02T03:04:05.123456789Z",
  ]
  private static let numberTexts = [
    "12", " 12 ", "-7", "+5", "007", "1_000", "0x1F", "1.5", "1e5", "nan", "inf", "-Infinity", "1.", ".5",
    "1__0", "1,5",
    "9223372036854775807", "9223372036854775808", "1700000000", "1_0.5", "1e400", "12\n", "--1", "0b1", "1e",
    "_1", "0x",
    "\u{00a0}3",
  ]
  private static let flagTexts = ["yes", "No", "TRUE", "f", "T", "0", "1", "", "maybe", "y ", "on"]
  private static let texts = [
    "", " ", "plain", "ünïcödé", "🙂🙃", "it's \"quoted\"", "back\\slash", "two\nlines", "tab\t", "\u{1}\u{1f}",
    "2024-01-02",
    "03:04:05", "2024", "202401", "20240102", "null", "{\"a\": 1}", "[1, 2]", "日本語", "e\u{301}",
    "2024-13-01T00:00:00Z",
    "2024-01-02T25:00:00", "a;b", "--", "NaN", "2024-01", "P1D", "2024-01-02T03:04:05+9", "\u{2028}",
    "' OR 1=1",
  ]
}
