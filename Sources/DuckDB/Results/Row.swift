/// One row of a result. Holds the chunk it lies in; values are read when they are asked for.
public struct Row: Sendable {
  let chunk: DataChunk
  let index: Int

  /// The columns' names and types.
  public var columns: [Column] { chunk.schema.columns }

  /// How many columns there are.
  public var count: Int { chunk.columnCount }

  /// The value of a column by its position, from 0.
  public subscript(_ column: Int) -> Value {
    withExtendedLifetime(chunk) { chunk.storage[column].value(index) }
  }

  /// The value of a column by its name, or nil when there is no such column.
  public subscript(_ name: String) -> Value? {
    chunk.schema.index(of: name).map { self[$0] }
  }

  /// All values, in the columns' order.
  public var values: [Value] {
    (0..<count).map { self[$0] }
  }
}

/// The rows of chunks, one after the other, made when they are asked for.
public struct Rows: Sequence, Sendable {
  let chunks: [DataChunk]
  let schema: ResultSchema

  /// Goes through the rows in order.
  public struct Iterator: IteratorProtocol {
    fileprivate var chunks: ArraySlice<DataChunk>
    fileprivate var index = 0

    /// The next row, or nil after the last.
    public mutating func next() -> Row? {
      while let chunk = chunks.first {
        if index < chunk.rowCount {
          defer { index += 1 }
          return Row(chunk: chunk, index: index)
        }
        chunks.removeFirst()
        index = 0
      }
      return nil
    }
  }

  /// Starts at the first row.
  public func makeIterator() -> Iterator {
    Iterator(chunks: chunks[...])
  }

  /// How many rows there are.
  public var count: Int { chunks.reduce(0) { $0 + $1.rowCount } }

  /// How many rows there are.
  public var underestimatedCount: Int { count }
}
