internal import DuckDB

/// Comma-separated values as RFC 4180 quotes them, lines ending in a line feed. NULL is empty, empty text is `""`.
struct CSVWriter: ResultWriter {
  private let output: ByteOutput

  init(_ output: ByteOutput) {
    self.output = output
  }

  mutating func begin(columns: [Column]) throws {
    guard !columns.isEmpty else { return }
    try output.append { buffer in
      for (index, column) in columns.enumerated() {
        if index > 0 { buffer.append(Self.comma) }
        Self.append(Array(column.name.utf8)[...], to: &buffer)
      }
      buffer.append(Self.lineFeed)
    }
  }

  mutating func write(_ chunk: DataChunk) throws {
    let columns = try (0..<chunk.columnCount).map { try ColumnTexts(chunk[$0]) }
    try output.append { buffer in
      for row in 0..<chunk.rowCount {
        for index in columns.indices {
          if index > 0 { buffer.append(Self.comma) }
          if let value = columns[index][row] { Self.append(value, to: &buffer) }
        }
        buffer.append(Self.lineFeed)
      }
    }
  }

  mutating func end(_ summary: ResultSummary) throws {
    try output.flush()
  }

  private static let comma = UInt8(ascii: ",")
  private static let quote = UInt8(ascii: "\"")
  private static let lineFeed = UInt8(ascii: "\n")

  @inline(__always)
  private static func needsQuotes(_ byte: UInt8) -> Bool {
    byte == comma || byte == quote || byte == lineFeed || byte == UInt8(ascii: "\r")
  }

  private static func append(_ value: ArraySlice<UInt8>, to buffer: inout [UInt8]) {
    guard value.isEmpty || value.contains(where: needsQuotes) else {
      buffer.append(contentsOf: value)
      return
    }
    buffer.append(quote)
    for byte in value {
      if byte == quote { buffer.append(quote) }
      buffer.append(byte)
    }
    buffer.append(quote)
  }
}
