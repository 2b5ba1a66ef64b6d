import Flows
import Foundation
import Lake
import LakeSettings
import Scripts

/// The versions of what pipeline steps read and write, as texts that are equal when nothing has changed.
///
/// A table's version is `LAKE@SNAPSHOT`: the lake's identity and the snapshot that last changed the table. The
/// lakes are asked once; from then on the runner tells what its own steps committed. A file's version is its
/// size and time.
actor AssetVersions {
  private let engine: Engine
  private let baseFolder: String
  private var lakes: [String: TableVersions] = [:]
  /// Snapshots of this run's own commits, by table.
  private var committed: [Asset: Int64] = [:]

  init(engine: Engine, baseFolder: String) {
    self.engine = engine
    self.baseFolder = baseFolder
  }

  /// Asks the lakes that these assets are in. To be called once, before the first step.
  func load(_ assets: Set<Asset>) async throws {
    let names = Set(assets.filter { $0.kind == .ducklake }.map(\.container))
    for name in names.sorted() {
      guard let configuration = engine.configurations.first(where: { $0.name.text == name }) else { continue }
      lakes[name] = try await engine.lake(configuration.name).tableVersions()
    }
  }

  /// The tables and views that are there.
  func existing() -> Set<Asset> {
    Set(
      lakes.flatMap { lake, versions in
        versions.lastChange.keys.map { key in
          let parts = key.split(separator: ".", maxSplits: 1).map(String.init)
          return Asset.table(lake: lake, schema: parts[0], name: parts[1])
        }
      })
  }

  /// The version of an asset; nil when it is not there.
  ///
  /// - Parameter recorded: the version at the step's last success. A table that has not changed after it keeps
  ///   that text, also when the snapshots that tell of older changes have expired.
  func version(of asset: Asset, recorded: String? = nil) -> String? {
    switch asset.kind {
    case .ducklake: tableVersion(asset, recorded)
    case .file: fileVersion(asset.path)
    // Nobody can tell cheaply whether an object in a bucket has changed: such a step always runs.
    default: "unknown since \(UUID().uuidString)"
    }
  }

  /// Notes what a step committed.
  func commit(_ assets: [Asset], in snapshot: Int64) {
    for asset in assets where asset.kind == .ducklake { committed[asset] = snapshot }
  }

  private func tableVersion(_ asset: Asset, _ recorded: String?) -> String? {
    guard let lake = lakes[asset.container], let name = asset.name else { return nil }
    let key = "\(asset.schema ?? "main").\(name)"
    guard let snapshot = committed[asset] ?? lake.lastChange[key] ?? lake.lastChange[caseless: key] else {
      return nil
    }
    if let recorded {
      let parts = recorded.split(separator: "@")
      if parts.count == 2, parts[0] == lake.lakeID, let last = Int64(parts[1]), snapshot <= last {
        return recorded
      }
    }
    return "\(lake.lakeID)@\(snapshot)"
  }

  private func fileVersion(_ path: String) -> String? {
    let full = path.hasPrefix("/") ? path : baseFolder + "/" + path
    var found = glob_t()
    defer { globfree(&found) }
    guard glob(full, 0, nil, &found) == 0, let names = found.gl_pathv else { return nil }
    let texts = (0..<Int(found.gl_pathc)).compactMap { index -> String? in
      guard let name = names[index] else { return nil }
      var information = stat()
      guard stat(name, &information) == 0 else { return nil }
      let time = information.st_mtim
      return "\(String(cString: name)):\(information.st_size):\(time.tv_sec).\(time.tv_nsec)"
    }
    return texts.isEmpty ? nil : texts.joined(separator: "|")
  }
}

extension [String: Int64] {
  /// The value of a name written in another case; DuckDB does not tell them apart.
  fileprivate subscript(caseless name: String) -> Int64? {
    let lowered = name.lowercased()
    return first { $0.key.lowercased() == lowered }?.value
  }
}
