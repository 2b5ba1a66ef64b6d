public import Grants
internal import SQLText
public import Store

/// A grant as it is kept, with who gave it.
public struct StoredGrant: Sendable, Hashable {
  public let holder: GrantHolder
  public let privilege: LakePrivilege
  public let place: LakePlace
  public let grantedBy: String
  public let grantedAt: Moment
}

extension Accounts {
  /// Lets somebody do something with a lake, a schema or a table. What was granted before is granted still.
  ///
  /// The first grant on a lake makes it governed: from then on members who are no admins have what they were granted, and
  /// nothing else. It stays so when all grants are taken back, until ``openLake(_:of:)``.
  ///
  /// - Returns: whether the lake was open until now.
  /// - Throws: ``AccountError`` when there is no such member, group or role; `StoreError`.
  public func grant(
    _ privileges: [LakePrivilege], on place: LakePlace, to holder: GrantHolder, of workspace: String,
    by username: String
  ) async throws -> Bool {
    let now = Moment.now.microseconds
    let folded = place.folded
    return try await store.write { transaction in
      try Self.requireWorkspace(workspace, in: transaction)
      try Self.requireHolder(holder, of: workspace, in: transaction)
      let isFirst = try transaction.execute(
        """
        INSERT INTO governed_lake (workspace, lake, governed_by, governed_at)
        VALUES (\(workspace), \(folded.lake), \(username), \(now)) ON CONFLICT DO NOTHING
        """)
      for privilege in privileges {
        try transaction.execute(
          """
          INSERT INTO lake_grant (workspace, place, holder, privilege, granted_by, granted_at)
          VALUES (\(workspace), \(folded.text), \(holder.text), \(privilege.rawValue), \(username), \(now))
          ON CONFLICT DO NOTHING
          """)
      }
      return isFirst == 1
    }
  }

  /// Takes back what was granted on exactly this place.
  ///
  /// - Returns: how many grants there were.
  /// - Throws: `StoreError`.
  public func revoke(
    _ privileges: [LakePrivilege], on place: LakePlace, from holder: GrantHolder, of workspace: String
  ) async throws -> Int {
    let text = place.folded.text
    return try await store.write { transaction in
      var count = 0
      for privilege in privileges {
        count += try transaction.execute(
          """
          DELETE FROM lake_grant WHERE workspace = \(workspace) AND place = \(text) AND holder = \(holder.text)
            AND privilege = \(privilege.rawValue)
          """)
      }
      return count
    }
  }

  /// Forgets all grants on a lake: roles alone decide there again.
  ///
  /// - Throws: ``AccountError`` when the lake is not governed; `StoreError`.
  public func openLake(_ lake: String, of workspace: String) async throws {
    let place = LakePlace(lake: lake).folded
    let opened = try await store.write { transaction in
      let opened = try transaction.execute(
        "DELETE FROM governed_lake WHERE workspace = \(workspace) AND lake = \(place.lake)")
      for row in try transaction.query("SELECT DISTINCT place FROM lake_grant WHERE workspace = \(workspace)")
      {
        let text = try row.text("place")
        guard let known = try? LakePlace(parsing: text), place.covers(known) else { continue }
        try transaction.execute("DELETE FROM lake_grant WHERE workspace = \(workspace) AND place = \(text)")
      }
      return opened
    }
    guard opened == 1 else {
      throw AccountError(.notFound, "lake '\(lake.prefix(80))' has no grants: it is open already")
    }
  }

  /// The lakes that are governed, and all grants, by place and holder.
  ///
  /// - Throws: `StoreError`.
  public func grants(of workspace: String) async throws -> (governed: [String], grants: [StoredGrant]) {
    try await store.read { transaction in
      (try Self.governed(workspace, in: transaction), try Self.grants(of: workspace, in: transaction))
    }
  }

  /// What a member may do with the lakes; nil for all. One who is no member may do nothing with lakes that are governed.
  ///
  /// - Throws: `StoreError`.
  public func rights(of username: String, in workspace: String) async throws -> LakeRights? {
    try await store.read { transaction in
      let governed = try Self.governed(workspace, in: transaction)
      guard !governed.isEmpty else { return nil }
      let members = try transaction.query(
        "SELECT username, role FROM member WHERE workspace = \(workspace) ORDER BY username")
      let role = try members.first { try $0.text("username") == username }?.text("role")
      guard role != Role.admin.rawValue else { return nil }
      var holders: Set<GrantHolder> = []
      if let role {
        holders = [GrantHolder(.user, username), GrantHolder(.role, role)]
        for row in try transaction.query(
          "SELECT name FROM group_member WHERE workspace = \(workspace) AND username = \(username)")
        {
          holders.insert(GrantHolder(.group, try row.text("name")))
        }
      }
      let grants = try Self.grants(of: workspace, in: transaction).filter { holders.contains($0.holder) }
      return LakeRights(
        member: username, governed: governed,
        grants: grants.map { LakeRights.Grant($0.privilege, on: $0.place) },
        granters: try members.filter { try $0.text("role") == Role.admin.rawValue }.map {
          try $0.text("username")
        })
    }
  }

  private static func governed(_ workspace: String, in transaction: StoreTransaction) throws -> [String] {
    try transaction.query("SELECT lake FROM governed_lake WHERE workspace = \(workspace) ORDER BY lake").map {
      try $0.text("lake")
    }
  }

  private static func grants(of workspace: String, in transaction: StoreTransaction) throws -> [StoredGrant] {
    try transaction.query(
      "SELECT * FROM lake_grant WHERE workspace = \(workspace) ORDER BY place, holder, privilege"
    ).compactMap { row in
      guard let place = try? LakePlace(parsing: try row.text("place")),
        let holder = try? GrantHolder(parsing: try row.text("holder")),
        let privilege = LakePrivilege(rawValue: try row.text("privilege"))
      else { return nil }
      return StoredGrant(
        holder: holder, privilege: privilege, place: place, grantedBy: try row.text("granted_by"),
        grantedAt: Moment(microseconds: Int64(try row.integer("granted_at"))))
    }
  }

  private static func requireHolder(
    _ holder: GrantHolder, of workspace: String, in transaction: StoreTransaction
  ) throws {
    switch holder.kind {
    case .user:
      guard
        try !transaction.query(
          "SELECT 1 FROM member WHERE workspace = \(workspace) AND username = \(holder.name)"
        ).isEmpty
      else { throw AccountError(.notFound, "'\(holder.name.prefix(80))' is no member of '\(workspace)'") }
    case .group:
      guard
        try !transaction.query(
          "SELECT 1 FROM member_group WHERE workspace = \(workspace) AND name = \(holder.name)"
        ).isEmpty
      else { throw AccountError(.notFound, "there is no group '\(holder.name.prefix(80))'") }
    case .role:
      guard let role = Role(rawValue: holder.name), role != .admin else {
        throw AccountError(
          .invalid, "'\(holder.name.prefix(80))' is no role that grants are for",
          hint: "Roles: developer, operator, viewer; admins may do everything.")
      }
    }
  }
}
