#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif

/// A type of this module that is read from a cell as it is.
protocol CellDecodable: Decodable {
  /// nil when the column's type does not fit.
  init?(cell value: Value)
}

extension CellDecodable {
  /// Reads the value of a row's column.
  ///
  /// - Throws: ``DuckDBError`` of kind `.decoding` when the column is of another type, or the decoder is not
  ///   one of a row.
  public init(from decoder: any Decoder) throws {
    let cell: CellDecoder
    switch decoder {
    case let decoder as CellDecoder: cell = decoder
    case let decoder as RowDecoder: cell = try decoder.firstCell()
    default:
      throw DuckDBError(kind: .decoding, message: "\(Self.self) is only decoded from rows of DuckDB.")
    }
    guard let value = Self(cell: cell.storage.value(cell.row)) else { throw cell.mismatch(Self.self) }
    self = value
  }
}

extension Value: CellDecodable {
  init?(cell value: Value) { self = value }
}

extension DateValue: CellDecodable {
  init?(cell value: Value) {
    guard case .date(let value) = value else { return nil }
    self = value
  }
}

extension TimeValue: CellDecodable {
  init?(cell value: Value) {
    guard case .time(let value) = value else { return nil }
    self = value
  }
}

extension TimeNSValue: CellDecodable {
  init?(cell value: Value) {
    guard case .timeNS(let value) = value else { return nil }
    self = value
  }
}

extension TimeTZValue: CellDecodable {
  init?(cell value: Value) {
    guard case .timeTZ(let value) = value else { return nil }
    self = value
  }
}

extension TimestampValue: CellDecodable {
  init?(cell value: Value) {
    guard case .timestamp(let value) = value.microsecondTimestamp else { return nil }
    self = value
  }
}

extension IntervalValue: CellDecodable {
  init?(cell value: Value) {
    guard case .interval(let value) = value else { return nil }
    self = value
  }
}

extension BitString: CellDecodable {
  init?(cell value: Value) {
    guard case .bit(let value) = value else { return nil }
    self = value
  }
}

extension DecimalValue: CellDecodable {
  init?(cell value: Value) {
    if case .decimal(let value) = value {
      self = value
    } else if value.isInteger {
      self.init(value.description)
    } else {
      return nil
    }
  }
}

extension Value {
  fileprivate var isInteger: Bool {
    switch self {
    case .tinyInt, .smallInt, .integer, .bigInt, .hugeInt, .uTinyInt, .uSmallInt, .uInteger, .uBigInt,
      .uHugeInt,
      .bigNum:
      true
    default: false
    }
  }

  /// A timestamp of any precision as a TIMESTAMP, rounded down; other values unchanged.
  fileprivate var microsecondTimestamp: Value {
    switch self {
    case .timestampTZ(let value): .timestamp(value)
    case .timestampS(let seconds): .scaled(seconds, by: 1_000_000)
    case .timestampMS(let milliseconds): .scaled(milliseconds, by: 1000)
    case .timestampNS(let nanoseconds):
      if nanoseconds == .max || nanoseconds == -.max {
        .timestamp(.init(microseconds: nanoseconds))
      } else {
        .timestamp(.init(microseconds: nanoseconds >= 0 ? nanoseconds / 1000 : (nanoseconds - 999) / 1000))
      }
    default: self
    }
  }

  private static func scaled(_ value: Int64, by factor: Int64) -> Value {
    let (product, overflow) = value.multipliedReportingOverflow(by: factor)
    return .timestamp(overflow ? (value > 0 ? .infinity : .negativeInfinity) : .init(microseconds: product))
  }
}

/// A Foundation type that is read from a cell and not through its own `Decodable`.
protocol FoundationDecodable {
  init?(cell value: Value)
}

extension UUID: FoundationDecodable {
  init?(cell value: Value) {
    switch value {
    case .uuid(let value): self = value
    case .varchar(let text): self.init(uuidString: text)
    default: return nil
    }
  }
}

extension Data: FoundationDecodable {
  init?(cell value: Value) {
    switch value {
    case .blob(let bytes), .geometry(let bytes): self.init(bytes)
    default: return nil
    }
  }
}

extension Date: FoundationDecodable {
  init?(cell value: Value) {
    if case .date(let value) = value {
      self = value.date
    } else if let value = TimestampValue(cell: value) {
      self = value.date
    } else {
      return nil
    }
  }
}

extension Decimal: FoundationDecodable {
  init?(cell value: Value) {
    if let value = DecimalValue(cell: value) {
      self.init(string: value.description)
    } else {
      return nil
    }
  }
}

enum FoundationTypes {
  /// nil when `type` is none of Foundation's that are read here.
  static func decode<T>(_ type: T.Type, _ cell: CellDecoder) throws -> T? {
    guard let special = type as? any FoundationDecodable.Type else { return nil }
    guard !cell.isNull, let value = special.init(cell: cell.storage.value(cell.row)) as? T else {
      throw cell.mismatch(type)
    }
    return value
  }
}
