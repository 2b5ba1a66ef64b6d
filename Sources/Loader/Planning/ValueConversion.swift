import SQLText

/// How SQL turns values of one class into a column's type.
struct ValueConversion: Sendable, Hashable {
  /// An expression that gives NULL for values that cannot be turned.
  var sql: String
  /// Whether all values can be turned.
  var isTotal: Bool

  private static func total(_ sql: String) -> ValueConversion { ValueConversion(sql: sql, isTotal: true) }
  private static func partial(_ sql: String) -> ValueConversion { ValueConversion(sql: sql, isTotal: false) }

  /// The conversion of a value; nil when no value of the class fits the type.
  ///
  /// - Parameters:
  ///   - value: an expression of the class's own type.
  ///   - kinds: the kinds of the class that occur.
  ///   - column: the column that takes it.
  static func of(_ value: String, _ valueClass: ValueClass, _ kinds: ValueKinds, to column: ColumnSchema)
    -> ValueConversion?
  {
    guard let type = column.dataType, let sqlType = column.sqlType else { return nil }
    switch type {
    case .text: return total(text(value, valueClass))
    case .double: return double(value, valueClass)
    case .bigint: return bigint(value, valueClass, kinds, sqlType)
    case .bool: return bool(value, valueClass)
    case .timestamp: return timestamp(value, valueClass, kinds, sqlType)
    case .decimal, .wei: return decimal(value, valueClass, column, sqlType)
    case .date: return date(value, valueClass)
    case .time:
      guard valueClass == .text else { return nil }
      return partial(
        "CASE WHEN regexp_full_match(\(value), '[0-9]{2}:.*') THEN TRY_CAST(\(value) AS TIME) END")
    case .binary:
      guard valueClass == .text else { return nil }
      return partial(
        """
        CASE WHEN starts_with(\(value), '0x') THEN TRY(unhex(substr(\(value), 3))) \
        WHEN regexp_full_match(\(value), '([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?') \
        THEN TRY(from_base64(\(value))) END
        """)
    case .json:
      switch valueClass {
      case .container: return total(value)
      case .text: return partial("CASE WHEN json_valid(\(value)) THEN CAST(\(value) AS JSON) END")
      default: return nil
      }
    }
  }

  private static func text(_ value: String, _ valueClass: ValueClass) -> String {
    switch valueClass {
    case .text: value
    // As Python writes them.
    case .bool: "CASE \(value) WHEN true THEN 'True' WHEN false THEN 'False' END"
    case .double: "regexp_replace(CAST(\(value) AS VARCHAR), 'e([0-9])', 'e+\\1')"
    default: "CAST(\(value) AS VARCHAR)"
    }
  }

  /// A text without the white space around it, as Python sees it.
  private static func stripped(_ text: String) -> String {
    "regexp_replace(\(text), '^[\\s\\x0b\\x1c-\\x1f\\x{85}\\p{Z}]+|[\\s\\x0b\\x1c-\\x1f\\x{85}\\p{Z}]+$', '', 'g')"
  }

  /// What Python takes for a number with a point.
  private static let floatPattern =
    "(?i)[+-]?(([0-9]+(_[0-9]+)*\\.?([0-9]+(_[0-9]+)*)?|\\.[0-9]+(_[0-9]+)*)(e[+-]?[0-9]+(_[0-9]+)*)?|inf|infinity|nan)"

  private static func double(_ value: String, _ valueClass: ValueClass) -> ValueConversion? {
    switch valueClass {
    case .double: total(value)
    case .integer, .largeInteger: total("CAST(\(value) AS DOUBLE)")
    case .text:
      partial(
        """
        CASE WHEN starts_with(\(stripped(value)), '0x') THEN TRY_CAST(TRY_CAST(\(stripped(value)) AS BIGINT) AS DOUBLE) \
        WHEN regexp_full_match(\(stripped(value)), '\(floatPattern)') \
        THEN TRY_CAST(replace(\(stripped(value)), '_', '') AS DOUBLE) END
        """)
    case .bool, .container: nil
    }
  }

  private static func bigint(
    _ value: String, _ valueClass: ValueClass, _ kinds: ValueKinds, _ sqlType: String
  ) -> ValueConversion? {
    let isPlain = sqlType == "BIGINT"
    switch valueClass {
    case .integer: return isPlain ? total(value) : partial("TRY_CAST(\(value) AS \(sqlType))")
    case .largeInteger: return sqlType == "HUGEINT" ? partial("TRY_CAST(\(value) AS HUGEINT)") : nil
    case .double:
      guard !kinds.isDisjoint(with: .wholeDouble) else { return nil }
      return partial("CASE WHEN \(value) = trunc(\(value)) THEN TRY_CAST(\(value) AS \(sqlType)) END")
    case .text:
      return partial(
        """
        CASE WHEN regexp_full_match(\(stripped(value)), '[+-]?[0-9]+(_[0-9]+)*|0x[0-9a-fA-F]+') \
        THEN TRY_CAST(replace(\(stripped(value)), '_', '') AS \(sqlType)) END
        """)
    case .bool, .container: return nil
    }
  }

