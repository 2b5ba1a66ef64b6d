internal import DataTables
internal import Foundation
internal import Grants
internal import Jobs
internal import Lake

/// Runs what needs no process of its own: SQL.
struct QueryExecution: Sendable {
  let engines: EngineRoom
  let dataTables: DataTableRoom
  /// For scripts that attach data tables.
  let dataTableEngines: DataTableEngines

  static let languages: Set<String> = ["duckdb", "postgresql"]

  /// Runs a job that is a query.
  ///
  /// - Throws: what ``JobExecution/message(of:)`` tells; `CancellationError`.
  func run(_ assignment: WorkerMessages.Assignment) async throws -> QueryOutput {
    let job = assignment.job
    let path = job.path ?? "query"
    if let output = job.output {
      return .file(
        try await write(
          job.content, in: job.language, path: path, arguments: assignment.arguments, timeout: job.timeout,
          workspace: job.workspace, rights: assignment.rights, as: output))
    }
    return .json(
      try await run(
        job.content, in: job.language, path: path, arguments: assignment.arguments, timeout: job.timeout,
        workspace: job.workspace, rights: assignment.rights))
  }

  /// Runs a query that a job sends while it runs.
  ///
  /// - Parameter output: nil for one JSON value.
  func run(
    _ query: InlineQuery, of assignment: WorkerMessages.Assignment, as output: OutputFormat? = nil
  ) async throws -> QueryOutput {
    let job = assignment.job
    if let output {
      return .file(
        try await write(
          query.content, in: query.language, path: "query", arguments: query.arguments, timeout: job.timeout,
          workspace: job.workspace, rights: assignment.rights, as: output))
    }
    return .json(
      try await run(
        query.content, in: query.language, path: "query", arguments: query.arguments, timeout: job.timeout,
        workspace: job.workspace, rights: assignment.rights))
  }

  /// Writes a query's rows into a file of the engine's own folder.
  private func write(
    _ content: String, in language: String, path: String, arguments: String, timeout: Duration?,
    workspace: String, rights: LakeRights?, as output: OutputFormat
  ) async throws -> OutputFile {
    guard language == "duckdb" else {
      throw DataTableError(.refused, "results of '\(language)' come as JSON only; ask without Accept")
    }
    let script = DuckDBScript(
      content: content, path: path, arguments: arguments, timeout: timeout, rights: rights)
    // Where the one lies who reads the file: the engine that wrote it may be gone by then.
    let folder = try await engines.engine(of: workspace).ownFolder
    return try await withEngine(for: script, of: workspace) { engine in
      let file = OutputFile(format: output, folder: engine.ownFolder)
      // DuckDB makes its folder when it first needs it.
      try FileManager.default.createDirectory(atPath: engine.ownFolder, withIntermediateDirectories: true)
      do {
        try await script.write(to: file.path, as: output, in: engine)
        return try file.moved(to: folder)
      } catch {
        file.remove()
        throw error
      }
    }
  }

  private func withEngine<Result: Sendable>(
    for script: DuckDBScript, of workspace: String, _ body: @Sendable (Engine) async throws -> Result
  ) async throws -> Result {
    let references = try script.dataTables()
    guard !references.isEmpty else { return try await body(try await engines.engine(of: workspace)) }
    let databases = try await dataTables.databases(of: references, workspace)
    return try await dataTableEngines.use(workspace: workspace, databases, body)
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
      return try await withEngine(for: script, of: workspace) { try await script.run(in: $0) }
    }
  }
}
