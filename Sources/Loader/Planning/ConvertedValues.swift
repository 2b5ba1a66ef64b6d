import SQLText

/// How all values of one place get to their column, and those that do not fit to columns beside it.
struct ConvertedValues: Sendable, Hashable {
  /// The column's value; nil when none of them fits.
  private(set) var main: String?
  private(set) var variants: [Variant] = []
  /// What the source is read as at this place; nil below JSON, which is read as a whole.
  private(set) var readType: String?
  /// The value as read, NULL where the source has none.
  private(set) var whole: String
  /// The value as JSON text.
  private(set) var sourceJSON: String

  /// Values that do not fit the column.
  struct Variant: Sendable, Hashable {
    let valueClass: ValueClass
    /// NULL for values that do fit, and those of other classes.
    var sql: String
    /// Whether there are any, as far as can be told without looking.
    var isCertain: Bool
    var firstSight: FirstSight?
    /// Whether all of them are texts that are points in time: dlt gives them a column of that type.
    var isTimestamp = false
  }

  init(_ leaf: FlatTable.Leaf, to column: ColumnSchema) {
    let value = leaf.access.sql
    whole = value
    sourceJSON = leaf.access.isJSON ? "CAST(\(value) AS VARCHAR)" : "CAST(to_json(\(value)) AS VARCHAR)"
    if let source = leaf.shape.sourceType {
      readDeclared(value, source, column)
      return
    }
    let kinds = leaf.shape.kinds
    let classes = ValueClass.allCases.filter { !kinds.isDisjoint(with: $0.kinds) }
    if !leaf.access.isJSON, let (valueClass, type) = Self.uniform(classes, kinds, column) {
      readType = type
      add(valueClass, value, nil, leaf, column)
      main = branches.first
    } else {
      if !leaf.access.isJSON { readType = "JSON" }
      whole = "CASE WHEN json_type(\(value)) <> 'NULL' THEN \(value) END"
      sourceJSON = "CAST(\(value) AS VARCHAR)"
      for valueClass in classes {
        add(valueClass, valueClass.value(of: value), valueClass.condition(value, kinds), leaf, column)
      }
      main = branches.isEmpty ? nil : "CASE \(branches.joined(separator: " ")) END"
    }
  }

  private var branches: [String] = []

  /// The one class that all values can be read as without loss.
  private static func uniform(_ classes: [ValueClass], _ kinds: ValueKinds, _ column: ColumnSchema)
    -> (ValueClass, String)?
  {
    if classes.count == 1 { return (classes[0], classes[0].readType) }
    let isNumeric = Set(classes).isSubset(of: [.integer, .largeInteger, .double])
    if isNumeric, column.dataType == .double { return (.double, "DOUBLE") }
    if Set(classes) == [.integer, .largeInteger], column.dataType == .wei || column.dataType == .decimal {
      return (.largeInteger, ValueClass.largeInteger.readType)
    }
    return nil
  }

  private mutating func add(
    _ valueClass: ValueClass, _ value: String, _ condition: String?, _ leaf: FlatTable.Leaf,
    _ column: ColumnSchema
  ) {
    let kinds = leaf.shape.kinds.intersection(valueClass.kinds)
    let conversion = ValueConversion.of(value, valueClass, kinds, to: column)
    if let conversion {
      branches.append(condition.map { "WHEN \($0) THEN \(conversion.sql)" } ?? conversion.sql)
    }
    guard conversion?.isTotal != true else { return }
    let misfit = [condition, conversion.map { "(\($0.sql)) IS NULL" }].compactMap { $0.map { "(\($0))" } }
    // Numbers with a fraction never are whole ones: such variants are certain.
    let isCertain =
      conversion == nil || (valueClass == .double && column.dataType == .bigint && kinds.contains(.double))
    variants.append(
      Variant(
        valueClass: valueClass,
        sql: misfit.isEmpty ? value : "CASE WHEN \(misfit.joined(separator: " AND ")) THEN \(value) END",
        isCertain: isCertain, firstSight: leaf.shape.firstSight(of: kinds),
        isTimestamp: kinds == .timestampText))
  }

  /// Adds the values of another place that no row has together with this one.
  mutating func add(_ other: ConvertedValues) {
    main = [main, other.main].compactMap(\.self).joined(separator: ", ").nonEmpty.map { "coalesce(\($0))" }
    whole = "coalesce(\(whole), \(other.whole))"
    sourceJSON = "coalesce(\(sourceJSON), \(other.sourceJSON))"
    for variant in other.variants {
      guard let index = variants.firstIndex(where: { $0.valueClass == variant.valueClass }) else {
        variants.append(variant)
        continue
      }
      variants[index].sql = "coalesce(\(variants[index].sql), \(variant.sql))"
      variants[index].isCertain = variants[index].isCertain || variant.isCertain
      variants[index].firstSight = [variants[index].firstSight, variant.firstSight].compactMap(\.self).min()
      variants[index].isTimestamp = variants[index].isTimestamp && variant.isTimestamp
    }
  }

  /// Values of a type that the source declares.
  private mutating func readDeclared(
    _ value: String, _ source: Shape.SourceType, _ column: ColumnSchema
  ) {
    guard let type = column.sqlType else { return }
    if source.sql == type {
      main = value
    } else if source.dataType == column.dataType || column.dataType == .text {
      main =
        source.dataType == .bool && column.dataType == .text
        ? "CASE \(value) WHEN true THEN 'True' WHEN false THEN 'False' END" : "TRY_CAST(\(value) AS \(type))"
      guard column.dataType != .text else { return }
      variants = [
        Variant(
          valueClass: .text,
          sql: "CASE WHEN \(main ?? "NULL") IS NULL THEN CAST(\(value) AS VARCHAR) END", isCertain: false,
          firstSight: nil)
      ]
    } else {
      let valueClass = ValueClass(declared: source.dataType)
      let read = "CAST(\(value) AS \(valueClass.readType))"
      let conversion = ValueConversion.of(read, valueClass, valueClass.kinds, to: column)
      main = conversion?.sql
      guard conversion?.isTotal != true else { return }
      variants = [
        Variant(
          valueClass: valueClass,
          sql: conversion.map { "CASE WHEN (\($0.sql)) IS NULL THEN \(read) END" } ?? read,
          isCertain: false, firstSight: nil)
      ]
    }
  }
}

extension String {
  fileprivate var nonEmpty: String? { isEmpty ? nil : self }
}

extension ValueClass {
  /// The class that values of a declared type are converted as.
  init(declared type: DataType) {
    self =
      switch type {
      case .bool: .bool
      case .bigint: .integer
      case .wei: .largeInteger
      case .double: .double
      case .json: .container
      case .text, .timestamp, .date, .time, .decimal, .binary: .text
      }
  }
}
