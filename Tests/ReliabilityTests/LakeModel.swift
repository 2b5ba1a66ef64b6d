import SQLText
import TestKit

/// What a lake must hold, kept in memory: tables with a key `k` and columns of numbers or texts, all values as text.
struct LakeModel: Sendable {
  struct Table: Sendable, Equatable {
    /// Name and SQL type, in the order in which they were added.
    var columns: [Column]
    /// The values of each row in the order of the columns; nil for NULL.
    var rows: [Int: [String?]] = [:]

    func index(_ column: String) -> Int? { columns.firstIndex { $0.name == column } }
  }

  struct Column: Sendable, Hashable {
    var name: String
    var type: String

    var isNumber: Bool { type == "BIGINT" }
  }

  var tables: [String: Table] = [:]

  /// Does to the model what a change does to the lake.
  mutating func apply(_ change: LakeChange) {
    switch change {
    case .insert(let table, let rows):
      for row in rows { tables[table]?.rows[row.key] = row.values }
    case .set(let table, let keys, let column, let value):
      guard let index = tables[table]?.index(column) else { return }
      for key in keys { tables[table]?.rows[key]?[index] = value }
    case .increment(let table, let keys, let column):
      guard let index = tables[table]?.index(column) else { return }
      for key in keys {
        guard let number = tables[table]?.rows[key]?[index].flatMap({ Int($0) }) else { continue }
        tables[table]?.rows[key]?[index] = String(number + 1)
      }
    case .delete(let table, let keys):
      for key in keys { tables[table]?.rows[key] = nil }
    case .createTable(let name, let columns): tables[name] = Table(columns: columns)
    case .dropTable(let name): tables[name] = nil
    case .addColumn(let table, let column, let value):
      tables[table]?.columns.append(column)
      for key in tables[table]?.rows.keys.sorted() ?? [] { tables[table]?.rows[key]?.append(value) }
    case .dropColumn(let table, let name):
      guard let index = tables[table]?.index(name) else { return }
      tables[table]?.columns.remove(at: index)
      for key in tables[table]?.rows.keys.sorted() ?? [] { tables[table]?.rows[key]?.remove(at: index) }
    case .renameColumn(let table, let name, let new):
      guard let index = tables[table]?.index(name) else { return }
      tables[table]?.columns[index].name = new
    case .renameTable(let name, let new):
      tables[new] = tables.removeValue(forKey: name)
    }
  }
}

/// One change of a lake.
enum LakeChange: Sendable {
  struct Row: Sendable {
    let key: Int
    let values: [String?]
  }

  case insert(String, [Row])
  case set(String, ClosedRange<Int>, column: String, String?)
  case increment(String, ClosedRange<Int>, column: String)
  case delete(String, ClosedRange<Int>)
  case createTable(String, [LakeModel.Column])
  case dropTable(String)
  case addColumn(String, LakeModel.Column, value: String?)
  case dropColumn(String, String)
  case renameColumn(String, String, to: String)
  case renameTable(String, to: String)

  /// The statement, for a table of the model as it was before the change.
  func sql(_ model: LakeModel) -> String {
    switch self {
    case .insert(let table, let rows):
      let columns = model.tables[table]?.columns ?? []
      let tuples = rows.map { row in
        let values = zip(columns, row.values).map { Self.literal($1, $0) }
        return "(" + (["\(row.key)"] + values).joined(separator: ", ") + ")"
      }
      let names = (["k"] + columns.map(\.name)).joined(separator: ", ")
      return "INSERT INTO \(table) (\(names)) VALUES \(tuples.joined(separator: ", "))"
    case .set(let table, let keys, let column, let value):
      let index = model.tables[table]?.index(column)
      let literal = index.flatMap { model.tables[table]?.columns[$0] }.map { Self.literal(value, $0) }
      return "UPDATE \(table) SET \(column) = \(literal ?? "NULL") WHERE \(Self.condition(keys))"
    case .increment(let table, let keys, let column):
      return "UPDATE \(table) SET \(column) = \(column) + 1 WHERE \(Self.condition(keys))"
    case .delete(let table, let keys): return "DELETE FROM \(table) WHERE \(Self.condition(keys))"
    case .createTable(let name, let columns):
      return "CREATE TABLE \(name) ("
        + (["k BIGINT"] + columns.map { "\($0.name) \($0.type)" }).joined(separator: ", ") + ")"
    case .dropTable(let name): return "DROP TABLE \(name)"
    case .addColumn(let table, let column, let value):
      let preset = value.map { " DEFAULT \(Self.literal($0, column))" } ?? ""
      return "ALTER TABLE \(table) ADD COLUMN \(column.name) \(column.type)\(preset)"
    case .dropColumn(let table, let name): return "ALTER TABLE \(table) DROP COLUMN \(name)"
    case .renameColumn(let table, let name, let new):
      return "ALTER TABLE \(table) RENAME COLUMN \(name) TO \(new)"
    case .renameTable(let name, let new): return "ALTER TABLE \(name) RENAME TO \(new)"
    }
  }

  private static func literal(_ value: String?, _ column: LakeModel.Column) -> String {
    guard let value else { return "NULL" }
    return column.isNumber ? value : SQLLiteral.string(value)
  }

  private static func condition(_ keys: ClosedRange<Int>) -> String {
    "k BETWEEN \(keys.lowerBound) AND \(keys.upperBound)"
  }
}
