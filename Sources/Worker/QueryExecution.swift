internal import Grants
internal import Jobs

/// Runs what needs no process of its own: SQL.
struct QueryExecution: Sendable {
  let engines: EngineRoom
  let dataTables: DataTableRoom

  static let languages: Set<String> = ["duckdb", "postgresql"]

  /// Runs a job that is a query.
  ///
  /// - Returns: its result, as JSON text.
  /// - Throws: what ``JobExecution/message(of:)`` tells; `CancellationError`.
  func run(_ assignment: WorkerMessages.Assignment) async throws -> String {
    let job = assignment.job
    return try await run(
      job.content, in: job.language, path: job.path ?? "query", arguments: assignment.arguments,
      timeout: job.timeout, workspace: job.workspace, rights: assignment.rights)
  }

  /// Runs a query that a job sends while it runs.
  func run(_ query: InlineQuery, of assignment: WorkerMessages.Assignment) async throws -> String {
    try await run(
      query.content, in: query.language, path: "query", arguments: query.arguments,
      timeout: assignment.job.timeout, workspace: assignment.job.workspace, rights: assignment.rights)
  }

  private func run(
    _ content: String, in language: String, path: String, arguments: String, timeout: Duration?,
    workspace: String, rights: LakeRights?
  ) async throws -> String {
    switch language {
    case "postgresql":
      let job = PostgreSQLJob(content: content, path: path, arguments: arguments, workspace: workspace)
      return try await Deadline.limit(timeout) { try await job.run(in: dataTables) }
    default:
      let script = DuckDBScript(
        content: content, path: path, arguments: arguments, timeout: timeout, rights: rights)
      return try await script.run(in: try await engines.engine(of: workspace))
    }
  }
}
