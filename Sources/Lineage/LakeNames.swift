import SQLText

/// What catalog names mean where a script starts: the lakes that are attached before its first statement.
///
/// DuckDB reserves `main` as a catalog name, so the default lake answers to `dl`; every other lake answers to its
/// own name. ATTACH and USE in the script change this from there on.
public struct LakeNames: Sendable, Hashable {
  /// The lake that is current where a script starts.
  public var defaultLake: String

  /// Catalog aliases, folded to lower case, with the lake that each stands for.
  public var aliases: [String: String]

  /// Makes the names of a workspace's lakes.
  /// - Parameters:
  ///   - defaultLake: The lake that is current where a script starts, attached as `dl`.
  ///   - otherLakes: Lakes that answer to their own names.
  public init(defaultLake: String = "main", otherLakes: [String] = []) {
    self.defaultLake = defaultLake
    aliases = ["dl": defaultLake]
    for lake in otherLakes where lake != defaultLake && SQLIdentifier.folded(lake) != "main" {
      aliases[SQLIdentifier.folded(lake)] = lake
    }
  }
}
