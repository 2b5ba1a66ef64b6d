/// Writes rows as JSON objects, straight out of DuckDB's vectors.
///
/// | type | JSON |
/// |---|---|
/// | integers up to 64 bits | number |
/// | FLOAT, DOUBLE | number; `"NaN"`, `"Infinity"` and `"-Infinity"` are text, since JSON has no such numbers |
/// | HUGEINT, UHUGEINT, BIGNUM, DECIMAL | text, with all digits |
/// | DATE, TIME, TIMESTAMP of all kinds | ISO 8601 text without a zone, in UTC; fractions have 3, 6 or 9 digits |
/// | INTERVAL | `{"months":…,"days":…,"nanos":…}` |
/// | BLOB, GEOMETRY | array of bytes |
/// | JSON | the JSON itself (text, where it is not valid) |
/// | LIST, ARRAY; STRUCT, MAP; UNION | array; object; the member's value |
/// | others | text, as DuckDB prints them |
///
/// Of columns with one name, the last one counts, as in any JSON object.
///
/// ```swift
/// var writer = JSONRowWriter(columns: stream.columns)
/// var json: [UInt8] = []
/// for try await chunk in stream { writer.write(chunk, to: &json) }
/// writer.finish(&json)
/// ```
public struct JSONRowWriter: Sendable {
  /// How rows stand beside each other.
  public enum Layout: Sendable, Hashable {
    /// One JSON array of objects.
    case array
    /// An object on each line.
    case lines
  }

  private struct WrittenColumn {
    let index: Int
    /// Where among the prefixes `{"name":` or `,"name":` lies.
    let prefix: Range<Int>
  }

  private let layout: Layout
  private let columns: [WrittenColumn]
  private let prefixes: [UInt8]
  private var isEmpty = true

  /// How many rows have been written.
  public private(set) var rowCount = 0

  /// Makes a writer for results with these columns.
  public init(columns: [Column], layout: Layout = .array) {
    self.layout = layout
    var places: [String: Int] = [:]
    var order: [(name: String, index: Int)] = []
    for (index, column) in columns.enumerated() {
      if let place = places[column.name] {
        order[place].index = index
      } else {
        places[column.name] = order.count
        order.append((column.name, index))
      }
    }
    var prefixes = ByteBuffer()
    var written: [WrittenColumn] = []
    for column in order {
      let start = prefixes.count
      prefixes.append(UInt8(ascii: written.isEmpty ? "{" : ","))
      JSONText.write(column.name, to: &prefixes)
      prefixes.append(UInt8(ascii: ":"))
      written.append(WrittenColumn(index: column.index, prefix: start..<prefixes.count))
    }
    self.columns = written
    self.prefixes = Array(prefixes.bytes)
  }

  /// The whole result as one JSON array.
  public static func json(_ result: QueryResult) -> [UInt8] {
    var writer = JSONRowWriter(columns: result.columns)
    var bytes: [UInt8] = []
    for chunk in result.chunks { writer.write(chunk, to: &bytes) }
    writer.finish(&bytes)
    return bytes
  }

  /// Adds the rows of a chunk, which must have the columns that the writer was made for.
  public mutating func write(_ chunk: DataChunk, to bytes: inout [UInt8]) {
    write(chunk, rows: 0..<chunk.rowCount, to: &bytes)
  }

  /// Adds some rows of a chunk.
  public mutating func write(_ chunk: DataChunk, rows: Range<Int>, to bytes: inout [UInt8]) {
    precondition(
      rows.lowerBound >= 0 && rows.upperBound <= chunk.rowCount, "the chunk has \(chunk.rowCount) rows")
    guard !rows.isEmpty else { return }
    var buffer = ByteBuffer(capacity: rows.count * (chunk.columnCount + 1) * 16)
    withExtendedLifetime(chunk) {
      let writers = columns.map { JSONCellWriter(chunk.storage[$0.index]) }
      let cells = writers.map(\.flat)
      prefixes.withUnsafeBytes { prefixes in
        for row in rows {
          begin(&buffer)
          for index in cells.indices {
            buffer.append(UnsafeRawBufferPointer(rebasing: prefixes[columns[index].prefix]))
            if let cell = cells[index] {
              cell.write(row, to: &buffer)
            } else {
              writers[index].write(row, to: &buffer)
            }
          }
          buffer.append(cells.isEmpty ? "{}" : "}")
          if layout == .lines { buffer.append(UInt8(ascii: "\n")) }
        }
      }
    }
    rowCount += rows.count
    bytes.append(contentsOf: buffer.bytes)
  }

  /// Ends the array; nothing for lines.
  public mutating func finish(_ bytes: inout [UInt8]) {
    guard layout == .array else { return }
    bytes.append(contentsOf: (isEmpty ? "[]" : "]").utf8)
    isEmpty = false
  }

  private mutating func begin(_ buffer: inout ByteBuffer) {
    if layout == .array { buffer.append(UInt8(ascii: isEmpty ? "[" : ",")) }
    isEmpty = false
  }
}

extension Value {
  /// The value as JSON, written as ``JSONRowWriter`` writes it.
  public var json: String {
    var buffer = ByteBuffer()
    JSONValueText.write(self, to: &buffer)
    return buffer.string
  }
}
