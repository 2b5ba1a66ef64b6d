/// The header fields of a request or a response: in their order, a name may come several times, and names are the same
/// in large and small letters.
public struct HTTPHeaders: Sendable, Hashable, ExpressibleByDictionaryLiteral {
  /// One line.
  public struct Field: Sendable, Hashable {
    public let name: String
    public let value: String
  }

  /// All lines, in order.
  public private(set) var fields: [Field] = []

  public init() {}

  public init(dictionaryLiteral elements: (String, String)...) {
    for (name, value) in elements { add(name, value) }
  }

  /// Adds a line after the others.
  ///
  /// - Parameters:
  ///   - name: A token, such as `Content-Type`. A response with another name is not sent; the client gets a 500.
  ///   - value: Text without line ends and other control characters.
  public mutating func add(_ name: String, _ value: String) {
    fields.append(Field(name: name, value: value))
  }

  /// Takes a field's lines away.
  public mutating func remove(_ name: String) {
    fields.removeAll { HTTPHeaders.isSame($0.name, name) }
  }

  /// The first value of a name. Set it to have one line of that name, or nil for none.
  public subscript(_ name: String) -> String? {
    get { fields.first { HTTPHeaders.isSame($0.name, name) }?.value }
    set {
      let index = fields.firstIndex { HTTPHeaders.isSame($0.name, name) }
      remove(name)
      if let newValue {
        fields.insert(Field(name: name, value: newValue), at: min(index ?? fields.count, fields.count))
      }
    }
  }

  /// All values of a name.
  public subscript(all name: String) -> [String] {
    fields.filter { HTTPHeaders.isSame($0.name, name) }.map(\.value)
  }

  /// The parts of a field that is a list: all its lines, taken apart at commas outside quotes, without spaces around
  /// and without empty ones.
  public func list(_ name: String) -> [String] {
    self[all: name].flatMap { HeaderValue.split($0, at: UInt8(ascii: ",")) }
  }

  /// Whether two names are the same in large and small letters of ASCII.
  static func isSame(_ left: String, _ right: String) -> Bool {
    let left = left.utf8
    let right = right.utf8
    guard left.count == right.count else { return false }
    return zip(left, right).allSatisfy { $0 == $1 || HeaderValue.lowered($0) == HeaderValue.lowered($1) }
  }

  /// The first line that must not be sent, or was not to be accepted.
  var firstUnsafe: Field? {
    fields.first { !HeaderValue.isToken($0.name) || !HeaderValue.isSafe($0.value) }
  }
}
