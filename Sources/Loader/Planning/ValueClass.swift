import SQLText

/// The classes of values that are converted alike. dlt names a variant column after the class of its values.
enum ValueClass: Sendable, Hashable, CaseIterable {
  case bool, integer, largeInteger, double, text, container

  init?(_ kind: ValueKinds) {
    switch kind {
    case .bool: self = .bool
    case .integer: self = .integer
    case .largeInteger: self = .largeInteger
    case .wholeDouble, .double: self = .double
    case .text, .timestampText: self = .text
    case .object, .emptyObject, .list, .emptyList: self = .container
    default: return nil
    }
  }

  var kinds: ValueKinds {
    switch self {
    case .bool: .bool
    case .integer: .integer
    case .largeInteger: .largeInteger
    case .double: .doubles
    case .text: .texts
    case .container: [.object, .emptyObject, .list, .emptyList]
    }
  }

  /// The type of a column that takes only such values.
  var dataType: DataType {
    switch self {
    case .bool: .bool
    case .integer: .bigint
    case .largeInteger: .wei
    case .double: .double
    case .text: .text
    case .container: .json
    }
  }

  /// The type that SQL reads such values as.
  var readType: String {
    switch self {
    case .bool: "BOOLEAN"
    case .integer: "BIGINT"
    case .largeInteger: "DECIMAL(38,0)"
    case .double: "DOUBLE"
    case .text: "VARCHAR"
    case .container: "JSON"
    }
  }

  /// Whether a JSON value is of this class.
  ///
  /// - Parameter wanted: the kinds of values that are meant.
  func condition(_ json: String, _ wanted: ValueKinds) -> String {
    let whole = "regexp_full_match(json_extract_string(\(json), '$'), '-?[0-9]+')"
    let fits = "TRY_CAST(json_extract_string(\(json), '$') AS BIGINT) IS NOT NULL"
    return switch self {
    case .bool: "json_type(\(json)) = 'BOOLEAN'"
    case .integer: "json_type(\(json)) IN ('BIGINT', 'UBIGINT') AND \(fits)"
    case .largeInteger:
      "json_type(\(json)) IN ('UBIGINT', 'HUGEINT', 'DOUBLE') AND \(whole) AND NOT (\(fits))"
    case .double: "json_type(\(json)) = 'DOUBLE' AND NOT \(whole)"
    case .text: "json_type(\(json)) = 'VARCHAR'"
    case .container where wanted.isDisjoint(with: .objects): "json_type(\(json)) = 'ARRAY'"
    case .container where wanted.isDisjoint(with: .lists): "json_type(\(json)) = 'OBJECT'"
    case .container: "json_type(\(json)) IN ('OBJECT', 'ARRAY')"
    }
  }

  /// A JSON value of this class as SQL's own type.
  func value(of json: String) -> String {
    switch self {
    case .container: json
    case .text: "json_extract_string(\(json), '$')"
    default: "CAST(json_extract_string(\(json), '$') AS \(readType))"
    }
  }
}
