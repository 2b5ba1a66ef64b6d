/// One column of a chunk, or a column inside a nested one. Holds its chunk.
///
/// ```swift
/// var amounts: [Double] = []
/// var names = StringColumn()
/// for try await chunk in try await connection.stream("SELECT amount, name FROM sales") {
///   try chunk[0].append(to: &amounts, nulls: .replace(with: .nan))
///   try chunk[1].append(to: &names)
/// }
/// ```
public struct ColumnView: Sendable {
  let chunk: DataChunk
  let storage: ColumnStorage

  /// The column's name.
  public let name: String

  /// The column's type.
  public var type: LogicalType { storage.type }

  /// How many values there are; for a column inside a list, those of all lists together.
  public var count: Int { storage.validity.count }

  /// How many of them are NULL.
  public var nullCount: Int {
    withExtendedLifetime(chunk) { storage.validity.nullCount }
  }

  /// Whether the value of a row is NULL.
  public func isNull(at row: Int) -> Bool {
    check(row)
    return withExtendedLifetime(chunk) { !storage.validity.isValid(row) }
  }

  /// The value of a row, boxed: for a few values, and for nested ones.
  public func value(at row: Int) -> Value {
    check(row)
    return withExtendedLifetime(chunk) { storage.value(row) }
  }

  /// The value of a row as DuckDB would print it, or nil for NULL.
  public func text(at row: Int) -> String? {
    check(row)
    return withExtendedLifetime(chunk) {
      guard storage.validity.isValid(row) else { return nil }
      if storage.physical == .string, type.isText { return storage.text(row) }
      return ValueText.text(of: storage.value(row))
    }
  }

  /// Gives the values of the column where they lie.
  ///
  /// - Parameters:
  ///   - type: A Swift type of the column's layout.
  ///   - body: Gets the values and which of them are not NULL; NULLs have any bits. Neither may leave the
  ///     closure.
  /// - Throws: ``DuckDBError`` of kind `.decoding` when the column is of another type; what `body` throws.
  public func values<T: FixedWidthColumnValue, Result>(
    as type: T.Type, _ body: (UnsafeBufferPointer<T>, Validity) throws -> Result
  ) throws -> Result {
    guard T.canRead(storage.type) else { throw mismatch("\(T.self)") }
    return try withExtendedLifetime(chunk) {
      guard let data = storage.data, count > 0 else {
        return try body(UnsafeBufferPointer(start: nil, count: 0), storage.validity)
      }
      if Int(bitPattern: data) & (MemoryLayout<T>.alignment - 1) == 0 {
        return try body(
          UnsafeBufferPointer(start: data.assumingMemoryBound(to: T.self), count: count), storage.validity)
      }
      // DuckDB aligns HUGEINT to 8 bytes, Swift aligns Int128 to 16.
      return try withUnsafeTemporaryAllocation(of: T.self, capacity: count) { copy in
        UnsafeMutableRawPointer(copy.baseAddress.unsafelyUnwrapped)
          .copyMemory(from: data, byteCount: count * MemoryLayout<T>.stride)
        return try body(UnsafeBufferPointer(copy), storage.validity)
      }
    }
  }

  /// Gives the bytes of each value of a VARCHAR, JSON, BLOB or other column of bytes, without copying them.
  ///
  /// - Parameter body: Gets the row and its bytes, nil for NULL. The bytes may not leave the closure.
  /// - Throws: ``DuckDBError`` of kind `.decoding` when the column has no such type; what `body` throws.
  public func forEachBytes(_ body: (Int, UnsafeRawBufferPointer?) throws -> Void) throws {
    guard storage.physical == .string else { throw mismatch("bytes") }
    try withExtendedLifetime(chunk) {
      for row in 0..<count {
        try body(row, storage.validity.isValid(row) ? storage.bytes(row) : nil)
      }
    }
  }

  func mismatch(_ wanted: String) -> DuckDBError {
    DuckDBError(
      kind: .decoding, message: "Column \"\(name)\" has type \(type), which does not read as \(wanted).")
  }

  private func check(_ row: Int) {
    precondition(row >= 0 && row < count, "the column has \(count) rows")
  }
}

// MARK: - Nested columns

extension ColumnView {
  /// The elements of all lists, arrays or maps of the column, one after the other. A map's elements are
  /// structs of `key` and `value`. nil for other types.
  public var elements: ColumnView? {
    switch storage.physical {
    case .list, .array: child(0, name: name)
    default: nil
    }
  }

  /// Where in ``elements`` those of a row lie; empty for NULL.
  public func elementRange(at row: Int) -> Range<Int> {
    check(row)
    return withExtendedLifetime(chunk) {
      switch (storage.physical, type.base) {
      case (.list, _): storage.validity.isValid(row) ? storage.listRange(row) : 0..<0
      case (.array, .array(_, let size)): row * size..<(row + 1) * size
      default: 0..<0
      }
    }
  }

  /// The members of a STRUCT or UNION column, each as a column of the same rows; empty for other types. Of a
  /// union's members, all but the row's own are NULL.
  public var members: [ColumnView] {
    switch type.base {
    case .structure(let fields): fields.indices.map { child($0, name: fields[$0].name) }
    case .union(let fields): fields.indices.map { child($0 + 1, name: fields[$0].name) }
    default: []
    }
  }

  /// The member of that name of a STRUCT or UNION column.
  public func member(_ name: String) -> ColumnView? {
    members.first { $0.name == name }
  }

  private func child(_ index: Int, name: String) -> ColumnView {
    ColumnView(chunk: chunk, storage: storage.children[index], name: name)
  }
}

extension LogicalType {
  /// Whether the bytes of a value are its text.
  var isText: Bool {
    switch base {
    case .varchar, .json: true
    default: false
    }
  }
}
