internal import CDuckDB

extension LogicalType {
  /// Reads a type and destroys the handle.
  init(taking handle: duckdb_logical_type?) {
    guard let handle else {
      self = .any
      return
    }
    defer {
      var handle: duckdb_logical_type? = handle
      duckdb_destroy_logical_type(&handle)
    }
    let type = LogicalType(reading: handle)
    guard let alias = CText.take(duckdb_logical_type_get_alias(handle)) else {
      self = type
      return
    }
    self = alias == "JSON" && type == .varchar ? .json : .named(alias, type)
  }

  private init(reading handle: duckdb_logical_type) {
    let id = duckdb_get_type_id(handle)
    if let simple = LogicalType.simple[id.rawValue] {
      self = simple
      return
    }
    switch id {
    case DUCKDB_TYPE_DECIMAL:
      self = .decimal(width: Int(duckdb_decimal_width(handle)), scale: Int(duckdb_decimal_scale(handle)))
    case DUCKDB_TYPE_ENUM:
      self = .enumeration(
        (0..<duckdb_enum_dictionary_size(handle)).map {
          CText.take(duckdb_enum_dictionary_value(handle, idx_t($0))) ?? ""
        })
    case DUCKDB_TYPE_LIST:
      self = .list(LogicalType(taking: duckdb_list_type_child_type(handle)))
    case DUCKDB_TYPE_ARRAY:
      self = .array(
        LogicalType(taking: duckdb_array_type_child_type(handle)),
        size: Int(duckdb_array_type_array_size(handle)))
    case DUCKDB_TYPE_STRUCT:
      self = .structure(
        (0..<duckdb_struct_type_child_count(handle)).map {
          Field(
            name: CText.take(duckdb_struct_type_child_name(handle, $0)) ?? "",
            type: LogicalType(taking: duckdb_struct_type_child_type(handle, $0)))
        })
    case DUCKDB_TYPE_MAP:
      self = .map(
        key: LogicalType(taking: duckdb_map_type_key_type(handle)),
        value: LogicalType(taking: duckdb_map_type_value_type(handle)))
    case DUCKDB_TYPE_UNION:
      self = .union(
        (0..<duckdb_union_type_member_count(handle)).map {
          Field(
            name: CText.take(duckdb_union_type_member_name(handle, $0)) ?? "",
            type: LogicalType(taking: duckdb_union_type_member_type(handle, $0)))
        })
    case DUCKDB_TYPE_GEOMETRY: self = .geometry(crs: CText.take(duckdb_geometry_type_get_crs(handle)))
    default: self = .unknown(rawValue: UInt32(id.rawValue))
    }
  }

  /// The types that have no parts.
  private static let simple: [UInt32: LogicalType] = Dictionary(
    uniqueKeysWithValues: simplePairs.map { (UInt32($0.rawValue), $1) })

  private static let simplePairs: [(duckdb_type, LogicalType)] = [
    (DUCKDB_TYPE_BOOLEAN, .boolean), (DUCKDB_TYPE_TINYINT, .tinyInt), (DUCKDB_TYPE_SMALLINT, .smallInt),
    (DUCKDB_TYPE_INTEGER, .integer), (DUCKDB_TYPE_BIGINT, .bigInt), (DUCKDB_TYPE_HUGEINT, .hugeInt),
    (DUCKDB_TYPE_UTINYINT, .uTinyInt), (DUCKDB_TYPE_USMALLINT, .uSmallInt), (DUCKDB_TYPE_UINTEGER, .uInteger),
    (DUCKDB_TYPE_UBIGINT, .uBigInt), (DUCKDB_TYPE_UHUGEINT, .uHugeInt), (DUCKDB_TYPE_FLOAT, .float),
    (DUCKDB_TYPE_DOUBLE, .double), (DUCKDB_TYPE_VARCHAR, .varchar), (DUCKDB_TYPE_BLOB, .blob),
    (DUCKDB_TYPE_BIT, .bit), (DUCKDB_TYPE_BIGNUM, .bigNum), (DUCKDB_TYPE_DATE, .date),
    (DUCKDB_TYPE_TIME, .time),
    (DUCKDB_TYPE_TIME_NS, .timeNS), (DUCKDB_TYPE_TIME_TZ, .timeTZ), (DUCKDB_TYPE_TIMESTAMP, .timestamp),
    (DUCKDB_TYPE_TIMESTAMP_S, .timestampS), (DUCKDB_TYPE_TIMESTAMP_MS, .timestampMS),
    (DUCKDB_TYPE_TIMESTAMP_NS, .timestampNS), (DUCKDB_TYPE_TIMESTAMP_TZ, .timestampTZ),
    (DUCKDB_TYPE_INTERVAL, .interval), (DUCKDB_TYPE_UUID, .uuid), (DUCKDB_TYPE_VARIANT, .variant),
    (DUCKDB_TYPE_SQLNULL, .null), (DUCKDB_TYPE_ANY, .any),
  ]

