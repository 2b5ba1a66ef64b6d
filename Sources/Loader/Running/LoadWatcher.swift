import DuckDB
import Foundation
import Lake

/// Tells those who watch how far a load has come.
struct LoadWatcher: Sendable {
  private let tell: (@Sendable (LoadEvent) -> Void)?

  init(_ tell: (@Sendable (LoadEvent) -> Void)?) { self.tell = tell }

  /// How often a running statement is asked how far it has come.
  private static let interval = Duration.milliseconds(200)

  func looks(at part: LoadRun) {
    guard let tell else { return }
    let files = part.load.source.paths
    let sizes = files.map { path in
      (try? FileManager.default.attributesOfItem(atPath: path)[.size] as? Int) ?? 0
    }
    tell(.looking(table: part.rootName, files: files.count, bytes: sizes.reduce(0, +)))
  }

  /// Runs what prepares a load, and tells how its statements go.
  func watch(_ part: LoadRun, _ session: EngineSession, _ body: () async throws -> (LoadPlan, PreparedLoad))
    async throws -> (LoadPlan, PreparedLoad)
  {
    guard let tell else { return try await body() }
    let table = part.rootName
    try await session.reportProgress(true)
    let polling = Task {
      while !Task.isCancelled {
        let progress = session.progress
        tell(.preparing(table: table, percentage: progress.percentage, rows: progress.rowsProcessed))
        try? await Task.sleep(for: Self.interval)
      }
    }
    defer { polling.cancel() }
    let (plan, prepared) = try await body()
    try await session.reportProgress(false)
    tell(.prepared(table: table, rows: prepared.rowCounts[0] ?? 0))
    return (plan, prepared)
  }

  func writes() { tell?(.writing) }
}
