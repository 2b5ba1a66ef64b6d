/// What somebody may do with a lake, a schema or a table.
public enum LakePrivilege: String, Sendable, Hashable, Codable, CaseIterable {
  /// Read rows, the definition, the history.
  case select
  /// Add rows.
  case insert
  /// Change rows.
  case update
  /// Remove rows.
  case delete
  /// Make tables, views, macros and schemas; with `drop`, alter them.
  case create
  /// Remove tables, views, macros and schemas.
  case drop
  /// Call what keeps a lake in shape.
  case maintain

  /// As a sentence has it: "may not insert into orders".
  var verb: String {
    switch self {
    case .select: "select from"
    case .insert: "insert into"
    case .update, .create, .drop, .maintain: rawValue
    case .delete: "delete from"
    }
  }
}
