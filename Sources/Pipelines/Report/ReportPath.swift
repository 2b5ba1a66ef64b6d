/// Paths of report files: relative, inside their folder.
enum ReportPath {
  /// Why a path cannot name a report file; nil when it can.
  static func refusal(of path: String) -> String? {
    if path.isEmpty { return "it is empty" }
    if path.hasPrefix("/") { return "it is absolute" }
    if path.unicodeScalars.contains(where: { $0.value < 0x20 || $0.value == 0x7F }) {
      return "it has control characters"
    }
    let parts = path.split(separator: "/", omittingEmptySubsequences: false)
    if parts.contains("..") { return "`..` leads out of the folder" }
    if parts.contains("") || parts.contains(".") { return "a part of it is empty or `.`" }
    return nil
  }

  /// The folder of a path with a closing slash, or nothing.
  static func folder(of path: String) -> String {
    path.lastIndex(of: "/").map { String(path[...$0]) } ?? ""
  }

  /// The file's name without folder and ending.
  static func stem(of path: String) -> String {
    let name = path.dropFirst(folder(of: path).count)
    guard let dot = name.lastIndex(of: "."), dot != name.startIndex else { return String(name) }
    return String(name[..<dot])
  }
}
