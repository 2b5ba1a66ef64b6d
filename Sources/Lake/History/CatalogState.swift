/// What a lake consisted of at one snapshot, by the catalog's own numbers, so that a renamed thing is the same thing.
struct CatalogState: Sendable, Equatable {
  let snapshot: Int64
  var schemas: [String] = []
  var tables: [Table] = []
  var views: [View] = []
  var macros: [Macro] = []

  /// A schema's name and the name of something in it.
  struct Name: Sendable, Hashable, Comparable, CustomStringConvertible {
    let schema: String
    let name: String

    var description: String { "\(schema).\(name)" }
    /// The name as people write it: without the schema `main`.
    var shown: String { schema == "main" ? name : description }

    static func < (left: Name, right: Name) -> Bool { (left.schema, left.name) < (right.schema, right.name) }

    /// Names in SQL have no case.
    func isSame(as other: Name) -> Bool {
      schema.lowercased() == other.schema.lowercased() && name.lowercased() == other.name.lowercased()
    }
  }

  struct Table: Sendable, Equatable {
    let id: Int64
    let name: Name
    var columns: [Column] = []
    /// The text between the parentheses of `SET PARTITIONED BY`; nil when the table is not partitioned.
    var partitioning: String?
    /// The text between the parentheses of `SET SORTED BY`; nil when the table is not sorted.
    var sorting: String?
    var comment: String?
  }

  struct Column: Sendable, Equatable {
    /// Stays with the column through renaming and retyping.
    let id: Int64
    let name: String
    /// As DuckDB writes it.
    let type: String
    let isNullable: Bool
    /// SQL of the default value; nil for none.
    let defaultSQL: String?
    var comment: String?
    /// The column's own number and those of the fields inside, in order.
    let fieldIDs: [Int64]
  }

  struct View: Sendable, Equatable {
    let id: Int64
    let name: Name
    /// The SELECT statement, with this lake's catalog name in it.
    let sql: String
    /// Column names as they stand between parentheses behind the name; empty for none.
    let columns: String
    var comment: String?
  }

  struct Macro: Sendable, Equatable {
    let id: Int64
    let name: Name
    let isTable: Bool
    /// What stands behind the name in `CREATE MACRO`.
    let definition: String
  }

  func table(_ name: Name) -> Table? { tables.first { $0.name.isSame(as: name) } }
  func table(id: Int64) -> Table? { tables.first { $0.id == id } }
}