  /// Calls `body` with a DuckDB type like this one.
  ///
  /// - Throws: ``DuckDBError`` of kind `.invalidType` when DuckDB makes no such type; what `body` throws.
  func withHandle<Result>(_ body: (duckdb_logical_type) throws -> Result) throws -> Result {
    guard var handle = makeHandle() as duckdb_logical_type? else {
      throw DuckDBError(kind: .invalidType, message: "DuckDB makes no type \(self).")
    }
    defer { LogicalType.destroy(&handle) }
    return try body(handle)
  }

  /// Calls `body` with DuckDB types like these.
  ///
  /// - Throws: ``DuckDBError`` of kind `.invalidType` when DuckDB makes no such type.
  static func withHandles<Result>(
    _ types: [LogicalType], _ body: (UnsafeMutablePointer<duckdb_logical_type?>) -> Result
  ) throws -> Result {
    var handles: [duckdb_logical_type?] = types.map { $0.makeHandle() }
    defer { for index in handles.indices { duckdb_destroy_logical_type(&handles[index]) } }
    if let index = handles.firstIndex(of: nil) {
      throw DuckDBError(kind: .invalidType, message: "DuckDB makes no type \(types[index]).")
    }
    // DuckDB wants a pointer even where there are no types.
    handles.append(nil)
    return handles.withUnsafeMutableBufferPointer { body($0.baseAddress.unsafelyUnwrapped) }
  }

  private static func destroy(_ handle: inout duckdb_logical_type) {
    var optional: duckdb_logical_type? = handle
    duckdb_destroy_logical_type(&optional)
  }

  /// nil when DuckDB refuses. The caller destroys the handle.
  private func makeHandle() -> duckdb_logical_type? {
    switch self {
    case .decimal(let width, let scale):
      guard let width = UInt8(exactly: width), let scale = UInt8(exactly: scale) else { return nil }
      return duckdb_create_decimal_type(width, scale)
    case .enumeration(let names):
      return CText.withPointers(names) { duckdb_create_enum_type($0, idx_t(names.count)) }
    case .list(let element): return LogicalType.make([element]) { duckdb_create_list_type($0[0]) }
    case .array(let element, let size):
      guard size > 0 else { return nil }
      return LogicalType.make([element]) { duckdb_create_array_type($0[0], idx_t(size)) }
    case .map(let key, let value):
      return LogicalType.make([key, value]) { duckdb_create_map_type($0[0], $0[1]) }
    case .structure(let fields):
      return LogicalType.make(fields.map(\.type)) { types in
        CText.withPointers(fields.map(\.name)) { duckdb_create_struct_type(&types, $0, idx_t(fields.count)) }
      }
    case .union(let fields):
      return LogicalType.make(fields.map(\.type)) { types in
        CText.withPointers(fields.map(\.name)) { duckdb_create_union_type(&types, $0, idx_t(fields.count)) }
      }
    case .named(_, let base): return base.makeHandle()
    case .json:
      let handle = duckdb_create_logical_type(DUCKDB_TYPE_VARCHAR)
      duckdb_logical_type_set_alias(handle, "JSON")
      return handle
    case .geometry: return duckdb_create_logical_type(DUCKDB_TYPE_GEOMETRY)
    case .unknown: return nil
    default:
      guard let id = LogicalType.simplePairs.first(where: { $0.1 == self })?.0 else { return nil }
      return duckdb_create_logical_type(id)
    }
  }

  private static func make(
    _ types: [LogicalType], _ body: (inout [duckdb_logical_type?]) -> duckdb_logical_type?
  ) -> duckdb_logical_type? {
    var handles: [duckdb_logical_type?] = types.map { $0.makeHandle() }
    defer { for index in handles.indices { duckdb_destroy_logical_type(&handles[index]) } }
    guard handles.allSatisfy({ $0 != nil }) else { return nil }
    return body(&handles)
  }
}
