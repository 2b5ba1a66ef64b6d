/// A column of a result.
public struct Column: Sendable, Hashable {
  /// The column's name. Names need not be unique.
  public let name: String

  /// The column's type.
  public let type: LogicalType

  /// Makes a column.
  public init(name: String, type: LogicalType) {
    self.name = name
    self.type = type
  }
}

/// The columns of a result, shared by its chunks and rows.
final class ResultSchema: Sendable {
  let columns: [Column]
  private let indexes: [String: Int]

  init(_ columns: [Column]) {
    self.columns = columns
    indexes = Dictionary(columns.enumerated().map { ($1.name, $0) }, uniquingKeysWith: { first, _ in first })
  }

  /// The first column of that name; capital and small letters are told apart only where both exist, as in
  /// DuckDB.
  func index(of name: String) -> Int? {
    if let index = indexes[name] { return index }
    let lowercased = name.lowercased()
    return columns.firstIndex { $0.name.lowercased() == lowercased }
  }
}
