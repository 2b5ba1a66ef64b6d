internal import DuckDB

/// One column on each line, names aligned, rows apart by an empty line.
struct LineWriter: ResultWriter {
  private let output: ByteOutput
  private let style: TextStyle
  private var names: [String] = []
  private var hasRows = false

  init(_ output: ByteOutput, options: ResultOptions) {
    self.output = output
    style = options.style
  }

  mutating func begin(columns: [Column]) throws {
    let plain = columns.map { DisplayText.line(of: $0.name) }
    let width = plain.map { DisplayWidth.of($0) }.max() ?? 0
    names = plain.map { DisplayText.padded($0, to: width, .right) }
  }

  mutating func write(_ chunk: DataChunk) throws {
    let columns = (0..<chunk.columnCount).map { chunk[$0] }
    for row in 0..<chunk.rowCount {
      if hasRows { try output.writeLine() }
      hasRows = true
      for (name, column) in zip(names, columns) {
        try output.write("\(style.bold(name)) = ")
        guard let text = column.text(at: row) else {
          try output.writeLine(style.dim("NULL"))
          continue
        }
        let lines = DisplayText.lines(of: text)
        try output.writeLine(lines[0])
        let indent = String(repeating: " ", count: DisplayWidth.of(name) + 3)
        for line in lines.dropFirst() { try output.writeLine(indent + line) }
      }
    }
  }

  mutating func end(_ summary: ResultSummary) throws {
    try output.flush()
  }
}
