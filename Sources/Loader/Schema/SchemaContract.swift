/// What a load may change in a schema, and what happens to rows that would change more.
public struct SchemaContract: Sendable, Hashable {
  /// What is done with something new.
  public enum Mode: String, Sendable, Hashable, CaseIterable {
    /// It is added.
    case evolve
    /// The load fails.
    case freeze
    /// Rows that have it are left out.
    case discardRow = "discard_row"
    /// It is left out, the rest of its row is loaded.
    case discardValue = "discard_value"
  }

  /// New tables.
  public var tables: Mode
  /// New columns of tables that are there.
  public var columns: Mode
  /// Values that do not fit their column's type, and would get a column of their own.
  public var dataType: Mode

  public init(tables: Mode = .evolve, columns: Mode = .evolve, dataType: Mode = .evolve) {
    self.tables = tables
    self.columns = columns
    self.dataType = dataType
  }

  /// One mode for everything.
  public init(_ mode: Mode) { self.init(tables: mode, columns: mode, dataType: mode) }

  /// Reads one word, or one for each of `tables`, `columns` and `data_type`.
  ///
  /// - Throws: ``LoadError`` with code `declaration`.
  init(_ value: JSONValue) throws {
    if let word = value.string {
      self.init(try DeclarationReader.word(word, of: "schema_contract"))
      return
    }
    let reader = try DeclarationReader(value, "schema_contract", keys: ["tables", "columns", "data_type"])
    self.init(
      tables: try reader.word("tables") ?? .evolve, columns: try reader.word("columns") ?? .evolve,
      dataType: try reader.word("data_type") ?? .evolve)
  }
}
