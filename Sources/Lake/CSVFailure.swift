/// What DuckDB says of a CSV file that it cannot read, in many lines, as one that tells where and what.
struct CSVFailure {
  let message: String

  /// - Returns: nil when the text says nothing of CSV.
  init?(_ text: String) {
    guard let line = text.firstMatch(of: #/CSV Error on Line: ([0-9]+)/#) else { return nil }
    let file = text.firstMatch(of: #/file(?:_path)?\s*=\s*"?([^"\n]+)"?/#).map { String($0.1) }
    let content = text.firstMatch(of: #/Original Line: ?([^\n]*)/#).map { String($0.1) } ?? ""
    let place = "line \(line.1)" + (file.map { " of '\($0)'" } ?? "")
    let what: String
    if let count = text.firstMatch(of: #/Expected Number of Columns: ([0-9]+) Found: ([0-9]+)/#) {
      // It stops counting at the first that is too many.
      let (expected, found) = (Int(count.1) ?? 0, Int(count.2) ?? 0)
      what = found > expected ? "has more than \(expected) columns" : "has \(found) of \(expected) columns"
    } else if let cast = text.firstMatch(of: #/Error when converting column "([^"]*)"\. ([^\n]*)/#) {
      what = "does not fit column '\(cast.1)': \(cast.2)"
    } else {
      let lines = text.split(separator: "\n").map(String.init)
      what = lines.drop { !$0.hasPrefix("Original Line") }.dropFirst().first ?? "cannot be read"
    }
    let shown = content.isEmpty ? "" : ": \(content.prefix(60))\(content.count > 60 ? "…" : "")"
    message = "\(place) \(what)\(shown)"
  }
}
