/// Where something was first seen in a source: the row, and the place in it.
public struct FirstSight: Sendable, Hashable, Comparable {
  /// The row, from 0. Of rows behind the source's head only their order is known. Rows of child tables are counted on their
  /// own.
  public var row: Int
  /// The place in the row, in the order in which dlt makes columns: plain values in their order, then the objects inside,
  /// the last one first. One number for each level.
  public var order: [Int]

  public init(row: Int, order: [Int] = []) {
    self.row = row
    self.order = order
  }

  public static func < (one: Self, other: Self) -> Bool {
    guard one.row == other.row else { return one.row < other.row }
    return one.order.lexicographicallyPrecedes(other.order)
  }

  /// The number of a plain value among an object's members.
  static func ofValue(_ index: Int) -> Int { index }
  /// The number of what is inside an object's member.
  static func ofMembers(_ index: Int) -> Int { Int(Int32.max) - index }
}
