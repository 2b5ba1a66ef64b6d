import Foundation
import Synchronization

/// The transactions that sessions of this process have open on one lake.
final class TransactionRegistry: Sendable {
  private struct Entry: Sendable {
    weak let session: EngineSession?
    let since: Date
  }

  private let entries = Mutex<[ObjectIdentifier: Entry]>([:])

  /// Notes that a session's transaction has come to this lake.
  func begin(_ session: EngineSession) {
    entries.withLock { $0[ObjectIdentifier(session)] = Entry(session: session, since: Date()) }
  }

  /// Notes that a session's transaction has ended.
  func end(_ session: EngineSession) {
    entries.withLock { $0[ObjectIdentifier(session)] = nil }
  }

  /// The sessions with an open transaction, the oldest first.
  var open: [(session: EngineSession, since: Date)] {
    entries.withLock { entries in
      entries.values.compactMap { entry in entry.session.map { ($0, entry.since) } }
        .sorted { $0.since < $1.since }
    }
  }
}

extension EngineSession {
  /// What the open transaction does to a lake, in a few words.
  func transactionState(on lake: Lake) -> String {
    guard let transaction else { return "ends" }
    if transaction.isReadOnly { return "reads" }
    guard let turn = transaction.turn else { return "waits for its turn" }
    guard turn.lake === lake else { return "reads" }
    return turn.wrote ? "writes" : "has the turn"
  }
}
