internal import CDuckDB

#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif

extension Value {
  /// Calls `body` with a DuckDB value like this one.
  ///
  /// - Throws: ``DuckDBError`` of kind `.invalidInput` when there is no such value; what `body` throws.
  func withHandle<Result>(_ body: (duckdb_value) throws -> Result) throws -> Result {
    guard let handle = try makeHandle() else {
      throw DuckDBError(
        kind: .invalidInput, message: "DuckDB does not take this value as \(try logicalType()).")
    }
    defer {
      var handle: duckdb_value? = handle
      duckdb_destroy_value(&handle)
    }
    return try body(handle)
  }

  /// nil when DuckDB refuses. The caller destroys the handle.
  private func makeHandle() throws -> duckdb_value? {
    try makeNumber() ?? makeTime() ?? makeOther()
  }

  private func makeNumber() throws -> duckdb_value? {
    switch self {
    case .boolean(let value): return duckdb_create_bool(value)
    case .tinyInt(let value): return duckdb_create_int8(value)
    case .smallInt(let value): return duckdb_create_int16(value)
    case .integer(let value): return duckdb_create_int32(value)
    case .bigInt(let value): return duckdb_create_int64(value)
    case .hugeInt(let value): return duckdb_create_hugeint(duckdb_hugeint(value))
    case .uTinyInt(let value): return duckdb_create_uint8(value)
    case .uSmallInt(let value): return duckdb_create_uint16(value)
    case .uInteger(let value): return duckdb_create_uint32(value)
    case .uBigInt(let value): return duckdb_create_uint64(value)
    case .uHugeInt(let value): return duckdb_create_uhugeint(duckdb_uhugeint(value))
    case .float(let value): return duckdb_create_float(value)
    case .double(let value): return duckdb_create_double(value)
    case .decimal(let value):
      guard value.isValid else {
        throw DuckDBError(
          kind: .outOfRange, message: "\(value) does not fit DECIMAL(\(value.width),\(value.scale)).")
      }
      return duckdb_create_decimal(
        duckdb_decimal(
          width: UInt8(value.width), scale: UInt8(value.scale), value: duckdb_hugeint(value.unscaled)))
    case .bigNum(let text): return try makeBigNum(text)
    default: return nil
    }
  }

  private func makeBigNum(_ text: String) throws -> duckdb_value? {
    guard let encoded = BigNumText.encoded(text) else {
      throw DuckDBError(kind: .conversion, message: "\"\(text)\" is not an integer, as a BIGNUM has to be.")
    }
    let isNegative = encoded[0] & 0x80 == 0
    var magnitude = encoded.dropFirst(3).map { isNegative ? ~$0 : $0 }
    return magnitude.withUnsafeMutableBufferPointer {
      duckdb_create_bignum(
        duckdb_bignum(data: $0.baseAddress, size: idx_t($0.count), is_negative: isNegative))
    }
  }

  private func makeTime() throws -> duckdb_value? {
    switch self {
    case .date(let value): return duckdb_create_date(duckdb_date(days: value.days))
    case .time(let value):
      try checkTime(value.microseconds, limit: 86_400_000_000)
      return duckdb_create_time(duckdb_time(micros: value.microseconds))
    case .timeNS(let value):
      try checkTime(value.nanoseconds, limit: 86_400_000_000_000)
      return duckdb_create_time_ns(duckdb_time_ns(nanos: value.nanoseconds))
    case .timeTZ(let value):
      try checkTime(value.microseconds, limit: 86_400_000_000)
      return duckdb_create_time_tz_value(duckdb_time_tz(bits: value.encoded))
    case .timestamp(let value): return duckdb_create_timestamp(duckdb_timestamp(micros: value.microseconds))
    case .timestampTZ(let value):
      return duckdb_create_timestamp_tz(duckdb_timestamp(micros: value.microseconds))
    case .timestampS(let value): return duckdb_create_timestamp_s(duckdb_timestamp_s(seconds: value))
    case .timestampMS(let value): return duckdb_create_timestamp_ms(duckdb_timestamp_ms(millis: value))
    case .timestampNS(let value): return duckdb_create_timestamp_ns(duckdb_timestamp_ns(nanos: value))
    case .interval(let value):
      return duckdb_create_interval(
        duckdb_interval(months: value.months, days: value.days, micros: value.microseconds))
    default: return nil
    }
  }

