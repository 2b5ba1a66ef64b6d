/// What a worker needs to open the lakes of a workspace.
public struct WorkspaceSettings: Sendable, Hashable, Codable {
  /// The workspace's id on its server.
  public var id: String
  public var lakes: [LakeConfiguration]
  public var engine: EngineSettings

  public init(id: String, lakes: [LakeConfiguration], engine: EngineSettings) {
    self.id = id
    self.lakes = lakes
    self.engine = engine
  }
}
