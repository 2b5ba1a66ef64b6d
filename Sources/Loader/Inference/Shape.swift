/// What a source has at one place, and below it: the union of all its rows.
public struct Shape: Sendable, Hashable {
  /// The key under which the place is found; empty for rows and elements of lists.
  public var key: String
  /// The kinds of values seen.
  public var kinds: ValueKinds
  /// Where each kind was first seen, as far as that is known.
  public var firstSights: [ValueKinds: FirstSight]
  /// The members of objects, in the order in which they were first seen.
  public var members: [Shape]
  /// The elements of lists: one or none.
  public var elements: [Shape]
  /// The type of the source's own column, where it has one: in Parquet files and tables.
  public var sourceType: SourceType?

  /// A type that a source declares.
  public struct SourceType: Sendable, Hashable {
    /// As DuckDB prints it.
    public var sql: String
    public var dataType: DataType
    /// What the schema has to say besides: precision, scale, time zone.
    public var hints: JSONObject
  }

  public init(
    key: String = "", kinds: ValueKinds = [], firstSights: [ValueKinds: FirstSight] = [:],
    members: [Shape] = [],
    elements: [Shape] = [], sourceType: SourceType? = nil
  ) {
    self.key = key
    self.kinds = kinds
    self.firstSights = firstSights
    self.members = members
    self.elements = elements
    self.sourceType = sourceType
  }

  /// The elements of lists.
  public var element: Shape? { elements.first }

  /// Adds what another part of the source has at the same place.
  public mutating func merge(_ other: Shape) {
    kinds.formUnion(other.kinds)
    firstSights.merge(other.firstSights, uniquingKeysWith: min)
    for member in other.members {
      if let index = members.firstIndex(where: { $0.key == member.key }) {
        members[index].merge(member)
      } else {
        members.append(member)
      }
    }
    if let element = other.element {
      if elements.isEmpty { elements = [element] } else { elements[0].merge(element) }
    }
  }

  /// Where a value was first seen at a place below that no list leads to; nil when nobody knows.
  func firstSight(at path: ArraySlice<ShapePath.Step>) -> FirstSight? {
    guard let step = path.first else { return firstSights.filter { $0.key != .null }.map(\.value).min() }
    guard case .member(let key) = step else { return nil }
    return members.first { $0.key == key }?.firstSight(at: path.dropFirst())
  }

  /// Where one of some kinds was first seen; nil when none was, or nobody knows.
  func firstSight(of wanted: ValueKinds) -> FirstSight? {
    firstSights.filter { wanted.contains($0.key) }.map(\.value).min()
  }
}
