/// One column of a table as a schema describes it, with all hints, those that Tarn does not know included.
public struct ColumnSchema: Sendable, Hashable {
  /// What stands in the stored schema.
  public var json: JSONObject

  public init(json: JSONObject) { self.json = json }

  /// - Parameter type: nil for a column that hints speak of and no row has had yet.
  public init(
    _ name: String, _ type: DataType?, isNullable: Bool = true,
    _ hints: KeyValuePairs<String, JSONValue> = [:]
  ) {
    json = JSONObject()
    json["name"] = .string(name)
    if let type { json["data_type"] = .string(type.rawValue) }
    json["nullable"] = .bool(isNullable)
    for (key, value) in hints { json[key] = value }
  }

  /// The name in the lake.
  public var name: String { json["name"]?.string ?? "" }

  /// The type; nil as long as no row has had a value.
  public var dataType: DataType? {
    get { json["data_type"]?.string.flatMap(DataType.init) }
    set { json["data_type"] = newValue.map { .string($0.rawValue) } }
  }

  /// Whether rows may have no value in it.
  public var isNullable: Bool {
    get { json["nullable"]?.bool ?? true }
    set { json["nullable"] = .bool(newValue) }
  }

  /// Whether a hint is set: `primary_key`, `merge_key`, `hard_delete` and the like.
  public func has(_ hint: String) -> Bool {
    switch json[hint] {
    case nil, .null?, .bool(false)?: false
    default: true
    }
  }

  /// Whether it takes the values that did not fit another column's type.
  public var isVariant: Bool { has("variant") }

  /// The type of the lake's column; nil as long as no row has had a value.
  public var sqlType: String? {
    dataType?.sqlType(
      precision: json["precision"]?.int, scale: json["scale"]?.int,
      hasTimeZone: json["timezone"]?.bool ?? true)
  }
}
