import Foundation
import Loader
import TestKit

/// What follows from one seed: two loads into one table, as documents and as a declaration.
struct GeneratedSeed {
  let seed: Int
  let maxTableNesting: Int?
  let writeDisposition: WriteDisposition
  /// The documents of the two loads.
  let loads: [[JSONValue]]
  private let root: GeneratedPlace

  /// The table that both go to.
  var table: String { "s\(seed)" }
  var primaryKey: [String] { if case .merge = writeDisposition { ["n"] } else { [] } }

  init(_ seed: Int) {
    self.seed = seed
    var random = SeededNumbers(seed: UInt64(seed))
    let root = GeneratedPlaces.make(SeededNumbers(seed: random.next()))
    self.root = root
    maxTableNesting = random.chance(70) ? nil : random.number(0...3)
    writeDisposition =
      switch random.number(1...100) {
      case ...50: .append
      case ...60: .replace()
      case ...75: .merge(.deleteInsert())
      case ...90: .merge(.upsert())
      default: .merge(.insertOnly)
      }
    var values = GeneratedValues(random: SeededNumbers(seed: random.next()))
    let count =
      switch random.number(1...100) {
      case ...70: random.number(1...30)
      case ...95: random.number(31...120)
      // More than the loader looks at in order.
      default: random.number(257...600)
      }
    loads = (0..<2).map { load in
      // The second load has half of the first one's keys.
      let start = load * (count / 2)
      return (start..<start + count).map { number in
        values.row(root, load, number: number)
      }
    }
  }

  /// How many different numbers the rows have when both loads are done.
  var numbersAfterBoth: Int {
    var rows = loads.flatMap(\.self)
    if case .replace = writeDisposition { rows = loads[1] }
    return Set(rows.map { $0.object?["n"] }).count
  }

  /// A load's documents as lines.
  func lines(_ load: Int) -> String { loads[load].map { $0.text + "\n" }.joined() }

  /// A load's documents as dlt has to be given them, so that it does what Tarn is documented to do where fields share a
  /// name: the field that is called so has it, else the first; others get `_2`, `_3`.
  func linesForPeer(_ load: Int) -> String {
    var seen = SeenSpellings()
    for row in loads[load] { seen.look(at: row, root) }
    return loads[load].map { seen.renamed($0, root).text + "\n" }.joined()
  }
}

/// The order in which fields that share a name were first there.
private struct SeenSpellings {
  /// By place and field: the spellings in order of their first appearance, and those that ever had a value.
  private var order: [ObjectIdentifier: [String]] = [:]
  private var valued: [ObjectIdentifier: Set<String>] = [:]

  mutating func look(at value: JSONValue, _ place: GeneratedPlace) {
    switch value {
    case .object(let object):
      for member in object.members {
        guard let field = place.fields.first(where: { $0.spellings.contains(member.key) }) else { continue }
        let id = ObjectIdentifier(field.place)
        if field.spellings.count > 1 {
          if order[id]?.contains(member.key) != true { order[id, default: []].append(member.key) }
          if member.value != .null { valued[id, default: []].insert(member.key) }
        }
        look(at: member.value, field.place)
      }
    case .array(let elements):
      guard let element = place.element else { return }
      for value in elements { look(at: value, element) }
    default: return
    }
  }

  /// - Parameter isRow: whether the value is a row of a table, and not an object in one.
  func renamed(_ value: JSONValue, _ place: GeneratedPlace, isRow: Bool = true) -> JSONValue {
    switch value {
    case .object(let object):
      return .object(
        JSONObject(
          object.members.map { member in
            guard let field = place.fields.first(where: { $0.spellings.contains(member.key) }) else {
              return member
            }
            // dlt puts the elements of a list that has no name among the rows of its own table.
            let isNameless = isRow && field.column == SnakeCase.empty
            return .init(
              key: isNameless ? SnakeCase.empty : name(of: member.key, field),
              value: renamed(member.value, field.place, isRow: false))
          }))
    case .array(let elements):
      guard let element = place.element else { return value }
      return .array(elements.map { renamed($0, element) })
    default: return value
    }
  }

  private func name(of spelling: String, _ field: GeneratedPlace.Field) -> String {
    guard field.spellings.count > 1 else { return spelling }
    let id = ObjectIdentifier(field.place)
    let known = (order[id] ?? []).filter { valued[id]?.contains($0) == true }
    // What never has a value makes no column.
    guard known.contains(spelling) else { return "\(field.column)_nothing" }
    let ranked = known.filter { $0 == field.column } + known.filter { $0 != field.column }
    let rank = ranked.firstIndex(of: spelling) ?? 0
    return rank == 0 ? field.column : "\(field.column)_\(rank + 1)"
  }
}
