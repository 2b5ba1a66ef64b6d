import DuckDB
import Lake
import SQLText
import Scripts

/// Turns bound arguments into values of the types that the script declares.
///
/// DuckDB itself reads dates, times, decimals, intervals and identifiers from text, so that they mean in an
/// argument what they mean in SQL.
enum ScriptArgumentValues {
  /// - Throws: ``LakeError`` that names argument and type.
  static func values(of arguments: [BoundArgument], in session: EngineSession) async throws -> [String: Value]
  {
    var values: [String: Value] = [:]
    for argument in arguments {
      values[argument.name] = try await value(of: argument, in: session)
    }
    return values
  }

  private static func value(of argument: BoundArgument, in session: EngineSession) async throws -> Value {
    switch argument.value {
    case .null: .null
    case .bool(let bool): .boolean(bool)
    case .integer(let integer):
      needsCast(argument) ? try await cast(String(integer), argument, in: session) : .bigInt(integer)
    case .double(let double): .double(double)
    case .json(let text): .varchar(text)
    case .text(let text): needsCast(argument) ? try await cast(text, argument, in: session) : .varchar(text)
    }
  }

  private static func needsCast(_ argument: BoundArgument) -> Bool {
    guard let type = argument.type, !type.hasSuffix("]") else { return false }
    let base = type.prefix { $0 != "(" }.split(separator: " ").joined(separator: " ")
    return castTypes.contains(base)
  }

  private static func cast(_ text: String, _ argument: BoundArgument, in session: EngineSession) async throws
    -> Value
  {
    let type = argument.type ?? "VARCHAR"
    do {
      let result = try await session.evaluate("SELECT CAST($1 AS \(type))", parameters: [text])
      return result.scalar() ?? .null
    } catch let error as LakeError {
      throw LakeError(
        .query, "argument \(argument.name) is no \(type): '\(text.prefix(80))'", hint: error.message)
    }
  }

  private static let castTypes: Set<String> = [
    "date", "time", "timetz", "timestamp", "timestamptz", "timestamp_s", "timestamp_ms", "timestamp_ns",
    "timestamp with time zone", "timestamp without time zone", "time with time zone", "datetime", "interval",
    "decimal", "numeric", "uuid", "hugeint", "uhugeint", "ubigint", "blob", "bytea", "binary", "varbinary",
  ]
}
