/// One table that a source makes: what its rows have, before any schema says what becomes of it.
struct FlatTable: Sendable, Hashable {
  /// The name in the lake.
  var name: String
  /// The number of the table whose rows hold these; nil for the root.
  var parent: Int?
  /// Which of the parent's lists holds them.
  var listIndex = 0
  /// The values of a row that become columns.
  var leaves: [Leaf] = []
  /// The lists of a row that become tables, as expressions on the row.
  var lists: [String] = []

  /// One value of a row that becomes a column.
  struct Leaf: Sendable, Hashable {
    /// The column's name in the lake.
    var name: String
    /// The keys that lead to it, for messages.
    var sourceName: String
    /// How many of the keys that lead to it are not called as the column is.
    var strangeKeys: Int
    /// Where its read type is noted.
    var path: ShapePath
    var access: Access
    /// The kinds that become this column's values, with where they were first seen.
    var shape: Shape
    /// Where a value was first seen; nil when nobody knows.
    var firstSight: FirstSight?
    /// Whether the row itself is the value, and not an object that has it.
    var isWholeRow = false
    /// Values of the same column that no row has together with this one.
    var alternatives: [Leaf] = []
  }
}

/// A place in a shape: keys, and `*` marks for elements of lists.
struct ShapePath: Sendable, Hashable {
  enum Step: Sendable, Hashable {
    case member(String)
    case element
  }
  var steps: [Step] = []

  func member(_ key: String) -> ShapePath { ShapePath(steps: steps + [.member(key)]) }
  var element: ShapePath { ShapePath(steps: steps + [.element]) }
}
