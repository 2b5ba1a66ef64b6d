/// What a worker needs to open the lakes of a workspace.
public struct WorkspaceSettings: Sendable, Hashable, Codable {
  /// The workspace's id on its server.
  public var id: String
  public var lakes: [LakeConfiguration]
  public var engine: EngineSettings
  /// Where scripts keep files, by name.
  public var storages: [String: Storage]

  public init(
    id: String, lakes: [LakeConfiguration], engine: EngineSettings, storages: [String: Storage] = [:]
  ) {
    self.id = id
    self.lakes = lakes
    self.engine = engine
    self.storages = storages
  }
}
