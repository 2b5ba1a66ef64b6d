internal import SQLText
public import Store
internal import Synchronization

/// One thing that somebody did, or was kept from doing.
public struct AuditEntry: Sendable {
  /// What kind of doing it was. Windmill's clients filter by these.
  public enum Kind: String, Sendable, CaseIterable {
    case create = "Create"
    case update = "Update"
    case delete = "Delete"
    case execute = "Execute"
    /// Somebody had no right to do it.
    case denied = "Denied"
  }

  /// Grows with time.
  public let id: String
  public let workspace: String
  public let happenedAt: Moment
  public let username: String
  /// `variables.create`, `jobs.run`, …
  public let operation: String
  public let kind: Kind
  /// What it was done to: a path, a name, a job's id.
  public let resource: String?
  /// A JSON object, without values of variables, resources, arguments and tokens.
  public let parameters: String

  public init(
    workspace: String, username: String, operation: String, kind: Kind, resource: String?,
    parameters: String = "{}",
    at moment: Moment = .now
  ) {
    id = AuditIDs.next(at: moment)
    self.workspace = workspace
    happenedAt = moment
    self.username = username
    self.operation = operation
    self.kind = kind
    self.resource = resource.map { String($0.prefix(500)) }
    self.parameters = parameters
  }

  init(_ row: StoreRow) throws {
    id = try row.text("id")
    workspace = try row.text("workspace")
    happenedAt = Moment(microseconds: Int64(try row.integer("happened_at")))
    username = try row.text("username")
    operation = try row.text("operation")
    kind = Kind(rawValue: try row.text("action_kind")) ?? .execute
    resource = try row.optionalText("resource")
    parameters = try row.text("parameters")
  }
}

/// Ids in the order of time, also within a microsecond and when a clock is set back.
private enum AuditIDs {
  private static let last = Mutex<Int64>(0)

  static func next(at moment: Moment) -> String {
    let place = last.withLock { last in
      last = max(last + 1, moment.microseconds)
      return last
    }
    let digits = String(place)
    return String(repeating: "0", count: max(0, 20 - digits.count)) + digits + "-"
      + String(UInt32.random(in: 0...UInt32.max), radix: 16)
  }
}

/// Which entries somebody wants to see.
public struct AuditFilter: Sendable {
  public var username: String?
  public var operation: String?
  public var kind: AuditEntry.Kind?
  public var resource: String?
  public var after: Moment?
  public var before: Moment?
  public var limit = 100
  public var offset = 0

  public init() {}
}

extension Accounts {
  /// Keeps entries, together.
  ///
  /// - Throws: `StoreError`.
  public func note(_ entries: [AuditEntry]) async throws {
    try await store.write { transaction in
      for entry in entries {
        try transaction.execute(
          """
          INSERT INTO audit (id, workspace, happened_at, username, operation, action_kind, resource, parameters)
          SELECT \(entry.id), id, \(entry.happenedAt.microseconds), \(entry.username), \(entry.operation),
            \(entry.kind.rawValue), \(entry.resource), \(entry.parameters) FROM workspace WHERE id = \(entry.workspace)
          """)
      }
    }
  }

  /// What was done in a workspace, the newest first.
  ///
  /// - Throws: `StoreError`.
  public func auditLog(of workspace: String, _ filter: AuditFilter = AuditFilter()) async throws
    -> [AuditEntry]
  {
    try await store.read { transaction in
      var sql: SQL = "SELECT * FROM audit WHERE workspace = \(workspace)"
      if let username = filter.username { sql += " AND username = \(username)" }
      if let operation = filter.operation { sql += " AND operation = \(operation)" }
      if let kind = filter.kind { sql += " AND action_kind = \(kind.rawValue)" }
      if let resource = filter.resource { sql += " AND resource = \(resource)" }
      if let after = filter.after { sql += " AND happened_at >= \(after.microseconds)" }
      if let before = filter.before { sql += " AND happened_at <= \(before.microseconds)" }
      sql += " ORDER BY id DESC LIMIT \(filter.limit) OFFSET \(filter.offset)"
      return try transaction.query(sql).map(AuditEntry.init)
    }
  }

  /// - Throws: ``AccountError`` when there is none; `StoreError`.
  public func auditEntry(_ id: String, of workspace: String) async throws -> AuditEntry {
    let found = try await store.read { transaction in
      try transaction.query("SELECT * FROM audit WHERE workspace = \(workspace) AND id = \(id)").first.map(
        AuditEntry.init)
    }
    guard let found else { throw AccountError(.notFound, "there is no audit entry '\(id.prefix(80))'") }
    return found
  }

  /// Forgets what is older.
  ///
  /// - Throws: `StoreError`.
  public func forgetAudit(before moment: Moment) async throws {
    try await store.write {
      _ = try $0.execute("DELETE FROM audit WHERE happened_at < \(moment.microseconds)")
    }
  }
}
