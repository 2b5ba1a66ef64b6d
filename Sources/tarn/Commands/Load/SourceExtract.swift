import Extracts
import Foundation
import Lake
import LoadFiles
import Loader

/// The source of a declared load that is read into files before the load, and what becomes of the files.
struct SourceExtract {
  private let folder: ExtractFolder
  private let extraction: any Extraction
  private let isRehearsal: Bool

  /// - Parameters:
  ///   - parent: where the folder of the files is made.
  ///   - hiddenVariables: environment variables that no script gets.
  ///   - isRehearsal: whether nothing will be written.
  /// - Returns: nil for a source that DuckDB reads itself.
  init?(
    _ declared: DeclaredLoad, _ source: DeclaredSource, in parent: String, hiddenVariables: Set<String>,
    isRehearsal: Bool
  ) throws {
    self.isRehearsal = isRehearsal
    // A rehearsal must not take over what a load has read, nor leave it anything.
    func folder(_ identity: String, _ place: String) throws -> ExtractFolder {
      try ExtractFolder(
        isRehearsal ? identity + UUID().uuidString : identity, in: parent, source: place)
    }
    switch source {
    case .api(let api):
      let folder = try folder(
        APIExtraction.identity(of: declared, api), APIExtraction.place(of: api))
      extraction = try Self.removing(folder) { try APIExtraction(declared, api, folder: folder.path) }
      self.folder = folder
    case .script(let script):
      let folder = try folder(try ScriptExtraction.identity(of: declared, script), script.path)
      extraction = try Self.removing(folder) {
        try ScriptExtraction(declared, script, folder: folder.path, hiddenVariables: hiddenVariables)
      }
      self.folder = folder
    case .files, .standardInput, .database, .lake: return nil
    }
  }

  /// Makes an extraction; when that fails, its folder is not left behind.
  private static func removing<Made>(_ folder: ExtractFolder, _ make: () throws -> Made) throws -> Made {
    do { return try make() } catch {
      folder.remove()
      throw error
    }
  }

  /// Reads the source, and hands its loads on.
  func perform<Result: Sendable>(
    _ loader: Loader, progress: @escaping @Sendable (ExtractProgress) -> Void,
    _ body: @Sendable (Loader, [Load]) async throws -> Result
  ) async throws -> Result {
    var isRead = false
    do {
      let contents = try await folder.contents { path in
        try await extraction.extract(into: path, loader, progress: progress)
      }
      isRead = true
      if let kept = contents.kept {
        Console.note("goes on with what was read \(kept.formatted(.iso8601)), before a command ended")
      }
      let result = try await body(loader, try extraction.loads(of: contents))
      folder.remove()
      return result
    } catch {
      // The rows of a load that may yet come to its end are kept for it.
      let mayGoOn = isRead && (error is CancellationError || (error as? LakeError)?.code == .uncertain)
      if isRehearsal || !mayGoOn { folder.remove() }
      throw error
    }
  }
}
