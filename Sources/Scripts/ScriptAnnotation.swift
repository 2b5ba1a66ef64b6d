/// What a comment says about a script beside its arguments: `-- pipeline`, `-- on …`, `-- materialize …`,
/// `-- data_test …` and the other annotations of Windmill's pipelines.
public struct ScriptAnnotation: Sendable, Hashable {
  /// What the annotation says.
  public enum Kind: Sendable, Hashable {
    /// `-- pipeline`: the script is a step of its folder's pipeline.
    case pipeline
    /// `-- on ASSET`: the script runs when this asset has changed.
    case on(Asset)
    /// `-- materialize …`: the script makes this table.
    case materialize(Materialization)
    /// `-- data_test …`: what has to hold for a table.
    case dataTest(DataTest)
    /// An annotation that is known by name and not acted upon: `partitioned`, `column`, `trigger`,
    /// `debounce`, `retry`, `tag`, `freshness`, `macros`, `use`, and `on` with the kind of a trigger, such as
    /// `on schedule`.
    case other(name: String, text: String)
  }

  /// What the annotation says.
  public let kind: Kind

  /// The whole comment, without its `--`.
  public let text: String

  /// The line, counted from 1.
  public let line: Int

  /// The column of the annotation's first word, counted from 1.
  public let column: Int
}

/// The table that a script makes, and how: `-- materialize`.
///
/// ```sql
/// -- materialize ducklake://main/orders
/// -- materialize ducklake://main/orders append
/// -- materialize ducklake://main/orders key=id on_schema_change=sync
/// -- materialize ducklake://main/customers key=id history track=name,city deletes=close
/// -- materialize manual ducklake://main/orders
/// ```
public struct Materialization: Sendable, Hashable {
  /// How the rows of the script's query get into the table.
  public enum Strategy: Sendable, Hashable {
    /// The table is replaced by the rows.
    case replace
    /// The rows are added.
    case append
    /// Rows with the same key are replaced, others added.
    case merge(key: [String])
    /// Every version of a row is kept, with the time for which it held (slowly changing dimension, type 2). A
    /// row is a new version when a tracked column differs; an empty list tracks all of them.
    case history(key: [String], track: [String], closesDeleted: Bool)
    /// The script writes the table itself.
    case manual
  }

  /// What happens when the query's columns are not the table's.
  public enum SchemaChange: String, Sendable, Hashable {
    /// The step fails. This is the default.
    case fail
    /// Columns that the table lacks are left out.
    case ignore
    /// The table gets the new columns.
    case sync
  }

  /// The table, in a lake.
  public let target: Asset

  /// How the rows get into the table.
  public let strategy: Strategy

  /// What happens when columns differ.
  public let onSchemaChange: SchemaChange

  /// Whether the script's last statement is a query whose rows are written for it.
  public var isManaged: Bool { strategy != .manual }
}

/// What has to hold for a table: `-- data_test`.
///
/// ```sql
/// -- data_test [TABLE:] [name=NAME] unique COLUMN[, COLUMN…]
/// -- data_test [TABLE:] [name=NAME] not_null COLUMN[, COLUMN…]
/// -- data_test [TABLE:] [name=NAME] accepted_values COLUMN [=|in] VALUE[, VALUE…]
/// -- data_test [TABLE:] [name=NAME] relationships COLUMN -> [LAKE/][SCHEMA.]TABLE.COLUMN
/// -- data_test [TABLE:] [name=NAME] sql SELECT that returns the rows that break the rule
/// --   it goes on in the comment lines that follow and are indented further
/// -- data_test PATH/OF/SCRIPT
/// ```
public struct DataTest: Sendable, Hashable {
  /// A rule.
  public enum Check: Sendable, Hashable {
    /// No two rows have the same values in these columns; rows with a null in them are not compared.
    case unique(columns: [String])
    /// None of these columns is null.
    case notNull(columns: [String])
    /// Every value of the column that is not null is one of these. Compare them as texts cast to the column's
    /// type.
    case acceptedValues(column: String, values: [ScriptValue])
    /// Every value of the column that is not null is found in the other table's column. A name without a lake
    /// means the lake of the tested table.
    case relationships(column: String, table: TableName, referencedColumn: String)
    /// A query that returns the rows that break the rule.
    case sql(String)
    /// A script whose last statement returns the rows that break the rule.
    case script(path: String)
  }

  /// The table that is tested, where it is not the one that the script writes.
  public let table: TableName?

  /// The name that the test was given.
  public let name: String?

  /// The rule.
  public let check: Check

  /// The line, counted from 1.
  public let line: Int

  /// The name, or the rule in short: `unique(id)`.
  public var label: String {
    if let name { return name }
    return switch check {
    case .unique(let columns): "unique(\(columns.joined(separator: ", ")))"
    case .notNull(let columns): "not_null(\(columns.joined(separator: ", ")))"
    case .acceptedValues(let column, _): "accepted_values(\(column))"
    case .relationships(let column, let table, let other): "relationships(\(column) -> \(table).\(other))"
    case .sql: "sql(line \(line))"
    case .script(let path): path
    }
  }
}
