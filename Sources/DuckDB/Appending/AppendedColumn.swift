/// Values for one column of a table, for ``Appender/append(columns:)``.
public struct AppendedColumn: Sendable {
  enum Content: Sendable {
    case fixed(any FixedContent)
    case strings(StringColumn)
    case boxed([Value])
  }

  let content: Content

  /// How many values there are.
  public let count: Int

  /// Values of a type that lies in memory as DuckDB's does, none of them NULL.
  public static func values<T: FixedWidthColumnValue>(_ values: [T]) -> AppendedColumn {
    AppendedColumn(content: .fixed(FixedValues(values: values, validity: nil)), count: values.count)
  }

  /// Such values with NULLs among them.
  public static func values<T: FixedWidthColumnValue>(_ column: NullableColumn<T>) -> AppendedColumn {
    AppendedColumn(
      content: .fixed(FixedValues(values: column.values, validity: column.validity)), count: column.count)
  }

  /// Texts, or other byte strings.
  public static func values(_ column: StringColumn) -> AppendedColumn {
    AppendedColumn(content: .strings(column), count: column.count)
  }

  /// Texts, or NULLs.
  public static func values(_ texts: [String?]) -> AppendedColumn {
    var column = StringColumn()
    for text in texts { column.append(text) }
    return .values(column)
  }

  /// Values of any type.
  public static func values(_ values: [Value]) -> AppendedColumn {
    AppendedColumn(content: .boxed(values), count: values.count)
  }
}

/// An array of some fixed-width type.
protocol FixedContent: Sendable {
  var validity: ValidityBitmap? { get }
  func canFill(_ type: LogicalType) -> Bool
  func copy(_ rows: Range<Int>, to target: UnsafeMutableRawPointer)
}

private struct FixedValues<T: FixedWidthColumnValue>: FixedContent {
  let values: [T]
  let validity: ValidityBitmap?

  func canFill(_ type: LogicalType) -> Bool {
    T.canRead(type)
  }

  func copy(_ rows: Range<Int>, to target: UnsafeMutableRawPointer) {
    values.withUnsafeBytes { bytes in
      let stride = MemoryLayout<T>.stride
      let part = bytes[rows.lowerBound * stride..<rows.upperBound * stride]
      target.copyMemory(
        from: UnsafeRawBufferPointer(rebasing: part).baseAddress.unsafelyUnwrapped, byteCount: part.count)
    }
  }
}
