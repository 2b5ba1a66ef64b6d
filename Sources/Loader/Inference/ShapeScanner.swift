import Foundation

/// Reads JSON values and remembers what they have where, in memory that grows with the number of different places only.
///
/// The texts are valid: DuckDB has parsed them before. Not for use by two threads at once.
struct ShapeScanner: ~Copyable {
  /// One place. Places are linked by their numbers, so that going through a row counts no references.
  private struct Place {
    var key: UnsafeMutablePointer<UInt8>?
    var keyLength = 0
    var kinds = ValueKinds()
    var firstChild = -1
    var lastChild = -1
    var nextSibling = -1
    var element = -1
    /// How many rows of a child table have been seen.
    var rows = 0
  }

  private var places: UnsafeMutablePointer<Place>
  private var count = 1
  private var capacity = 64
  /// Where a kind was first seen at a place.
  private var firstSights: [Int: [ValueKinds: FirstSight]] = [:]
  /// The numbers of the members that lead to the value being read, from its table's row down. Kept for numbered rows only.
  private var order: [Int] = []
  /// Whether the row being read has something that was never seen before.
  private var isNovel = false
  private var novelRows = 0

  /// More rows than this are not told to be novel: where keys are data, every row is.
  private static let novelRowLimit = 4096

  init() {
    places = .allocate(capacity: capacity)
    places.initialize(to: Place())
  }

  deinit {
    for index in 0..<count { places[index].key?.deallocate() }
    places.deinitialize(count: count)
    places.deallocate()
  }

  /// Reads one row.
  ///
  /// - Parameters:
  ///   - bytes: a JSON value.
  ///   - row: which row of the source it is; nil when nobody knows.
  /// - Returns: whether it has a place, or a kind of value at a place, that no row before had.
  mutating func scan(_ bytes: UnsafeRawBufferPointer, row: Int?) -> Bool {
    guard let start = bytes.baseAddress?.assumingMemoryBound(to: UInt8.self) else { return false }
    var cursor = Cursor(at: start, end: start + bytes.count)
    isNovel = false
    scanValue(&cursor, place: 0, row: row ?? -1)
    guard isNovel, novelRows < Self.novelRowLimit else { return false }
    novelRows += 1
    return true
  }

  /// What has been seen.
  var shape: Shape { shape(of: 0) }

  private func shape(of index: Int) -> Shape {
    let place = places[index]
    var shape = Shape(kinds: place.kinds, firstSights: firstSights[index] ?? [:])
    if let key = place.key {
      shape.key = String(decoding: UnsafeBufferPointer(start: key, count: place.keyLength), as: UTF8.self)
    }
    var child = place.firstChild
    while child >= 0 {
      shape.members.append(self.shape(of: child))
      child = places[child].nextSibling
    }
    if place.element >= 0 { shape.elements = [self.shape(of: place.element)] }
    return shape
  }

  // MARK: Reading

  struct Cursor {
    var at: UnsafePointer<UInt8>
    let end: UnsafePointer<UInt8>

    @inline(__always)
    mutating func skipSpace() {
      while at < end, at.pointee <= 0x20 { at += 1 }
    }

    /// The byte here; 0 at the end.
    @inline(__always)
    var byte: UInt8 { at < end ? at.pointee : 0 }

    /// Goes behind a text whose opening quote is here.
    ///
    /// - Returns: the bytes between the quotes, and whether there are escapes among them.
    @inline(__always)
    mutating func readText() -> (text: UnsafeBufferPointer<UInt8>, hasEscapes: Bool) {
      at += 1
      let start = at
      var hasEscapes = false
      while at < end, at.pointee != UInt8(ascii: "\"") {
        if at.pointee == UInt8(ascii: "\\") {
          hasEscapes = true
          at += 1
        }
        at += 1
      }
      let stop = at < end ? at : end
      at = stop + 1
      return (UnsafeBufferPointer(start: start, count: stop - start), hasEscapes)
    }
  }

  @inline(__always)
  private mutating func note(_ kind: ValueKinds, at place: Int, row: Int) {
    if places[place].kinds.contains(kind) { return }
    places[place].kinds.insert(kind)
    isNovel = true
    if row >= 0 { firstSights[place, default: [:]][kind] = FirstSight(row: row, order: order) }
  }

  private mutating func scanValue(_ cursor: inout Cursor, place: Int, row: Int) {
    cursor.skipSpace()
    switch cursor.byte {
    case UInt8(ascii: "{"): scanObject(&cursor, place: place, row: row)
    case UInt8(ascii: "["): scanList(&cursor, place: place, row: row)
    case UInt8(ascii: "\""):
      let (text, hasEscapes) = cursor.readText()
      let isTimestamp = !hasEscapes && TimestampText.isTimestamp(text)
      note(isTimestamp ? .timestampText : .text, at: place, row: row)
    case UInt8(ascii: "t"), UInt8(ascii: "f"):
      skipWord(&cursor)
      note(.bool, at: place, row: row)
    case UInt8(ascii: "n"):
      skipWord(&cursor)
      note(.null, at: place, row: row)
    default: note(scanNumber(&cursor), at: place, row: row)
    }
  }

