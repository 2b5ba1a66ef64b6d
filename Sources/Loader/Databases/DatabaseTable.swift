/// A table or view of a database that can be loaded.
public struct DatabaseTable: Sendable, Hashable {
  /// What the database calls it.
  public let name: String
  /// What a view shows is in tables already: a load of the whole database leaves it out.
  public let isView: Bool
  /// All columns in order, where the scanner does not tell all of them as they are; else none.
  let columns: [Column]

  /// A column, and what the database knows of it.
  struct Column: Sendable, Hashable {
    let name: String
    /// The type in the database's words.
    let type: String

    /// Whether it is JSON, which the scanner takes for text.
    var isDocument: Bool { type == "json" || type == "jsonb" }
    /// Whether it is a list, which is kept as JSON, as dlt does.
    var isList: Bool { type.hasSuffix("[]") }
    /// Whether it holds numbers of any size, which the scanner takes for floating point.
    var isBoundless: Bool { type == "numeric" }
  }
}
