internal import DuckDB

/// A table as Markdown has it, numbers aligned to the right. It streams, so columns are not padded.
struct MarkdownWriter: ResultWriter {
  private let output: ByteOutput

  init(_ output: ByteOutput) {
    self.output = output
  }

  mutating func begin(columns: [Column]) throws {
    guard !columns.isEmpty else { return }
    try output.writeLine(Self.line(columns.map { Self.escaped($0.name) }))
    try output.writeLine(Self.line(columns.map { $0.type.alignment == .right ? "---:" : "---" }))
  }

  mutating func write(_ chunk: DataChunk) throws {
    let columns = (0..<chunk.columnCount).map { chunk[$0] }
    for row in 0..<chunk.rowCount {
      try output.writeLine(Self.line(columns.map { Self.escaped($0.text(at: row) ?? "NULL") }))
    }
  }

  mutating func end(_ summary: ResultSummary) throws {
    try output.flush()
  }

  private static func line(_ cells: [String]) -> String {
    "| " + cells.joined(separator: " | ") + " |"
  }

  private static func escaped(_ text: String) -> String {
    guard text.utf8.contains(where: { $0 == UInt8(ascii: "|") || $0 == UInt8(ascii: "\\") || $0 < 0x20 })
    else {
      return text
    }
    var result = ""
    for character in text {
      switch character {
      case "|": result += "\\|"
      case "\\": result += "\\\\"
      case "\n", "\r\n": result += "<br>"
      case "\r": break
      default: result.append(character)
      }
    }
    return result
  }
}
