internal import CDuckDB
internal import SQLText

/// Gives a prepared statement its values, and tells clearly when they do not fit.
enum ParameterBinder {
  /// - Parameter names: The statement's parameters in DuckDB's order; `?` and `$1` have numbers for names.
  /// - Throws: ``DuckDBError`` of kind `.invalidInput` when there are too few, too many or unknown values.
  static func bind(
    _ parameters: Parameters, to statement: duckdb_prepared_statement, names: [String],
    _ source: StatementText
  ) throws {
    duckdb_clear_bindings(statement)
    switch parameters {
    case .none:
      guard names.isEmpty else { throw missing(names, source) }
    case .positional(let values):
      guard values.count == names.count else {
        throw source.error(
          .invalidInput, "The statement has \(count(names.count)), but \(values.count) values were given.")
      }
      for (index, value) in values.enumerated() { try bind(value, at: index + 1, to: statement, source) }
    case .named(let values):
      try bindNamed(values, to: statement, names: names, source)
    }
  }

  private static func bindNamed(
    _ values: [String: Value], to statement: duckdb_prepared_statement, names: [String],
    _ source: StatementText
  ) throws {
    var left = names
    for (name, value) in values.sorted(by: { $0.key < $1.key }) {
      // DuckDB compares parameter names without regard to case.
      guard let index = names.firstIndex(where: { $0.lowercased() == name.lowercased() }) else {
        let near = NearestName.suggestion(for: name, among: names)
        let advice = near.map { " Did you mean \"$\($0)\"?" } ?? ""
        throw source.error(
          .invalidInput, "The statement has no parameter \"$\(name)\".\(advice)",
          candidates: near.map { [$0] } ?? [])
      }
      left.removeAll { $0 == names[index] }
      try bind(value, at: index + 1, to: statement, source)
    }
    guard left.isEmpty else { throw missing(left, source) }
  }

  private static func bind(
    _ value: Value, at index: Int, to statement: duckdb_prepared_statement, _ source: StatementText
  ) throws {
    let state = try value.withHandle { duckdb_bind_value(statement, idx_t(index), $0) }
    guard state == DuckDBSuccess else {
      let text = duckdb_prepare_error(statement).map { String(cString: $0) }
      throw source.error(text ?? "DuckDB refused the value for parameter \(index).")
    }
  }

  private static func missing(_ names: [String], _ source: StatementText) -> DuckDBError {
    let list = names.map { "$\($0)" }.joined(separator: ", ")
    return source.error(
      .invalidInput, "No value was given for the parameter\(names.count == 1 ? "" : "s") \(list).")
  }

  private static func count(_ count: Int) -> String {
    count == 1 ? "1 parameter" : "\(count) parameters"
  }
}
