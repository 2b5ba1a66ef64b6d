/// A table while its document is read, and how it came about: that decides what may still be added.
final class TOMLNode {
  enum Origin: Equatable {
    /// It stands in the name of another table only.
    case implied
    /// It has a header of its own, or is an element of an array of tables.
    case header
    /// It stands in a dotted key of this section.
    case dotted(section: Int)
    /// It is written in braces: nothing is added.
    case inline
  }

  enum Entry {
    case value(TOMLValue)
    case table(TOMLNode)
    /// An array of tables, made by headers.
    case tables([TOMLNode])
  }

  var origin: Origin
  private(set) var order: [(key: String, line: Int)] = []
  private var entries: [String: Entry] = [:]

  init(_ origin: Origin) { self.origin = origin }

  subscript(key: String) -> Entry? { entries[key] }

  func set(_ key: String, _ entry: Entry, line: Int) {
    if entries.updateValue(entry, forKey: key) == nil { order.append((key, line)) }
  }

  /// The table as it is in the end.
  var table: TOMLTable {
    TOMLTable(
      members: order.compactMap { key, line in
        let value: TOMLValue
        switch entries[key] {
        case .value(let found)?: value = found
        case .table(let node)?: value = .table(node.table)
        case .tables(let nodes)?: value = .array(nodes.map { .table($0.table) })
        case nil: return nil
        }
        return TOMLTable.Member(key: key, value: value, line: line)
      })
  }

  // MARK: Headers

  /// The table that the last part of a header's name stands in.
  func parent(of path: ArraySlice<String>, line: Int) throws(TOMLError) -> TOMLNode {
    guard let key = path.first, path.count > 1 else { return self }
    let next: TOMLNode
    switch entries[key] {
    case nil:
      next = TOMLNode(.implied)
      set(key, .table(next), line: line)
    case .table(let node)?: next = node
    case .tables(let nodes)?: next = nodes[nodes.count - 1]
    case .value?: throw Self.taken(key, line)
    }
    guard next.origin != .inline else { throw Self.taken(key, line) }
    return try next.parent(of: path.dropFirst(), line: line)
  }

  /// The table of a header `[path]`.
  func open(_ path: [String], line: Int) throws(TOMLError) -> TOMLNode {
    let key = path[path.count - 1]
    let parent = try parent(of: path[...], line: line)
    switch parent[key] {
    case nil:
      let node = TOMLNode(.header)
      parent.set(key, .table(node), line: line)
      return node
    case .table(let node)? where node.origin == .implied:
      node.origin = .header
      return node
    case .table?, .tables?, .value?: throw Self.taken(key, line)
    }
  }

  /// A new table of a header `[[path]]`.
  func append(_ path: [String], line: Int) throws(TOMLError) -> TOMLNode {
    let key = path[path.count - 1]
    let parent = try parent(of: path[...], line: line)
    let node = TOMLNode(.header)
    switch parent[key] {
    case nil: parent.set(key, .tables([node]), line: line)
    case .tables(let nodes)?: parent.set(key, .tables(nodes + [node]), line: line)
    case .table?, .value?: throw Self.taken(key, line)
    }
    return node
  }

  // MARK: Keys

  /// Adds `path = value`.
  ///
  /// - Parameter section: the number of the header that the key stands below.
  func add(_ path: [String], _ entry: Entry, section: Int, line: Int) throws(TOMLError) {
    var node = self
    for key in path.dropLast() {
      switch node[key] {
      case nil:
        let next = TOMLNode(.dotted(section: section))
        node.set(key, .table(next), line: line)
        node = next
      case .table(let next)? where next.origin == .implied || next.origin == .dotted(section: section):
        next.origin = .dotted(section: section)
        node = next
      case .table?, .tables?, .value?: throw Self.taken(key, line)
      }
    }
    let key = path[path.count - 1]
    guard node[key] == nil else { throw Self.taken(key, line) }
    node.set(key, entry, line: line)
  }

  private static func taken(_ key: String, _ line: Int) -> TOMLError {
    TOMLError(message: "'\(key)' stands twice", line: line)
  }
}
