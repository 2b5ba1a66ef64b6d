/// What takes the place of NULL where an array has no room for it.
public enum NullPolicy<Value: Sendable>: Sendable {
  /// NULL is an error.
  case fail
  /// This value.
  case replace(with: Value)
}

/// The values of a column of which some may be NULL.
public struct NullableColumn<Element: FixedWidthColumnValue>: Sendable {
  /// All values; those of NULLs have any bits.
  public private(set) var values: [Element] = []

  /// Which of them are not NULL.
  public private(set) var validity = ValidityBitmap()

  /// Makes an empty column.
  public init() {}

  /// How many values there are.
  public var count: Int { values.count }

  /// A value, or nil for NULL.
  public subscript(_ index: Int) -> Element? {
    validity[index] ? values[index] : nil
  }

  /// Makes room for this many values.
  public mutating func reserveCapacity(_ capacity: Int) {
    values.reserveCapacity(capacity)
    validity.reserveCapacity(capacity)
  }

  /// Adds the values of a chunk's column.
  ///
  /// - Throws: ``DuckDBError`` of kind `.decoding` when the column is of another type.
  @specialized(where Element == Int32)
  @specialized(where Element == Int64)
  @specialized(where Element == Double)
  public mutating func append(_ column: ColumnView) throws {
    try column.values(as: Element.self) { values, validity in
      Growth.makeRoom(for: values.count, in: &self.values)
      self.values.append(contentsOf: values)
      self.validity.append(validity)
    }
  }
}

/// How arrays grow that take chunk after chunk.
enum Growth {
  /// Arrays double by themselves, and move what they have into fresh memory each time. Memory that is not
  /// written yet costs next to nothing, so large arrays take four times what they have, which halves what is
  /// moved.
  @inline(__always)
  static func makeRoom<T>(for additional: Int, in array: inout [T]) {
    guard array.capacity - array.count < additional else { return }
    array.reserveCapacity(max(array.count * (array.count < 1 << 16 ? 2 : 4), array.count + additional))
  }
}

extension ColumnView {
  /// Copies all values to the end of an array.
  ///
  /// - Parameters:
  ///   - array: Gets one value for each row.
  ///   - nulls: What NULL becomes.
  /// - Throws: ``DuckDBError`` of kind `.decoding` when the column is of another type, or has a NULL that may
  ///   not be.
  @specialized(where T == Bool)
  @specialized(where T == Int32)
  @specialized(where T == Int64)
  @specialized(where T == Int)
  @specialized(where T == Double)
  @specialized(where T == DateValue)
  @specialized(where T == TimestampValue)
  public func append<T: FixedWidthColumnValue>(to array: inout [T], nulls: NullPolicy<T> = .fail) throws {
    try values(as: T.self) { values, validity in
      Growth.makeRoom(for: values.count, in: &array)
      if validity.isAllValid {
        array.append(contentsOf: values)
        return
      }
      switch nulls {
      case .fail:
        guard validity.nullCount == 0 else { throw nullFound(in: validity) }
        array.append(contentsOf: values)
      case .replace(let substitute):
        let start = array.count
        array.append(contentsOf: values)
        array.withUnsafeMutableBufferPointer { buffer in
          for row in values.indices where !validity.isValid(row) { buffer[start + row] = substitute }
        }
      }
    }
  }

  /// Copies all values to the end of a column that keeps NULLs apart.
  ///
  /// - Throws: ``DuckDBError`` of kind `.decoding` when the column is of another type.
  public func append<T: FixedWidthColumnValue>(to column: inout NullableColumn<T>) throws {
    try column.append(self)
  }

  /// Copies the bytes of all values of a VARCHAR, JSON, BLOB or other column of bytes; NULL is kept apart.
  ///
  /// - Throws: ``DuckDBError`` of kind `.decoding` when the column has no such type.
  public func append(to column: inout StringColumn) throws {
    guard storage.physical == .string else { throw mismatch("bytes") }
    withExtendedLifetime(chunk) { column.append(storage) }
  }

  private func nullFound(in validity: Validity) -> DuckDBError {
    let row = (0..<validity.count).first { !validity.isValid($0) } ?? 0
    return DuckDBError(kind: .decoding, message: "Column \"\(name)\" is NULL in row \(row) of a chunk.")
  }
}
