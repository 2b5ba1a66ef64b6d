internal import DuckDB

/// One JSON array of objects, written row by row.
struct JSONArrayWriter: ResultWriter {
  private let output: ByteOutput
  private var writer = JSONRowWriter(columns: [], layout: .array)

  init(_ output: ByteOutput) {
    self.output = output
  }

  mutating func begin(columns: [Column]) throws {
    writer = JSONRowWriter(columns: columns, layout: .array)
  }

  mutating func write(_ chunk: DataChunk) throws {
    try output.append { writer.write(chunk, to: &$0) }
  }

  mutating func end(_ summary: ResultSummary) throws {
    try output.append { writer.finish(&$0) }
    try output.writeLine()
    try output.flush()
  }
}

/// One JSON object on each line.
struct JSONLinesWriter: ResultWriter {
  private let output: ByteOutput
  private var writer = JSONRowWriter(columns: [], layout: .lines)

  init(_ output: ByteOutput) {
    self.output = output
  }

  mutating func begin(columns: [Column]) throws {
    writer = JSONRowWriter(columns: columns, layout: .lines)
  }

  mutating func write(_ chunk: DataChunk) throws {
    try output.append { writer.write(chunk, to: &$0) }
  }

  mutating func end(_ summary: ResultSummary) throws {
    try output.append { writer.finish(&$0) }
    try output.flush()
  }
}
