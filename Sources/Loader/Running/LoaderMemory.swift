import Lake
import Synchronization

/// What a loader keeps from load to load, so that small ones are cheap: what it knows of datasets, and a session.
///
/// What is known is held against the lake in each load's turn; where the lake has changed, it is read anew.
final class LoaderMemory: Sendable {
  private struct Place: Hashable {
    let dataset: String
    let schema: String
    let pipeline: String
  }

  private struct Contents {
    var states: [Place: DatasetState] = [:]
    var sessions: [EngineSession] = []
  }

  private let contents = Mutex(Contents())
  /// More idle sessions than this are closed.
  private static let sessionLimit = 4

  func state(for run: LoadRun) -> DatasetState? { contents.withLock { $0.states[Self.place(run)] } }

  func remember(_ state: DatasetState?, for run: LoadRun) {
    contents.withLock { $0.states[Self.place(run)] = state }
  }

  private static func place(_ run: LoadRun) -> Place {
    Place(dataset: run.load.dataset, schema: run.schemaName, pipeline: run.pipeline)
  }

  /// An idle session, if there is one.
  func takeSession() -> EngineSession? { contents.withLock { $0.sessions.popLast() } }

  /// Keeps a session that has nothing open and no temporary tables.
  ///
  /// - Returns: whether it is kept; if not, it is to be closed.
  func give(_ session: EngineSession) -> Bool {
    contents.withLock { contents in
      guard contents.sessions.count < Self.sessionLimit else { return false }
      contents.sessions.append(session)
      return true
    }
  }

  /// Forgets all, and gives what has to be closed.
  func empty() -> [EngineSession] {
    contents.withLock { contents in
      defer { contents = Contents() }
      return contents.sessions
    }
  }
}
