import DuckDB
import Foundation
import Lake
import LakeSettings
import TestKit
import Testing

@testable import Loader

/// Documents that nobody would think of, loaded by dlt and by Tarn: what comes out has to be the same.
///
/// | variable | | without it |
/// |---|---|---|
/// | `TARN_LOADER_SEED` | the first seed; alone, it is the only one | 1 |
/// | `TARN_LOADER_SEEDS` | how many seeds | 6 |
@Suite(.enabled(if: DltPeer.isInstalled, "needs dlt: scripts/setup-tests"))
struct GeneratedLoadTests {
  private static func variable(_ name: String) -> Int? {
    ProcessInfo.processInfo.environment[name].flatMap(Int.init)
  }

  /// One process of dlt loads so many: its start takes seconds, and its lake grows slow.
  private static let together = 25

  private static let batches: [[Int]] = {
    let first = variable("TARN_LOADER_SEED")
    let count = variable("TARN_LOADER_SEEDS") ?? (first == nil ? 6 : 1)
    let seeds = (first ?? 1)..<(first ?? 1) + count
    return stride(from: seeds.lowerBound, to: seeds.upperBound, by: together).map {
      Array($0..<min($0 + together, seeds.upperBound))
    }
  }()

  @Test(arguments: batches) func tablesAreThoseOfDlt(_ batch: [Int]) async throws {
    let folder = try TemporaryFolder("generated")
    var theirs = TestLakes.configuration("sqlite", in: folder)
    theirs.name = try LakeName("theirs")
    try FileManager.default.createDirectory(
      atPath: theirs.storage.dataPath, withIntermediateDirectories: true)
    let seeds = batch.map(GeneratedSeed.init)
    let refused = try await loadByPeer(seeds, DltPeer(folder: folder, configuration: theirs))
    let ours = TestLakes.configuration("sqlite", in: folder, name: try LakeName("ours"))
    var settings = EngineSettings()
    settings.reachableFiles = [folder.path]
    try await TestLakes.withEngine([ours, theirs], settings: settings) { engine in
      let lake = try await engine.lake(ours.name)
      let peer = try await engine.lake(theirs.name)
      for seed in seeds {
        let again = "Again with TARN_LOADER_SEED=\(seed.seed)"
        do {
          try await load(seed, into: lake, folder)
        } catch {
          Issue.record("seed \(seed.seed): Tarn ended with \(error). \(again)")
          continue
        }
        // A row that dlt gives up at leaves nothing to compare with; Tarn has loaded it.
        if let reason = refused[seed.table] {
          #expect(Self.mayRefuse(reason), "seed \(seed.seed): dlt ended with \(reason). \(again)")
          let found = try await lake.query("SELECT count(DISTINCT n) FROM ds.\(identifier: seed.table)")
            .result().scalar()
          #expect(found?.intValue.map { Int($0) } == seed.numbersAfterBoth, "seed \(seed.seed). \(again)")
          continue
        }
        let differences = try await DatasetRows(of: seed.table, in: lake).differences(
          from: DatasetRows(of: seed.table, in: peer))
        for difference in differences { Issue.record("seed \(seed.seed): \(difference)\n\(again)") }
      }
    }
  }

  /// Whether dlt gives up for a reason that is known: a variant column that its first value made one of points in time
  /// gets a text that is none. Tarn makes such a column one of texts.
  private static func mayRefuse(_ reason: String) -> Bool {
    reason.contains("Cannot coerce") && reason.contains("__v_text")
  }

  // MARK: Means

  private func load(_ seed: GeneratedSeed, into lake: Lake, _ folder: TemporaryFolder) async throws {
    let loader = Loader(lake)
    do {
      for number in seed.loads.indices {
        let file = "\(seed.table)-\(number).jsonl"
        try folder.write(seed.lines(number), to: file)
        try await loader.load(
          Load(
            .files([folder[file]]), into: "ds", table: seed.table, writeDisposition: seed.writeDisposition,
            primaryKey: seed.primaryKey, maxTableNesting: seed.maxTableNesting))
      }
      await loader.close()
    } catch {
      await loader.close()
      throw error
    }
  }

  /// - Returns: the tables that dlt refuses, with its words.
  private func loadByPeer(_ seeds: [GeneratedSeed], _ peer: DltPeer) async throws -> [String: String] {
    let rounds = try (0..<2).map { number in
      let loads = try seeds.map { seed in
        let file = "peer-\(seed.table)-\(number).jsonl"
        try peer.folder.write(seed.linesForPeer(number), to: file)
        return try seed.declaration(peer.folder[file])
      }
      return "[\(loads.joined(separator: ", "))]"
    }
    let answer = try await peer.answer(
      of: "Generated/many.py", to: "{\(try peer.places()), \"rounds\": [\(rounds.joined(separator: ", "))]}")
    let refused = (answer["refused"]?.array ?? []).compactMap { entry -> (String, String)? in
      guard let parts = entry.array, parts.count == 3 else { return nil }
      return (parts[0].string ?? "", "load \((parts[1].int ?? 0) + 1): \(parts[2].string ?? "")")
    }
    return Dictionary(refused, uniquingKeysWith: { first, _ in first })
  }
}

extension GeneratedSeed {
  /// One of the loads in dlt's words, as JSON.
  fileprivate func declaration(_ file: String) throws -> String {
    var json = JSONObject(pairs: ["table": .string(table), "file": .string(file)])
    switch writeDisposition {
    case .merge(let strategy):
      json["write_disposition"] = .object(
        JSONObject(pairs: ["disposition": .string("merge"), "strategy": .string(strategy.word)]))
      json["primary_key"] = .array(primaryKey.map { .string($0) })
    default: json["write_disposition"] = .string(writeDisposition.word)
    }
    json["max_table_nesting"] = maxTableNesting.map(JSONValue.int)
    return JSONValue.object(json).text
  }
}
