/// Writes the few forms of XML that S3 answers with.
package struct XMLWriter {
  package private(set) var text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"

  package init() {}

  /// An element with a text.
  package mutating func element(_ name: String, _ value: String) {
    text += "<\(name)>\(Self.escaped(value))</\(name)>"
  }

  /// An element with what `body` writes.
  ///
  /// - Parameter isRoot: whether it says that its names are S3's.
  package mutating func element(
    _ name: String, isRoot: Bool = false, _ body: (inout XMLWriter) throws -> Void
  ) rethrows {
    text += "<\(name)" + (isRoot ? " xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"" : "") + ">"
    try body(&self)
    text += "</\(name)>"
  }

  /// Signs that no XML 1.0 can hold are left out; clients that may meet them ask for `encoding-type=url`.
  private static func escaped(_ value: String) -> String {
    var escaped = ""
    for scalar in value.unicodeScalars {
      switch scalar {
      case "&": escaped += "&amp;"
      case "<": escaped += "&lt;"
      case ">": escaped += "&gt;"
      case "\"": escaped += "&quot;"
      case "\r": escaped += "&#13;"
      case "\t", "\n": escaped.unicodeScalars.append(scalar)
      default:
        if scalar.value >= 0x20, scalar.value != 0xFFFE, scalar.value != 0xFFFF {
          escaped.unicodeScalars.append(scalar)
        }
      }
    }
    return escaped
  }
}
