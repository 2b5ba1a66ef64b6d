/// A PostgreSQL database that the scripts of an engine read and write by a name of the workspace.
public struct DataTableDatabase: Sendable, Hashable {
  /// The data table's name.
  public var name: String
  /// The role that its connections take; nil for their own user.
  public var role: String?
  /// Where it is, and whose connections those are.
  public var server: DatabaseServer

  public init(name: String, role: String? = nil, server: DatabaseServer) {
    self.name = name
    self.role = role
    self.server = server
  }
}
