/// What stands behind the question mark: `?limit=10&tag=a&tag=b`, decoded.
public struct QueryParameters: Sendable, Hashable {
  /// A name and its value; a name alone has an empty one.
  public struct Item: Sendable, Hashable {
    public let name: String
    public let value: String
  }

  /// All parameters, in order.
  public let items: [Item]

  /// Whether some were left out, since they were no text: a `%` without two digits, or bytes that are no UTF-8.
  public let isMalformed: Bool

  /// Reads a query. Forms in a body (`application/x-www-form-urlencoded`) are written the same way.
  ///
  /// - Parameter text: As sent, without the question mark.
  public init(_ text: String) {
    var items: [Item] = []
    var isMalformed = false
    for part in text.utf8.split(separator: UInt8(ascii: "&")) {
      let mark = part.firstIndex(of: UInt8(ascii: "=")) ?? part.endIndex
      let value = mark == part.endIndex ? part[mark...] : part[part.index(after: mark)...]
      if let name = PercentDecoding.decode(part[..<mark], plusIsSpace: true),
        let value = PercentDecoding.decode(value, plusIsSpace: true)
      {
        items.append(Item(name: name, value: value))
      } else {
        isMalformed = true
      }
    }
    self.items = items
    self.isMalformed = isMalformed
  }

  /// The first value of a name.
  public subscript(_ name: String) -> String? {
    items.first { $0.name == name }?.value
  }

  /// All values of a name.
  public subscript(all name: String) -> [String] {
    items.filter { $0.name == name }.map(\.value)
  }
}
