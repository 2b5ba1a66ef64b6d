/// One step from an older form of the store to a newer one. What was published is never changed again.
public struct Migration: Sendable {
  /// What part of Tarn the tables belong to.
  public let part: String
  /// Place in the part's order, from 1.
  public let number: Int
  /// The statements. `BYTES` stands for the type of bytes, which each database names differently; whole numbers are BIGINT,
  /// moments are BIGINT in microseconds since 1970, JSON is TEXT.
  public let statements: String

  public init(part: String, number: Int, statements: String) {
    self.part = part
    self.number = number
    self.statements = statements
  }

  func text(for dialect: StoreTransaction.Dialect) -> String {
    let bytes =
      switch dialect {
      case .sqlite: "BLOB"
      case .postgresql: "BYTEA"
      }
    return statements.replacing("BYTES", with: bytes)
  }
}
