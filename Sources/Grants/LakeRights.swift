/// What one member may do with the lakes of a workspace, as its server tells a worker.
///
/// A lake that nobody ever granted anything on is open: roles alone decide there. From the first grant on a lake is
/// governed: those who are no admins have what was granted, and nothing else.
public struct LakeRights: Sendable, Hashable, Codable {
  /// One thing that the member may do.
  public struct Grant: Sendable, Hashable, Codable {
    public let privilege: LakePrivilege
    public let place: LakePlace

    public init(_ privilege: LakePrivilege, on place: LakePlace) {
      self.privilege = privilege
      self.place = place
    }
  }

  /// The member's username.
  public let member: String
  /// The lakes that are governed.
  public let governed: [String]
  /// What the member may do on them: what it was granted itself, by its role and by its groups.
  public let grants: [Grant]
  /// Who can grant more: the workspace's admins.
  public let granters: [String]

  public init(member: String, governed: [String], grants: [Grant], granters: [String]) {
    self.member = member
    self.governed = governed
    self.grants = grants
    self.granters = granters
  }

  /// Whether a lake is governed for this member.
  public func governs(_ lake: String) -> Bool {
    let place = LakePlace(lake: lake)
    return governed.contains { LakePlace(lake: $0).covers(place) }
  }

  /// Whether the member may do this with all of a place.
  public func allows(_ privilege: LakePrivilege, on place: LakePlace) -> Bool {
    guard governs(place.lake) else { return true }
    return grants.contains { $0.privilege == privilege && $0.place.covers(place) }
  }

  /// What is told when it may not: what, and how it can come to it.
  public func denial(of privilege: LakePrivilege, on place: LakePlace) -> (message: String, hint: String) {
    (
      "u/\(member) may not \(privilege.verb) \(place.text)",
      hint(for: "tarn grant \(privilege.rawValue) --on '\(place.text)' --to u/\(member)")
    )
  }

  /// What is told when a statement needs more than single tables.
  public func hint(for command: String) -> String {
    let admins = granters.prefix(3).joined(separator: ", ")
    return "An admin\(admins.isEmpty ? "" : " (\(admins))") can grant it: \(command)"
  }
}
