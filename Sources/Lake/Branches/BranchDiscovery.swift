import DuckDB
import Foundation
import LakeSettings
import SQLText

/// Finds the branches of lakes when an engine is opened: their catalogs have names that follow from the lake's.
enum BranchDiscovery {
  /// The branches of lakes whose catalogs are files, without opening any of them.
  static func inFolders(of lakes: [LakeConfiguration]) -> [LakeConfiguration] {
    lakes.flatMap { lake -> [LakeConfiguration] in
      guard !lake.name.isBranch, let folder = lake.catalog.branchesFolder else { return [] }
      let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
      return names.sorted().compactMap { file in
        let name = file.prefix { $0 != "." }
        guard let branch = try? lake.branch(BranchName(String(name))),
          branch.catalog.filePath == folder + file
        else { return nil }
        return isDeclared(branch.name, lakes) ? nil : branch
      }
    }
  }

  /// The branches of lakes on PostgreSQL that are attached, with their secrets in place. What cannot be asked has none.
  static func onServers(_ lakes: [LakeConfiguration], _ admin: Connection) async -> [LakeConfiguration] {
    var found: [LakeConfiguration] = []
    for lake in lakes where !lake.name.isBranch {
      guard case .postgresql(let catalog) = lake.catalog else { continue }
      let prefix = Catalog.branchSchemaPrefix(catalog)
      let asked =
        "SELECT nspname::text FROM pg_namespace WHERE starts_with(nspname, \(SQLLiteral.string(prefix))) ORDER BY 1"
      let database = "__ducklake_metadata_" + lake.name.catalogAlias
      let query = "FROM postgres_query(\(SQLLiteral.string(database)), \(SQLLiteral.string(asked)))"
      guard let result = try? await admin.query(query) else { continue }
      for row in result.rows {
        guard let schema = row[0].text, let name = try? BranchName(String(schema.dropFirst(prefix.count))),
          let branch = try? lake.branch(name), !isDeclared(branch.name, lakes),
          let secrets = try? EngineStatements.secrets(for: branch)
        else { continue }
        for secret in secrets { try? await admin.command(secret) }
        found.append(branch)
      }
    }
    return found
  }

  /// A caller may have listed a branch itself.
  private static func isDeclared(_ name: LakeName, _ lakes: [LakeConfiguration]) -> Bool {
    lakes.contains { $0.name == name }
  }
}

extension Engine {
  /// A branch with a catalog file that was made after this engine was opened.
  func madeSince(_ name: LakeName) -> LakeConfiguration? {
    guard name.isBranch else { return nil }
    return BranchDiscovery.inFolders(of: configurations.filter { !$0.name.isBranch }).first {
      $0.name == name
    }
  }

  /// Runs `body` while this process owns a lake's catalog and no connection has it open, so that its file may be replaced
  /// or removed. A lake that was attached is attached anew when it is next used.
  func whileClosed(_ configuration: LakeConfiguration, _ body: @Sendable () async throws -> Void) async throws
  {
    let known = attachments.removeValue(forKey: configuration.name)
    let lake = try? await known?.value
    let gate = lake?.gate ?? LakeGate(configuration, patience: patience)
    try await gate.enter()
    let outcome: Result<Void, any Error>
    do {
      if let lake {
        await lake.connections.close()
        try await admin.command("DETACH \(SQLIdentifier.quote(configuration.name.catalogAlias))")
      }
      outcome = .success(try await body())
    } catch let error as DuckDBError {
      outcome = .failure(translate(error))
    } catch {
      outcome = .failure(error)
    }
    await gate.leave()
    await gate.letGo()
    try outcome.get()
  }
}