  private static func bool(_ value: String, _ valueClass: ValueClass) -> ValueConversion? {
    switch valueClass {
    case .bool: total(value)
    case .integer, .largeInteger, .double: total("\(value) <> 0")
    case .text:
      partial(
        """
        CASE WHEN lower(\(value)) IN ('yes', 'true', 't', 'y', '1') THEN true \
        WHEN lower(\(value)) IN ('no', 'false', 'f', 'n', '0') THEN false END
        """)
    case .container: nil
    }
  }

  private static func timestamp(
    _ value: String, _ valueClass: ValueClass, _ kinds: ValueKinds, _ sqlType: String
  ) -> ValueConversion? {
    func converted(_ instant: String) -> String {
      sqlType == "TIMESTAMP WITH TIME ZONE" ? instant : "CAST(CAST(\(instant) AS TIMESTAMP) AS \(sqlType))"
    }
    switch valueClass {
    case .text where kinds.isDisjoint(with: .text):
      return total(converted("CAST(\(value) AS TIMESTAMPTZ)"))
    case .text:
      return partial(converted(instant(value)))
    case .integer: return partial(converted(pointInTime(seconds: value, isWhole: true)))
    case .double: return partial(converted(pointInTime(seconds: value)))
    case .bool, .largeInteger, .container: return nil
    }
  }

  /// The point in time so many seconds after 1970 began; those of other years than 1 to 9999 are none.
  private static func pointInTime(seconds: String, isWhole: Bool = false) -> String {
    // As Python rounds: the fraction alone, half to even.
    let instant =
      isWhole
      ? "to_timestamp(\(seconds))"
      : "to_timestamp(CAST(trunc(\(seconds)) AS BIGINT)) + to_microseconds(CAST(round_even((\(seconds) - trunc(\(seconds))) * 1e6, 0) AS BIGINT))"
    return "CASE WHEN \(seconds) BETWEEN -62135596800 AND 253402300799 THEN TRY(\(instant)) END"
  }

  /// The point in time that a text means: years, months and days begin at midnight, other numbers are seconds since 1970.
  private static func instant(_ text: String) -> String {
    """
    CASE WHEN regexp_full_match(\(text), '[0-9]{4}') THEN TRY_CAST(\(text) || '-01-01' AS TIMESTAMPTZ) \
    WHEN regexp_full_match(\(text), '[0-9]{4}-[0-9]{2}') THEN TRY_CAST(\(text) || '-01' AS TIMESTAMPTZ) \
    WHEN regexp_full_match(\(text), '[0-9]{8}') \
    THEN TRY_CAST(regexp_replace(\(text), '(....)(..)(..)', '\\1-\\2-\\3') AS TIMESTAMPTZ) \
    WHEN regexp_full_match(\(stripped(text)), '\(floatPattern)') \
    THEN \(pointInTime(seconds: "TRY_CAST(replace(\(stripped(text)), '_', '') AS DOUBLE)")) \
    WHEN regexp_full_match(\(text), '[0-9]{4}.*') THEN TRY_CAST(\(text) AS TIMESTAMPTZ) END
    """
  }

  private static func decimal(
    _ value: String, _ valueClass: ValueClass, _ column: ColumnSchema, _ sqlType: String
  ) -> ValueConversion? {
    switch valueClass {
    case .integer, .largeInteger: return partial("TRY_CAST(\(value) AS \(sqlType))")
    // A cast rounds without a word.
    case .double:
      let number = "TRY_CAST(CAST(\(value) AS VARCHAR) AS \(sqlType))"
      return partial("CASE WHEN CAST(\(number) AS DOUBLE) = \(value) THEN \(number) END")
    case .text:
      let text = "replace(\(stripped(value)), '_', '')"
      let scale = column.dataType == .wei ? 0 : column.json["scale"]?.int ?? 9
      let plain = "[+-]?([0-9]+(\\.[0-9]{0,\(scale)}0*)?|\\.[0-9]{0,\(scale)}0*)"
      let number = "TRY_CAST(\(text) AS \(sqlType))"
      return partial(
        """
        CASE WHEN starts_with(\(text), '0x') THEN TRY_CAST(TRY_CAST(\(text) AS BIGINT) AS \(sqlType)) WHEN regexp_full_match(\(text), '\(plain)') AND \(text) <> '.' THEN \(number) \
        WHEN regexp_full_match(\(text), '\(floatPattern)') AND \(text) LIKE '%e%' \
        AND CAST(\(number) AS DOUBLE) = TRY_CAST(\(text) AS DOUBLE) THEN \(number) END
        """)
    case .bool, .container: return nil
    }
  }

  private static func date(_ value: String, _ valueClass: ValueClass) -> ValueConversion? {
    switch valueClass {
    case .text:
      partial("CAST(\(instant(value)) AS DATE)")
    case .integer: partial("CAST(\(pointInTime(seconds: value, isWhole: true)) AS DATE)")
    case .double: partial("CAST(\(pointInTime(seconds: value)) AS DATE)")
    case .bool, .largeInteger, .container: nil
    }
  }
}
