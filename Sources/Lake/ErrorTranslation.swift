public import DuckDB
import Foundation
public import LakeSettings
import SQLText

extension LakeError {
  /// No lake has this name: tells the nearest, or all.
  public init(unknown name: String, among lakes: [LakeConfiguration]) {
    let names = lakes.map(\.name.text).sorted()
    let near = NearestName.suggestion(for: name, among: names)
    let hint =
      if let near { "Did you mean '\(near)'?" } else if names.isEmpty {
        "No lake is declared; make one with tarn lake create \(name)."
      } else { "There are: \(names.joined(separator: ", "))." }
    self.init(.notFound, "there is no lake '\(name)'", hint: hint)
  }

  /// An error of the engine while a user's statement ran.
  public init(query error: DuckDBError) {
    let text = error.message
    let lowered = text.lowercased()
    func says(_ parts: String...) -> Bool { parts.contains(where: lowered.contains) }

    if let failure = CSVFailure(text) {
      self.init(.query, failure.message, hint: "Correct the line.")
    } else if says("no space left", "disk is full", "database or disk is full", "max_temp_directory_size") {
      self.init(
        .full, "no space left: \(text.firstLine)", hint: "Free some disk space; nothing was committed.")
    } else if error.kind == .outOfMemory {
      self.init(
        .memory, "the query needs more memory than its limit allows",
        hint: "Raise limits.memory in tarn.yaml or --memory, or read less at once.", position: error.position)
    } else if says("read-only", "readonly", "permission denied", "read only") && error.kind != .permission {
      self.init(.storage, text.firstLine, hint: "Make the lake's folder writable for this user.")
    } else if error.kind == .permission || says("file system operations are disabled") {
      self.init(
        .refused, Self.unreachable(text),
        hint: "List the folder under files: in tarn.yaml, or copy the file into one that is listed.",
        position: error.position)
    } else if error.kind == .internal || error.kind == .fatal {
      self.init(.engine, "the engine failed: \(text.firstLine)", hint: "Nothing was committed; run it again.")
    } else if says("database is locked", "maximum retry count", "conflict") {
      self.init(.conflict, text.commitReason, hint: "Another commit came first; run it again.")
    } else if says(
      "server closed the connection", "connection to server", "no connection to the server",
      "terminating connection",
      "connection has been closed", "could not receive data from server", "could not send data to server")
    {
      self.init(
        .catalog, "the connection to the catalog's server was lost: \(text.commitReason)",
        hint: "Run it again when the server answers.")
    } else if text.hasPrefix("Failed to commit") {
      self.init(.query, text.commitReason, hint: "Nothing was committed.")
    } else {
      self.init(.query, text.firstSentence, hint: Self.suggestion(error), position: error.position)
    }
  }

  /// An error of the engine while it was set up.
  init(engine error: DuckDBError) {
    if error.message.contains("xtension") || error.message.contains("signature") {
      self.init(
        .installation, error.message.firstLine, hint: "Run make setup, then tarn doctor.")
    } else {
      self.init(.engine, error.message.firstLine)
    }
  }

  /// An error while a lake was attached.
  init(attaching lake: LakeConfiguration, _ error: DuckDBError) {
    let text = error.message
    let lowered = text.lowercased()
    let place =
      switch lake.catalog {
      case .sqlite(let path), .duckdb(let path): path
      case .postgresql(let catalog): "\(catalog.host):\(catalog.port)/\(catalog.database)"
      }
    if lowered.contains("ducklake version") || lowered.contains("catalog version")
      || lowered.contains("unsupported ducklake") || lowered.contains("migrat")
    {
      self.init(
        .newerCatalog,
        "lake '\(lake.name)': the catalog at \(place) has another format version (\(text.firstLine))",
        hint: "Nothing was changed. Use a Tarn of that version, or migrate a copy of the catalog.")
    } else if lowered.contains("lock on file") || lowered.contains("database is locked") {
      self.init(
        .busy, "lake '\(lake.name)': the catalog at \(place) is held by another program",
        hint: "Close the program that has it open and try again.")
    } else if lowered.contains("readonly") || lowered.contains("read-only")
      || lowered.contains("permission denied")
    {
      self.init(
        .storage, "lake '\(lake.name)': cannot write the catalog at \(place)",
        hint: "Make the file and its folder writable for this user.")
    } else if lowered.contains("no space left") || lowered.contains("disk is full") {
      self.init(
        .full, "lake '\(lake.name)': no space left for the catalog at \(place)", hint: "Free some disk space."
      )
    } else if lowered.contains("not a database") || lowered.contains("not a valid duckdb")
      || lowered.contains("malformed")
    {
      self.init(
        .catalog, "lake '\(lake.name)': \(place) is no \(lake.catalog.kind) database",
        hint: "Correct the catalog in tarn.yaml.")
    } else {
      self.init(.catalog, "lake '\(lake.name)': cannot open the catalog at \(place): \(text.firstLine)")
    }
  }

  /// DuckDB's own suggestions, the first few of them. It may put several into one pair of quotes.
  private static func suggestion(_ error: DuckDBError) -> String? {
    let names = error.candidates.flatMap { $0.split(separator: ",").map { $0.drop(while: \.isWhitespace) } }
    guard !names.isEmpty else { return nil }
    return "Did you mean \(names.prefix(3).joined(separator: ", "))?"
  }

  private static func unreachable(_ text: String) -> String {
    guard let start = text.firstIndex(of: "\""),
      let end = text[text.index(after: start)...].firstIndex(of: "\"")
    else { return text.firstLine }
    return "file \(text[text.index(after: start)..<end]) is not reachable from SQL"
  }
}

extension String {
  /// Why a commit failed, out of DuckLake's text of several lines: without the statement on the catalog that failed, which
  /// holds values.
  var commitReason: String {
    let marks = ["Failed to flush changes into DuckLake: ", "DuckLake transaction."]
    guard let start = marks.lazy.compactMap({ self.range(of: $0)?.upperBound }).first else {
      return firstLine
    }
    var reason = self[start...]
    if let query = reason.range(of: "Failed to execute query \""),
      let end = reason.range(of: "\": ", options: .backwards, range: query.upperBound..<reason.endIndex)
    {
      reason = reason[end.upperBound...]
    }
    let line = reason.split(whereSeparator: \.isNewline).first { !$0.allSatisfy(\.isWhitespace) }
    return line.map { "the commit failed: \($0.trimmingCharacters(in: .whitespaces))" } ?? firstLine
  }

  var firstLine: String { split(separator: "\n").first.map(String.init) ?? self }

  /// The first line without DuckDB's own suggestions, which are told in one way for all errors.
  var firstSentence: String {
    let line = firstLine
    for marker in [" Did you mean", " Candidate bindings"] {
      if let end = line.firstRange(of: marker) { return String(line[..<end.lowerBound]).trimmedEnd }
    }
    return line.trimmedEnd
  }

  private var trimmedEnd: String {
    var text = Substring(self)
    while let last = text.last, last == " " || last == "!" || last == "." { text.removeLast() }
    return String(text)
  }
}
