import DuckDB
import Foundation
import SQLText
import Synchronization

/// A data table as one session has attached it.
struct SessionDataTable: Sendable, Hashable {
  /// What the workspace calls it.
  let name: String
  /// What the engine calls it.
  let catalog: String
  /// The schema that names without one mean.
  let schema: String
  let isReadOnly: Bool
  /// Columns whose values DuckDB would round, in lower case: by table, in whatever schema.
  let inexact: [String: Set<String>]
}

/// What a session has of data tables while a statement runs.
struct DataTableWork: Sendable {
  let slots: DataTableSlots
  let slot: Int
  let connection: Connection
  /// Those that the statement may read or write.
  let tables: [SessionDataTable]

  /// Runs work that waits for the data tables' servers, and has them stop it when its task is cancelled.
  ///
  /// - Throws: what `body` throws; `CancellationError`.
  func stoppable<Result: Sendable>(_ body: @Sendable () async throws -> Result) async throws -> Result {
    let run = StoppableRun()
    defer { run.end() }
    return try await withTaskCancellationHandler {
      do { return try await body() } catch {
        try Task.checkCancellation()
        throw error
      }
    } onCancel: {
      // What is stopped may ask the server for more before it ends.
      Task {
        while !run.isOver {
          for database in slots.access.databases { await slots.access.stop(database, slots.client(of: slot)) }
          try? await Task.sleep(for: .milliseconds(200))
        }
      }
    }
  }

  // MARK: Values that would be rounded

  /// Refuses a statement that would read or write values that DuckDB rounds.
  ///
  /// - Throws: ``LakeError`` with code `refused`.
  func requireExact(_ statement: CheckedStatement, tokens: [SQLToken], parameters: Parameters) async throws {
    var inexact: [String: Set<String>] = [:]
    for table in tables { inexact.merge(table.inexact) { $0.union($1) } }
    guard !inexact.isEmpty, let verb = tokens.first, Self.moving.contains(where: verb.isWord) else { return }
    if let target = statement.target?.parts.last, let columns = inexact[target.value.lowercased()],
      let column = Self.written(columns, tokens, behind: target)
    {
      throw Self.refusal(column, of: target.value)
    }
    // A statement that cannot be explained fails by itself, and tells why.
    guard
      let plan = try? await connection.query(
        "EXPLAIN (FORMAT json) " + statement.text as String, parameters: parameters),
      let text = plan.rows.first(where: { _ in true }).flatMap({ $0[1].text })
    else { return }
    for (table, column) in ServerScans(plan: text).columns {
      guard inexact[table.lowercased()]?.contains(column.lowercased()) == true else { continue }
      throw Self.refusal(column, of: table)
    }
  }

  private static let moving = [
    "select", "from", "with", "values", "table", "insert", "update", "delete", "merge", "create", "copy",
    "summarize",
  ]

  /// A column that the statement writes as far as its words tell.
  private static func written(_ columns: Set<String>, _ tokens: [SQLToken], behind target: SQLToken)
    -> String?
  {
    let names = Set(
      tokens.lazy.filter { $0.kind == .word || $0.kind == .quotedIdentifier }.map { $0.value.lowercased() })
    guard tokens[0].isWord("insert"),
      let place = tokens.firstIndex(where: { $0.utf8Offset == target.utf8Offset })
    else { return columns.sorted().first(where: names.contains) }
    guard place + 1 < tokens.count, tokens[place + 1].isSymbol("(") else { return columns.sorted().first }
    let list = tokens[(place + 2)...].prefix { !$0.isSymbol(")") }
    return list.first { columns.contains($0.value.lowercased()) }?.value
  }

  private static func refusal(_ column: String, of table: String) -> LakeError {
    LakeError(
      .refused,
      "column \(column) of \(table) holds numbers that DuckDB would round: it has at most 38 digits",
      hint:
        "Give the column a size, numeric(38, s) or less; or use a view with \(column)::text, or a script in postgresql."
    )
  }
}

/// Whether work that may have to be stopped has ended.
private final class StoppableRun: Sendable {
  private let over = Mutex(false)

  var isOver: Bool { over.withLock { $0 } }

  func end() { over.withLock { $0 = true } }
}

/// What a plan reads of PostgreSQL's tables.
private struct ServerScans {
  private(set) var columns: [(table: String, column: String)] = []

  /// - Parameter plan: what `EXPLAIN (FORMAT json)` gives.
  init(plan: String) {
    let nodes = (try? JSONSerialization.jsonObject(with: Data(plan.utf8))) as? [[String: Any]]
    for node in nodes ?? [] { visit(node) }
  }

  private mutating func visit(_ node: [String: Any]) {
    for child in node["children"] as? [[String: Any]] ?? [] { visit(child) }
    guard (node["name"] as? String)?.uppercased().contains("POSTGRES_SCAN") == true,
      let info = node["extra_info"] as? [String: Any], let table = info["Table"] as? String
    else { return }
    // One projection is a text, several are a list.
    let projections = (info["Projections"] as? String).map { [$0] } ?? info["Projections"] as? [String] ?? []
    for column in projections { columns.append((table, column)) }
  }
}
