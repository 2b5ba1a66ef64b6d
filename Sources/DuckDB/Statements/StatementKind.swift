internal import CDuckDB

/// What a statement does, as DuckDB classes it.
public enum StatementKind: Sendable, Hashable {
  case invalid, select, insert, update, explain, delete, prepare, create, execute, alter, transaction, copy,
    analyze
  case variableSet, createFunction, drop, export, pragma, vacuum, call, set, load, relation, `extension`,
    logicalPlan
  case attach, detach, multi, copyDatabase, updateExtensions, mergeInto

  /// A kind that this binding does not know.
  case unknown(rawValue: UInt32)
}

extension StatementKind {
  init(_ type: duckdb_statement_type) {
    let kinds: [StatementKind] = [
      .invalid, .select, .insert, .update, .explain, .delete, .prepare, .create, .execute, .alter,
      .transaction,
      .copy, .analyze, .variableSet, .createFunction, .drop, .export, .pragma, .vacuum, .call, .set, .load,
      .relation, .extension, .logicalPlan, .attach, .detach, .multi, .copyDatabase, .updateExtensions,
      .mergeInto,
    ]
    let index = Int(type.rawValue)
    self = index < kinds.count ? kinds[index] : .unknown(rawValue: UInt32(type.rawValue))
  }
}
