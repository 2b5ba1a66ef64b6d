import SQLText

/// Where the tables stand that a package needs until it is written.
///
/// Those of a single load are its session's temporary tables. Several loads are prepared by several sessions at a time and written
/// by one of them, which would not see the temporary tables of the others: theirs stand in a schema of the engine's own
/// database, which scripts cannot name.
struct WorkingTables: Sendable, Hashable {
  /// The schema's name; nil for the session's temporary tables.
  private let schema: String?

  /// The temporary tables of one session.
  static let ofSession = WorkingTables(schema: nil)

  /// Tables that all sessions of the engine see, under a name that no other package has.
  static func shared() -> WorkingTables {
    WorkingTables(schema: "tarn_load_" + String(UInt64.random(in: 0 ... .max), radix: 36))
  }

  /// How SQL names one of the tables.
  func table(_ name: String) -> String { schema.map { "memory.\($0).\(name)" } ?? "temp.main.\(name)" }

  /// How a statement begins that makes one of the tables anew, up to its columns or its query.
  func making(_ name: String) -> String {
    schema == nil ? "CREATE OR REPLACE TEMP TABLE \(name)" : "CREATE OR REPLACE TABLE \(table(name))"
  }

  /// The same of a table that may be there already, and stays then.
  func makingIfMissing(_ name: String) -> String {
    schema == nil ? "CREATE TEMP TABLE IF NOT EXISTS \(name)" : "CREATE TABLE IF NOT EXISTS \(table(name))"
  }

  /// The same of a view.
  func makingView(_ name: String) -> String {
    schema == nil ? "CREATE OR REPLACE TEMP VIEW \(name)" : "CREATE OR REPLACE VIEW \(table(name))"
  }

  /// What has to run before the first of them is made; nil when nothing has.
  var begin: String? { schema.map { "CREATE SCHEMA IF NOT EXISTS memory.\($0)" } }

  /// What removes all of them; nil where they go with their session.
  var end: String? { schema.map { "DROP SCHEMA IF EXISTS memory.\($0) CASCADE" } }
}
