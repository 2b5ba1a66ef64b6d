#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#elseif canImport(Darwin)
  internal import Darwin
#endif

/// The statements that were typed before, in a file that only its owner can read.
///
/// Each entry is one line; `\n` and `\\` stand for a line break and a backslash in it. Entries are appended at once, so
/// that sessions side by side keep each other's.
struct HistoryFile {
  let path: String
  let limit: Int

  init(path: String, limit: Int = 2000) {
    self.path = path
    self.limit = limit
  }

  /// The last entries, oldest first; none where there is no file yet.
  ///
  /// - Throws: ``OutputError`` when there is a file that cannot be read.
  func load() throws(OutputError) -> [String] {
    guard let bytes = try FileBytes.read(path) else { return [] }
    let lines = bytes.split(separator: UInt8(ascii: "\n"))
    let entries = lines.suffix(limit).map { Self.decoded(String(decoding: $0, as: UTF8.self)) }
    if lines.count > 2 * limit { try replace(with: entries) }
    return entries
  }

  /// Adds an entry at the end.
  ///
  /// - Throws: ``OutputError`` when the file cannot be written.
  func append(_ entry: String) throws(OutputError) {
    try write(
      Array("\(Self.encoded(entry))\n".utf8), to: path, flags: O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC)
  }

  private func replace(with entries: [String]) throws(OutputError) {
    let temporary = path + ".new"
    let text = entries.map { Self.encoded($0) + "\n" }.joined()
    try write(Array(text.utf8), to: temporary, flags: O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC)
    guard rename(temporary, path) == 0 else { throw OutputError(code: errno, name: path) }
  }

  private func write(_ bytes: [UInt8], to path: String, flags: Int32) throws(OutputError) {
    let descriptor = open(path, flags, 0o600)
    guard descriptor >= 0 else { throw OutputError(code: errno, name: path) }
    defer { close(descriptor) }
    // A file that was made before, or under another umask, may be open to others.
    guard fchmod(descriptor, 0o600) == 0 else { throw OutputError(code: errno, name: path) }
    let code = ByteOutput.writeAll(bytes, to: descriptor)
    guard code == 0 else { throw OutputError(code: code, name: path) }
  }

  private static func encoded(_ entry: String) -> String {
    var result = ""
    for scalar in entry.unicodeScalars {
      switch scalar {
      case "\\": result += "\\\\"
      case "\n": result += "\\n"
      case "\r": break
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }

  private static func decoded(_ line: String) -> String {
    var result = ""
    var isEscaped = false
    for scalar in line.unicodeScalars {
      if isEscaped {
        result.unicodeScalars.append(scalar == "n" ? "\n" : scalar)
        isEscaped = false
      } else if scalar == "\\" {
        isEscaped = true
      } else {
        result.unicodeScalars.append(scalar)
      }
    }
    return result
  }
}
