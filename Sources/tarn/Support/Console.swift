import Foundation

/// Standard error, for people: errors, notes and progress. Standard output belongs to results.
enum Console {
  static var isTerminal: Bool { isatty(STDERR_FILENO) == 1 }

  static func error(_ line: String) { write("tarn: \(line)\n") }

  static func errorText(_ text: String) { write(text.hasSuffix("\n") ? text : text + "\n") }

  /// Without an end of line: a question.
  static func errorPart(_ text: String) { write(text) }

  static func note(_ line: String) { write(line + "\n") }

  fileprivate static func write(_ text: String) {
    FileHandle.standardError.write(Data(text.utf8))
  }
}

extension Console {
  /// A line that the next one replaces; only on a terminal.
  static func transient(_ line: String) {
    guard isTerminal else { return }
    write("\r\u{1B}[K" + line)
  }

  static func clearTransient() {
    guard isTerminal else { return }
    write("\r\u{1B}[K")
  }
}
