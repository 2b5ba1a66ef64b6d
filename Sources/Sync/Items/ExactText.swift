/// Paths and names by their bytes. As strings, texts of different bytes may be equal, and a slash that a mark stands upon is no
/// slash; to servers and file systems it is one.
extension String {
  func hasBytes(atStart start: String) -> Bool { utf8.starts(with: start.utf8) }

  func hasBytes(atEnd end: String) -> Bool { utf8.reversed().starts(with: end.utf8.reversed()) }

  /// The parts of a path, empty ones, too.
  var pathParts: [String] {
    utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false).map {
      String(decoding: $0, as: UTF8.self)
    }
  }
}
