public import Foundation

/// A branch of a lake, as the lake's catalog knows it.
public struct LakeBranch: Sendable, Hashable, Codable {
  /// The branch's own name, such as `dev`.
  public let name: String
  /// Its name as a lake, such as `main@dev`.
  public let lake: String
  /// The name by which SQL calls it, such as `main__dev`.
  public let alias: String
  /// The lake's snapshot that it started from; kept as long as the branch lives.
  public let base: Int64
  /// When it was made, or last began anew after a merge.
  public let created: Date
  /// Who made it.
  public let author: String?
  /// Where its catalog is: a file, or a schema in the lake's PostgreSQL database.
  public let place: String
  /// False when its making or dropping was cut off: to be made again or dropped.
  public let isComplete: Bool
}

/// One thing that a branch and its lake do not have alike since the branch began.
public struct BranchChange: Sendable, Hashable, Codable {
  /// `schema`, `table`, `view` or `macro`.
  public let kind: String
  /// `name`, or `schema.name` outside schema `main`, as the branch calls it now.
  public let name: String
  /// `created`, `dropped`, `replaced`, `altered`, `rows` or `altered, rows`.
  public let change: String
  /// Rows that the branch has and its base has not; an updated row counts here and in ``removed``. Nil where rows do not
  /// tell.
  public let added: Int64?
  /// Rows that the base has and the branch has not.
  public let removed: Int64?
  /// Why a merge cannot apply it; nil when it can.
  public let conflict: String?
}

/// What a merge would do, or has done.
public struct BranchMerge: Sendable, Hashable, Codable {
  /// What the branch changed, schemas first.
  public let changes: [BranchChange]
  /// The lake's snapshot that holds the changes; nil when nothing was applied.
  public let snapshot: Int64?

  /// The changes that stand against changes of the lake. When there are any, a merge applies nothing.
  public var conflicts: [BranchChange] { changes.filter { $0.conflict != nil } }
}
