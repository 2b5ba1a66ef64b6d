internal import SQLText

/// The `key=value` options of a report line, values bare or in double quotes (`""` is a quote inside).
struct ReportOptions {
  struct Option {
    let key: String
    let value: String
    let column: Int
  }

  let options: [Option]

  /// What is wrong with an option, and the column where.
  struct Failure: Error {
    let column: Int
    let message: String
    let hint: String?
  }

  /// Reads the options of a text that starts at `column` of its line.
  init(_ text: some StringProtocol, column: Int, allowed: [String]) throws(Failure) {
    var scanner = Scanner(scalars: Array(text.unicodeScalars), column: column)
    var options: [Option] = []
    while let option = try scanner.next() {
      guard allowed.contains(option.key) else {
        let nearest = NearestName.suggestion(for: option.key, among: allowed)
        throw Failure(
          column: option.column, message: "unknown option `\(option.key)`",
          hint: nearest.map { "Did you mean `\($0)`?" } ?? "Allowed here: \(allowed.joined(separator: ", "))")
      }
      guard !options.contains(where: { $0.key == option.key }) else {
        throw Failure(column: option.column, message: "option `\(option.key)` is given twice", hint: nil)
      }
      options.append(option)
    }
    self.options = options
  }

  subscript(key: String) -> Option? { options.first { $0.key == key } }

  private struct Scanner {
    let scalars: [Unicode.Scalar]
    let column: Int
    var index = 0

    mutating func next() throws(Failure) -> Option? {
      skipSpaces()
      guard index < scalars.count else { return nil }
      let start = index
      while index < scalars.count, !scalars[index].properties.isWhitespace, scalars[index] != "=" {
        index += 1
      }
      let key = text(start..<index)
      guard !key.isEmpty, index < scalars.count, scalars[index] == "=" else {
        throw Failure(
          column: column + start, message: "expected key=value, found `\(key.isEmpty ? "=" : key)`",
          hint: "Put a value with spaces in double quotes")
      }
      index += 1
      let value = try self.value(of: key, from: start)
      guard !value.isEmpty else {
        throw Failure(column: column + start, message: "option `\(key)` has no value", hint: "Write \(key)=…")
      }
      return Option(key: key, value: value, column: column + start)
    }

    private mutating func value(of key: String, from start: Int) throws(Failure) -> String {
      guard index < scalars.count, scalars[index] == "\"" else {
        let start = index
        while index < scalars.count, !scalars[index].properties.isWhitespace { index += 1 }
        return text(start..<index)
      }
      index += 1
      var value = String.UnicodeScalarView()
      while index < scalars.count {
        if scalars[index] == "\"" {
          index += 1
          guard index < scalars.count, scalars[index] == "\"" else { return String(value) }
        }
        value.append(scalars[index])
        index += 1
      }
      throw Failure(
        column: column + start, message: "the quote around the value of `\(key)` is not closed",
        hint: "End the value with \"; write \"\" for a quote inside")
    }

    private func text(_ range: Range<Int>) -> String {
      String(String.UnicodeScalarView(scalars[range]))
    }

    private mutating func skipSpaces() {
      while index < scalars.count, scalars[index].properties.isWhitespace { index += 1 }
    }
  }
}
