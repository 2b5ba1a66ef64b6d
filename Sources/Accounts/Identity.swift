public import Store

/// What a member of a workspace may do. Each role may do what the next one may.
public enum Role: String, Sendable, Codable, CaseIterable, Comparable {
  /// Members, tokens of others, settings.
  case admin
  /// Scripts, resources, variables, previews of any code.
  case developer
  /// Runs what others wrote.
  case `operator`
  /// Looks.
  case viewer

  private var rank: Int {
    switch self {
    case .admin: 3
    case .developer: 2
    case .operator: 1
    case .viewer: 0
    }
  }

  public static func < (left: Role, right: Role) -> Bool { left.rank < right.rank }
}

/// What a request asks to do.
public enum Permission: Sendable, CaseIterable {
  /// See scripts, jobs, names of variables and resources.
  case read
  /// Run scripts that the workspace keeps, and end one's own jobs.
  case run
  /// Run any text: previews and inline queries.
  case preview
  /// Run SQL on lakes: as a preview, but also from within jobs.
  case query
  /// Read values of variables and resources.
  case readValues
  /// Change scripts, variables, resources.
  case write
  /// Members, settings, workers.
  case administer

  /// The least role that has it.
  public var leastRole: Role {
    switch self {
    case .read: .viewer
    case .run: .operator
    case .readValues: .operator
    case .preview, .query, .write: .developer
    case .administer: .admin
    }
  }
}

/// Who makes a request, as its token proves.
public struct Identity: Sendable, Hashable {
  public let workspace: String
  public let username: String
  public let email: String
  public let role: Role
  /// What the token is limited to; nil for all that its owner may do. `jobs:run`, `variables:read`, …
  public let scopes: [String]?
  /// The job that has the token.
  public let job: String?
  /// When the token ends; nil for never, and for a job's.
  public let expiresAt: Moment?

  /// What a worker's token is limited to. Such tokens are made on a server's machine, not through its API.
  public static let workersScope = "workers:run"

  /// Whether the token was made for a worker.
  public var isWorker: Bool { job == nil && scopes?.contains(Self.workersScope) == true }

  /// Whether the role has the permission. A job of a member who may only run scripts may query lakes: what it asks was
  /// written by those who may write scripts.
  public func may(_ permission: Permission) -> Bool {
    role >= permission.leastRole || (permission == .query && job != nil && role >= Permission.run.leastRole)
  }
}
