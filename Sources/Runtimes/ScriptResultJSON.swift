public import DuckDB
public import Scripts

/// Writes what a script gives back as one JSON value, in the shape that its `-- result_collection` asks for: an array
/// of records, one record, values, or these for every statement. Rows are written as `JSONRowWriter` does.
///
/// ```swift
/// var json = ScriptResultJSON(script.resultCollection)
/// json.begin(columns, to: &bytes)        // for each statement that is given back
/// json.write(chunk, to: &bytes)          // for each chunk of its rows
/// json.finish(&bytes)
/// ```
public struct ScriptResultJSON: Sendable {
  private let shape: ResultCollection
  private var rows: JSONRowWriter?
  /// The column that stands for a row where one value is asked for.
  private var valueColumn: Int?
  private var rowCount = 0
  private var statementCount = 0

  public init(_ shape: ResultCollection) { self.shape = shape }

  /// Begins the rows of a statement.
  ///
  /// - Parameters:
  ///   - columns: none for a statement that gives no rows.
  ///   - bytes: gets the JSON text.
  public mutating func begin(_ columns: [Column], to bytes: inout [UInt8]) {
    endStatement(&bytes)
    if shape.coversAllStatements { bytes.append(UInt8(ascii: statementCount == 0 ? "[" : ",")) }
    statementCount += 1
    rowCount = 0
    rows = JSONRowWriter(columns: columns, layout: shape.isFirstRow ? .lines : .array)
    // A value is the first member of the row's object; of columns with one name, the object has the last.
    valueColumn = columns.first.flatMap { first in columns.lastIndex { $0.name == first.name } }
  }

  /// Adds rows of the statement that was begun last.
  public mutating func write(_ chunk: DataChunk, to bytes: inout [UInt8]) {
    let count = shape.isFirstRow ? min(chunk.rowCount, 1 - min(rowCount, 1)) : chunk.rowCount
    guard count > 0 else { return }
    if shape.isScalar {
      for row in 0..<count {
        if !shape.isFirstRow { bytes.append(UInt8(ascii: rowCount + row == 0 ? "[" : ",")) }
        bytes.append(contentsOf: (valueColumn.map { chunk.value(row: row, column: $0).json } ?? "null").utf8)
      }
    } else {
      rows?.write(chunk, rows: 0..<count, to: &bytes)
      if shape.isFirstRow { bytes.removeLast() }
    }
    rowCount += count
  }

  /// Ends the value. A script without any statement that gives something back gives `[]` or `null`.
  public mutating func finish(_ bytes: inout [UInt8]) {
    if statementCount == 0, !shape.coversAllStatements { begin([], to: &bytes) }
    endStatement(&bytes)
    if shape.coversAllStatements { bytes.append(contentsOf: (statementCount == 0 ? "[]" : "]").utf8) }
  }

  private mutating func endStatement(_ bytes: inout [UInt8]) {
    guard rows != nil else { return }
    if shape.isFirstRow {
      if rowCount == 0 { bytes.append(contentsOf: "null".utf8) }
    } else if shape.isScalar {
      bytes.append(contentsOf: (rowCount == 0 ? "[]" : "]").utf8)
    } else {
      rows?.finish(&bytes)
    }
    rows = nil
  }
}
