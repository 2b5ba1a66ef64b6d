import Lake
import Synchronization

/// A load of a package with what is to be done with it, before its rows are read.
struct PlannedLoad: Sendable {
  let run: LoadRun
  let input: LoadRun.Input
  let plan: LoadPlan

  /// - Throws: ``LoadError`` with code `declaration` when a table belongs to two of the loads: one of its own, and one below
  /// another. Rows of the one have to have what those of the other cannot.
  static func requireApart(_ loads: [PlannedLoad]) throws(LoadError) {
    var owners: [String: String] = [:]
    for load in loads {
      let names = load.plan.schema.chain(of: load.run.rootName).map(\.name) + load.plan.tables.map(\.name)
      for name in Set(names).sorted() {
        if let other = owners[name] {
          throw LoadError(
            .declaration, "'\(other)' and '\(load.run.load.table)' would both have the table '\(name)'",
            hint: "Call one of them otherwise with table, or load them into two schemas.")
        }
        owners[name] = load.run.load.table
      }
    }
  }
}

/// The files that a package's loads have written beside tables: they are removed when the package fails.
final class StagedFiles: Sendable {
  private let noted = Mutex<[OwnRows]>([])

  var rows: [OwnRows] { noted.withLock(\.self) }

  func note(_ rows: OwnRows) { noted.withLock { $0.append(rows) } }
}