  private mutating func scanObject(_ cursor: inout Cursor, place: Int, row: Int) {
    cursor.at += 1
    cursor.skipSpace()
    guard cursor.byte != UInt8(ascii: "}") else {
      cursor.at += 1
      note(.emptyObject, at: place, row: row)
      return
    }
    note(.object, at: place, row: row)
    if row >= 0, let own = order.popLast() { order.append(FirstSight.ofMembers(own)) }
    var expected = places[place].firstChild
    var index = 0
    while cursor.byte == UInt8(ascii: "\"") {
      let (key, hasEscapes) = cursor.readText()
      let child = hasEscapes ? childOfEscaped(key, of: place) : self.child(key, of: place, expected: expected)
      expected = places[child].nextSibling
      cursor.skipSpace()
      cursor.at += 1
      if row >= 0 { order.append(FirstSight.ofValue(index)) }
      scanValue(&cursor, place: child, row: row)
      if row >= 0 { order.removeLast() }
      index += 1
      cursor.skipSpace()
      let separator = cursor.byte
      cursor.at += 1
      guard separator == UInt8(ascii: ",") else { return }
      cursor.skipSpace()
    }
  }

  private mutating func scanList(_ cursor: inout Cursor, place: Int, row: Int) {
    cursor.at += 1
    cursor.skipSpace()
    guard cursor.byte != UInt8(ascii: "]") else {
      cursor.at += 1
      note(.emptyList, at: place, row: row)
      return
    }
    note(.list, at: place, row: row)
    if places[place].element < 0 {
      let element = add(Place())
      places[place].element = element
    }
    let element = places[place].element
    // Elements are rows of their own table.
    let orderOfList = row >= 0 ? order : []
    if row >= 0 { order = [] }
    defer { if row >= 0 { order = orderOfList } }
    while cursor.at < cursor.end {
      let index = row >= 0 ? places[element].rows : -1
      places[element].rows += 1
      scanValue(&cursor, place: element, row: index)
      cursor.skipSpace()
      let separator = cursor.byte
      cursor.at += 1
      guard separator == UInt8(ascii: ",") else { return }
    }
  }

  private func skipWord(_ cursor: inout Cursor) {
    while cursor.at < cursor.end, cursor.at.pointee | 0x20 >= UInt8(ascii: "a"),
      cursor.at.pointee | 0x20 <= UInt8(ascii: "z")
    {
      cursor.at += 1
    }
  }

  private func scanNumber(_ cursor: inout Cursor) -> ValueKinds {
    let start = cursor.at
    var isWhole = true
    while cursor.at < cursor.end {
      switch cursor.at.pointee {
      case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "+"): break
      case UInt8(ascii: ","), UInt8(ascii: "}"), UInt8(ascii: "]"), 0...0x20:
        return kind(ofNumber: UnsafeBufferPointer(start: start, count: cursor.at - start), isWhole)
      default: isWhole = false
      }
      cursor.at += 1
    }
    return kind(ofNumber: UnsafeBufferPointer(start: start, count: cursor.at - start), isWhole)
  }

  private func kind(ofNumber text: UnsafeBufferPointer<UInt8>, _ isWhole: Bool) -> ValueKinds {
    guard !text.isEmpty else { return [] }
    guard !isWhole else {
      guard text.count > 18 else { return .integer }
      return Int64(String(decoding: text, as: UTF8.self)) == nil ? .largeInteger : .integer
    }
    // Nearly all are like 12.50: a point and something behind it.
    if let point = text.firstIndex(of: UInt8(ascii: ".")),
      !text.contains(where: { $0 | 0x20 == UInt8(ascii: "e") })
    {
      return text[(point + 1)...].allSatisfy { $0 == UInt8(ascii: "0") } ? .wholeDouble : .double
    }
    guard let value = Double(String(decoding: text, as: UTF8.self)), value.isFinite else { return .double }
    return value == value.rounded(.towardZero) ? .wholeDouble : .double
  }

  // MARK: Places

  @inline(__always)
  private mutating func child(_ key: UnsafeBufferPointer<UInt8>, of place: Int, expected: Int) -> Int {
    // Rows tend to have the same keys in the same order.
    if expected >= 0, isKey(key, of: expected) { return expected }
    return searchChild(key, of: place)
  }

  @inline(__always)
  private func isKey(_ key: UnsafeBufferPointer<UInt8>, of place: Int) -> Bool {
    guard places[place].keyLength == key.count else { return false }
    guard let own = places[place].key, let start = key.baseAddress else { return key.isEmpty }
    return memcmp(own, start, key.count) == 0
  }

  private mutating func searchChild(_ key: UnsafeBufferPointer<UInt8>, of place: Int) -> Int {
    var child = places[place].firstChild
    while child >= 0 {
      if isKey(key, of: child) { return child }
      child = places[child].nextSibling
    }
    let copy = UnsafeMutablePointer<UInt8>.allocate(capacity: max(key.count, 1))
    if let start = key.baseAddress { copy.update(from: start, count: key.count) }
    let added = add(Place(key: copy, keyLength: key.count))
    if places[place].lastChild >= 0 {
      places[places[place].lastChild].nextSibling = added
    } else {
      places[place].firstChild = added
    }
    places[place].lastChild = added
    return added
  }

  private mutating func childOfEscaped(_ key: UnsafeBufferPointer<UInt8>, of place: Int) -> Int {
    let quoted = "\"" + String(decoding: key, as: UTF8.self) + "\""
    var text = (try? JSONValue(parsing: quoted).string) ?? quoted
    return text.withUTF8 { searchChild($0, of: place) }
  }

  private mutating func add(_ place: Place) -> Int {
    if count == capacity {
      let grown = UnsafeMutablePointer<Place>.allocate(capacity: capacity * 2)
      grown.moveInitialize(from: places, count: count)
      places.deallocate()
      places = grown
      capacity *= 2
    }
    (places + count).initialize(to: place)
    count += 1
    return count - 1
  }
}
