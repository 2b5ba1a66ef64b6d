import Foundation

/// The snapshots through which one table, by its number, had or has a name.
struct TableLife: Sendable, Equatable {
  let id: Int64
  /// All its names, in order.
  let periods: [Period]
  /// The periods that belong to the history of the name that was asked for.
  let counted: [Period]

  /// A time in which a table had one name.
  struct Period: Sendable, Equatable {
    let id: Int64
    let name: CatalogState.Name
    let begin: Int64
    /// The first snapshot at which it had it no more; nil while it has.
    let end: Int64?

    func contains(_ snapshot: Int64) -> Bool { begin <= snapshot && end.map { snapshot < $0 } ?? true }
  }

  /// The tables that have or had a name. The last of them is followed through its earlier names; of the others only the
  /// time counts in which they had this one.
  static func lives(of name: CatalogState.Name, in periods: [Period]) -> [TableLife] {
    let named = periods.filter { $0.name.isSame(as: name) }
    let last = named.max { ($0.end ?? .max, $0.begin) < ($1.end ?? .max, $1.begin) }
    return Set(named.map(\.id)).sorted().map { id in
      let own = periods.filter { $0.id == id }.sorted { $0.begin < $1.begin }
      return TableLife(id: id, periods: own, counted: id == last?.id ? own : named.filter { $0.id == id })
    }
  }

  func name(at snapshot: Int64) -> CatalogState.Name? { periods.first { $0.contains(snapshot) }?.name }

  /// Whether a snapshot belongs to the history: also the one that ends it.
  func counts(_ snapshot: Int64) -> Bool { counted.contains { $0.contains(snapshot) || $0.end == snapshot } }

  var begins: Int64? { periods.first?.begin }
  var ends: Int64? { periods.last?.end }
}

/// Rows that a snapshot inserted, deleted and updated.
struct RowCounts: Sendable, Equatable {
  var inserted: Int64 = 0
  var deleted: Int64 = 0
  var updated: Int64 = 0

  mutating func add(_ changeType: String?, _ rows: Int64) {
    switch changeType {
    case "insert": inserted += rows
    case "delete": deleted += rows
    case "update_postimage": updated += rows
    default: break
    }
  }
}

/// Tells what snapshots did to a table from what the catalog says of them.
enum TableEvents {
  /// One snapshot, as the catalog has it.
  struct Commit: Sendable, Equatable {
    let id: Int64
    let time: Date
    let changes: [SnapshotChange]
    let author: String?
    let message: String?
    let extraInfo: String?
  }

  /// What a snapshot did, before its rows are counted.
  struct Event: Sendable, Equatable {
    let snapshot: Int64
    /// What it did to the table itself, such as `create`.
    var definitions: [String] = []
    var renamed: [String] = []
    /// What it did to rows, by what the catalog says.
    var rowWords: [String] = []
    /// Tables whose rows it touched.
    var touched: Set<Int64> = []
    /// Tables of these that it only inserted into, with files of their own.
    var onlyInserted: Set<Int64> = []
    var isUpkeep = false

    /// What it did, in words.
    ///
    /// - Parameter rows: the numbers of rows, which tell an update from a delete with an insert; nil where unknown.
    func operations(_ rows: RowCounts?) -> [String] {
      if isUpkeep { return ["upkeep"] }
      guard !touched.isEmpty, let rows, rows != RowCounts() else { return definitions + rowWords }
      return definitions + (rows.inserted > 0 ? ["insert"] : []) + (rows.updated > 0 ? ["update"] : [])
        + (rows.deleted > 0 ? ["delete"] : [])
    }
  }

  /// - Returns: nil when the snapshot did nothing to the table.
  static func event(of commit: Commit, lives: [TableLife]) -> Event? {
    var event = Event(snapshot: commit.id)
    var made = false
    var ended = false
    var kinds: Set<String> = []
    for life in lives where life.counts(commit.id) {
      if life.begins == commit.id { made = true }
      if life.ends == commit.id { ended = true }
      if let rename = rename(of: life, in: commit.id) { event.renamed = rename }
      let own = commit.changes.filter { $0.id == life.id && !$0.isDrop }
      kinds.formUnion(own.map(\.kind))
      let rowKinds = Set(own.map(\.kind)).intersection(Self.rowKinds)
      guard !rowKinds.isEmpty, life.name(at: commit.id) != nil else { continue }
      event.touched.insert(life.id)
      if rowKinds == ["inserted_into_table"] { event.onlyInserted.insert(life.id) }
    }
    event.definitions = made && ended ? ["replace"] : made ? ["create"] : ended ? ["drop"] : []
    if !event.renamed.isEmpty { event.definitions.append("rename") }
    if kinds.contains("altered_table"), !made { event.definitions.append("alter") }
    event.isUpkeep =
      event.definitions.isEmpty && kinds.contains(where: SnapshotChange.isUpkeep)
      && kinds.allSatisfy { SnapshotChange.isUpkeep($0) || $0 == "deleted_from_table" }
    if !kinds.isDisjoint(with: ["inserted_into_table", "inlined_insert"]) { event.rowWords.append("insert") }
    if !kinds.isDisjoint(with: ["deleted_from_table", "inlined_delete"]) { event.rowWords.append("delete") }
    let isNothing = event.definitions.isEmpty && kinds.isEmpty
    return isNothing ? nil : event
  }

  private static let rowKinds: Set<String> = [
    "inserted_into_table", "inlined_insert", "deleted_from_table", "inlined_delete",
  ]

  private static func rename(of life: TableLife, in snapshot: Int64) -> [String]? {
    guard let index = life.periods.firstIndex(where: { $0.begin == snapshot }), index > 0,
      life.periods[index - 1].name != life.periods[index].name
    else { return nil }
    return [life.periods[index - 1].name.shown, life.periods[index].name.shown]
  }
}
