internal import DuckDB

/// One JSON object for each row: all of them in one array, or each on a line of its own.
struct JSONWriter: ResultWriter {
  private let output: ByteOutput
  private let layout: JSONRowWriter.Layout
  private var writer: JSONRowWriter

  init(_ output: ByteOutput, layout: JSONRowWriter.Layout) {
    self.output = output
    self.layout = layout
    writer = JSONRowWriter(columns: [], layout: layout)
  }

  mutating func begin(columns: [Column]) throws {
    writer = JSONRowWriter(columns: columns, layout: layout)
  }

  mutating func write(_ chunk: DataChunk) throws {
    try output.append { writer.write(chunk, to: &$0) }
  }

  mutating func end(_ summary: ResultSummary) throws {
    try output.append { writer.finish(&$0) }
    if layout == .array { try output.writeLine() }
    try output.flush()
  }
}
