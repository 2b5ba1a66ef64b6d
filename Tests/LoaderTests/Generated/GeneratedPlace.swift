import Foundation
import Loader
import TestKit

/// A place in generated documents: what kinds of values stand there, and what is below it.
final class GeneratedPlace {
  enum Kind: CaseIterable {
    case null, bool, integer, bigInteger, hugeInteger, double, wholeDouble, text, timestamp, numberText,
      flagText
    case object, list, emptyObject, emptyList

    static let scalars: [Kind] = [
      .bool, .integer, .bigInteger, .hugeInteger, .double, .wholeDouble, .text, .timestamp, .numberText,
      .flagText,
    ]
  }

  /// One member of the objects here, or several that come to one column.
  struct Field {
    /// What it is called in documents; of several, each row has some.
    let spellings: [String]
    /// What all of them are called in the lake.
    let column: String
    let place: GeneratedPlace
    /// How often a row has it, in each load, in a hundred.
    let presence: [Int]
  }

  /// What mostly stands here, in each load.
  let usual: [Kind]
  /// What stands here now and then.
  let others: [Kind]
  fileprivate(set) var fields: [Field] = []
  fileprivate(set) var element: GeneratedPlace?

  fileprivate init(usual: [Kind], others: [Kind]) {
    self.usual = usual
    self.others = others
  }

  fileprivate func mayBe(_ kind: Kind) -> Bool { usual.contains(kind) || others.contains(kind) }
}

/// Makes the places of one seed's documents: few of them, so that rows have much in common.
struct GeneratedPlaces {
  private var random: SeededNumbers
  /// The columns and tables that places come to. Names may meet only where that is meant.
  private var taken: Set<String> = ["n"]

  static func make(_ random: SeededNumbers) -> GeneratedPlace {
    var places = GeneratedPlaces(random: random)
    let root = GeneratedPlace(usual: [.object, .object], others: [])
    places.addFields(to: root, path: "", depth: 0)
    return root
  }

  private init(random: SeededNumbers) { self.random = random }

  private static let names = [
    "name", "Title Case", "userID", "HTTPServer", "ünïcode", "🙂", "a.b", "c-d", "", "  ", "trail_",
    "trail2__", "_lead",
    "1st", "e__f", "value", "list", "select", "quo\"te", "back\\slash", "new\nline", "tab\tbed", "x+y",
    "m@il", "p|q",
    "日本", "ALLCAPS", "mixedCASEName", "v2", "item", "items", "at", "total", "flag", "k~l", "s/t", "$dollar",
    "*star",
    "[0]", "type", "key", "Ａ",
    "long_name_long_name_long_name_long_name_long_name_long_name_long_name_long_name",
  ]

  /// Names that come to one column.
  private static let families: [(column: String, spellings: [String])] = [
    ("g_h", ["g_h", "g h", "G-H", "gH"]), ("word", ["word", "Word", "WORD"]), ("ij", ["IJ", "ij", "Ij"]),
    ("u_v", ["u-v", "u v", "u.v"]),
  ]

  /// What all of a family's names, and those that dlt is given in their place, have in common; other names as they are.
  static func common(_ name: String) -> String {
    guard !name.trimmingCharacters(in: .whitespaces).isEmpty else { return SnakeCase.empty }
    return families.first { family in
      family.spellings.contains(name) || name.hasPrefix(family.column + "_")
    }?.column ?? name
  }

  private mutating func pick<Value>(_ values: [Value]) -> Value {
    values[random.number(0...values.count - 1)]
  }

  private mutating func addFields(to place: GeneratedPlace, path: String, depth: Int) {
    for _ in 0..<random.number(1...(depth == 0 ? 9 : 4)) {
      if random.chance(8) {
        let family = pick(Self.families)
        guard taken.insert(path + family.column).inserted else { continue }
        let below = makeScalar()
        place.fields.append(
          .init(spellings: family.spellings, column: family.column, place: below, presence: presence()))
        continue
      }
      let name = pick(Self.names)
      let column = SnakeCase.key(name)
      // A list under a key without a name would go to the table of the list beside the object.
      if column == SnakeCase.empty, place.mayBe(.list) { continue }
      guard taken.insert(path + column).inserted else { continue }
      place.fields.append(
        .init(
          spellings: [name], column: column, place: make(path: path + column + "__", depth: depth + 1),
          presence: presence()))
    }
  }

  private mutating func presence() -> [Int] {
    (0..<2).map { _ in pick([0, 15, 60, 95, 100]) }
  }

  private mutating func makeScalar() -> GeneratedPlace {
    let usual = pick(GeneratedPlace.Kind.scalars)
    return GeneratedPlace(
      usual: [usual, random.chance(20) ? pick(GeneratedPlace.Kind.scalars) : usual],
      others: random.chance(40) ? [pick(GeneratedPlace.Kind.scalars), .null] : [])
  }

  private mutating func make(path: String, depth: Int) -> GeneratedPlace {
    let isDeep = depth > 4
    guard !isDeep, random.chance(45) else {
      guard !isDeep, random.chance(25) else { return makeScalar() }
      // Anything at all.
      let kinds = GeneratedPlace.Kind.allCases
      return filled(
        GeneratedPlace(usual: [pick(kinds), pick(kinds)], others: (0..<3).map { _ in pick(kinds) }), path,
        depth)
    }
    let usual: GeneratedPlace.Kind = random.chance(55) ? .list : .object
    var others: [GeneratedPlace.Kind] =
      random.chance(40) ? [.null, usual == .list ? .emptyList : .emptyObject] : []
    if random.chance(15) { others.append(pick(GeneratedPlace.Kind.allCases)) }
    return filled(GeneratedPlace(usual: [usual, usual], others: others), path, depth)
  }

  private mutating func filled(_ place: GeneratedPlace, _ path: String, _ depth: Int) -> GeneratedPlace {
    if place.mayBe(.object) { addFields(to: place, path: path, depth: depth) }
    // An element's members stand in a table of their own.
    if place.mayBe(.list) { place.element = make(path: path + "[]", depth: depth + 1) }
    return place
  }
}
