public import Foundation

/// A transaction that is open on a lake, or a process that keeps its catalog to itself.
public struct TransactionInfo: Sendable, Hashable, Codable {
  /// What has it open: a program of this host or a client of the catalog's server.
  public let client: String
  /// The process's number on its host, where the catalog can tell.
  public let process: Int64?
  /// The role on the catalog's server.
  public let user: String?
  /// Where the client is.
  public let address: String?
  /// Since when; nil when this role may not see it.
  public let since: Date?
  /// What it does, in a few words: `reads`, `writes`, `waits for its turn`, `owns the catalog`.
  public let state: String
  /// Whether it is a transaction of this very process.
  public let isOwn: Bool

  public init(
    client: String, process: Int64? = nil, user: String? = nil, address: String? = nil, since: Date?,
    state: String, isOwn: Bool
  ) {
    self.client = client
    self.process = process
    self.user = user
    self.address = address
    self.since = since
    self.state = state
    self.isOwn = isOwn
  }
}
