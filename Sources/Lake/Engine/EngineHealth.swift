import DuckDB
import Synchronization

/// Remembers whether DuckDB has failed inside: the instance then answers nothing any more, or answers wrongly.
final class EngineHealth: Sendable {
  private let failed = Atomic<Bool>(false)

  var hasFailed: Bool { failed.load(ordering: .acquiring) }

  func note(_ error: DuckDBError) {
    if error.kind == .internal || error.kind == .fatal { failed.store(true, ordering: .releasing) }
  }

  /// - Throws: ``LakeError`` with code `engine` after a failure.
  func check() throws(LakeError) {
    guard hasFailed else { return }
    throw LakeError(
      .engine, "the engine has failed and must be replaced",
      hint: "Start again; what was committed before is there.")
  }
}