  private func checkTime(_ value: Int64, limit: Int64) throws {
    guard (0...limit).contains(value) else {
      throw DuckDBError(kind: .outOfRange, message: "A time of day lies between 00:00:00 and 24:00:00.")
    }
  }

  private func makeOther() throws -> duckdb_value? {
    switch self {
    case .varchar(var text), .json(var text), .enumeration(var text):
      return text.withUTF8 { utf8 in
        utf8.withMemoryRebound(to: CChar.self) { Value.makeText($0) }
      }
    case .geometry(let bytes):
      // DuckDB's C API makes no geometries, but DuckDB reads them from text, which loses nothing.
      guard let text = GeometryText.wellKnownText(bytes) else {
        throw DuckDBError(kind: .conversion, message: "The bytes given are no geometry in well-known binary.")
      }
      return try Value.varchar(text).makeOther()
    case .blob(let bytes):
      return bytes.withUnsafeBufferPointer { duckdb_create_blob($0.baseAddress, idx_t($0.count)) }
    case .uuid(let value): return duckdb_create_uuid(duckdb_uhugeint(value.unsigned))
    case .bit(let value):
      var encoded = value.encoded
      return encoded.withUnsafeMutableBufferPointer {
        duckdb_create_bit(duckdb_bit(data: $0.baseAddress, size: idx_t($0.count)))
      }
    case .list, .array, .structure, .map, .union: return try makeNested()
    default: return duckdb_create_null_value()
    }
  }

  private static func makeText(_ utf8: UnsafeBufferPointer<CChar>) -> duckdb_value? {
    // An empty buffer may have no address, which DuckDB would take for a NULL pointer.
    guard let start = utf8.baseAddress else { return duckdb_create_varchar("") }
    return duckdb_create_varchar_length(start, idx_t(utf8.count))
  }

  private func makeNested() throws -> duckdb_value? {
    let type = try logicalType()
    switch (self, type) {
    case (.list(let values), .list(let element)):
      return try Value.withHandles(values) { handles in
        try element.withHandle { duckdb_create_list_value($0, handles, idx_t(values.count)) }
      }
    case (.array(let values), .array(let element, _)):
      guard !values.isEmpty else {
        throw DuckDBError(kind: .invalidInput, message: "An ARRAY has at least one element.")
      }
      return try Value.withHandles(values) { handles in
        try element.withHandle { duckdb_create_array_value($0, handles, idx_t(values.count)) }
      }
    case (.structure(let fields), _):
      guard !fields.isEmpty else {
        throw DuckDBError(kind: .invalidInput, message: "A STRUCT has at least one member.")
      }
      return try Value.withHandles(fields.map(\.value)) { handles in
        try type.withHandle { duckdb_create_struct_value($0, handles) }
      }
    case (.map(let entries), _):
      return try Value.withHandles(entries.map(\.key)) { keys in
        try Value.withHandles(entries.map(\.value)) { values in
          try type.withHandle { duckdb_create_map_value($0, keys, values, idx_t(entries.count)) }
        }
      }
    case (.union(_, let value), _):
      return try value.withHandle { value in try type.withHandle { duckdb_create_union_value($0, 0, value) } }
    default: return nil
    }
  }

  private static func withHandles<Result>(
    _ values: [Value], _ body: (UnsafeMutablePointer<duckdb_value?>) throws -> Result
  ) throws -> Result {
    var handles: [duckdb_value?] = []
    defer { for index in handles.indices { duckdb_destroy_value(&handles[index]) } }
    for value in values {
      guard let handle = try value.makeHandle() else {
        throw DuckDBError(
          kind: .invalidInput, message: "DuckDB does not take this value as \(try value.logicalType()).")
      }
      handles.append(handle)
    }
    // DuckDB wants a pointer even where there are no values.
    handles.append(nil)
    return try handles.withUnsafeMutableBufferPointer { try body($0.baseAddress.unsafelyUnwrapped) }
  }
}

extension duckdb_hugeint {
  init(_ value: Int128) {
    self.init(lower: UInt64(truncatingIfNeeded: value), upper: Int64(truncatingIfNeeded: value >> 64))
  }
}

extension duckdb_uhugeint {
  init(_ value: UInt128) {
    self.init(lower: UInt64(truncatingIfNeeded: value), upper: UInt64(truncatingIfNeeded: value >> 64))
  }
}
