import DuckDB
import SQLText

@testable import Lake

/// Looks at statements without an engine.
enum SandboxProbe {
  /// Whether the policy refuses a statement.
  static func refuses(_ sql: String) throws -> Bool {
    let statement = try SQLStatements.split(sql)[0]
    do {
      _ = try StatementPolicy.effect(of: statement.tokens)
      return false
    } catch { return true }
  }
}

extension Connection {
  /// Text without values.
  nonisolated func execute(raw sql: String) async throws { try await execute(sql) }
  nonisolated func query(raw sql: String) async throws -> QueryResult { try await query(sql) }
}
