import TestKit

/// Makes up changes, all from one seed. Writers have ranges of keys of their own, so what they do in one round commutes:
/// whoever comes first, the lake must be the same afterwards.
struct Workload {
  /// What happens before anything else does.
  enum Round: Sendable {
    /// Transactions, one for each writer, side by side; beside them a maintenance task or none.
    case writers([Transaction], beside: Maintenance?)
    /// One change of the schema.
    case schema(LakeChange)
  }

  struct Transaction: Sendable {
    let changes: [LakeChange]
    /// Whether it is rolled back in the end.
    let isGivenUp: Bool
  }

  /// What leaves the rows as they are.
  enum Maintenance: String, Sendable, CaseIterable {
    case flush, merge, rewrite, expire, cleanUp
  }

  static let writers = 4
  private static let keysOfWriter = 1_000_000

  private let maintenance: [Maintenance]
  private var random: SeededNumbers
  private var names = 0
  private var nextKey = [Int](repeating: 0, count: writers)

  /// - Parameter maintenance: the tasks that may run beside the writers.
  init(random: SeededNumbers, maintenance: [Maintenance]) {
    self.random = random
    self.maintenance = maintenance
  }

  /// The next round, for a lake that is as the model says.
  mutating func next(_ model: LakeModel) -> Round {
    let tables = model.tables.keys.sorted()
    if tables.count < 2 || random.chance(12) { return .schema(schemaChange(model, tables)) }
    let transactions = (0..<Self.writers).map { transaction(of: $0, model, tables) }
    return .writers(transactions, beside: random.chance(15) ? maintenance.randomElement(using: &random) : nil)
  }

  // MARK: Rows

  private mutating func transaction(of writer: Int, _ model: LakeModel, _ tables: [String]) -> Transaction {
    var after = model
    var changes: [LakeChange] = []
    for _ in 0..<(random.chance(70) ? 1 : random.number(2...4)) {
      let change = self.change(of: writer, after, tables[random.number(0...(tables.count - 1))])
      after.apply(change)
      changes.append(change)
    }
    return Transaction(changes: changes, isGivenUp: random.chance(5))
  }

  private mutating func change(of writer: Int, _ model: LakeModel, _ name: String) -> LakeChange {
    guard let table = model.tables[name] else { return .delete(name, 0...0) }
    let first = writer * Self.keysOfWriter
    let used = nextKey[writer]
    let dice = random.number(1...100)
    if dice <= 50 || used == 0 {
      // Few rows are inlined in the catalog, more become a file.
      let count = random.chance(70) ? random.number(1...6) : random.number(15...80)
      let rows = (0..<count).map { index in
        LakeChange.Row(key: first + used + index, values: table.columns.map { value(of: $0) })
      }
      nextKey[writer] += count
      return .insert(name, rows)
    }
    let start = first + random.number(0...(used - 1))
    let keys = start...(start + (random.chance(60) ? random.number(0...4) : random.number(20...120)))
    guard dice <= 80, let column = table.columns.randomElement(using: &random) else {
      return .delete(name, keys)
    }
    if column.isNumber, random.chance(50) { return .increment(name, keys, column: column.name) }
    return .set(name, keys, column: column.name, value(of: column))
  }

  private mutating func value(of column: LakeModel.Column) -> String? {
    if random.chance(10) { return nil }
    if column.isNumber { return String(random.number(-1000...1_000_000)) }
    return ["", "O'Hara", "größer", "a;b\"c", "NULL", "row \(random.number(0...999))"].randomElement(
      using: &random)
  }

  // MARK: Schema

  private mutating func schemaChange(_ model: LakeModel, _ tables: [String]) -> LakeChange {
    if tables.count < 2 { return .createTable(name("t"), (0..<random.number(1...3)).map { _ in column() }) }
    let name = tables[random.number(0...(tables.count - 1))]
    let columns = model.tables[name]?.columns ?? []
    switch random.number(1...100) {
    case ...30:
      let column = column()
      return .addColumn(name, column, value: random.chance(50) ? value(of: column) : nil)
    case ...50 where columns.count > 1:
      return .dropColumn(name, columns[random.number(0...(columns.count - 1))].name)
    case ...70 where !columns.isEmpty:
      return .renameColumn(name, columns[random.number(0...(columns.count - 1))].name, to: self.name("c"))
    case ...80: return .renameTable(name, to: self.name("t"))
    case ...88 where tables.count > 2: return .dropTable(name)
    default:
      guard tables.count < 5 else { return .addColumn(name, column(), value: nil) }
      return .createTable(self.name("t"), (0..<random.number(1...3)).map { _ in column() })
    }
  }

  private mutating func column() -> LakeModel.Column {
    LakeModel.Column(name: name("c"), type: random.chance(50) ? "BIGINT" : "VARCHAR")
  }

  private mutating func name(_ letter: String) -> String {
    names += 1
    return letter + String(names)
  }
}
