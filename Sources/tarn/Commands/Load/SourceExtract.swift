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
  ///   - isRehearsal: whether nothing will be written.
  /// - Returns: nil for a source that DuckDB reads itself.
  init?(_ declared: DeclaredLoad, _ source: DeclaredSource, in parent: String, isRehearsal: Bool) throws {
    self.isRehearsal = isRehearsal
    // A rehearsal must not take over what a load has read, nor leave it anything.
    func folder(_ identity: String) throws -> ExtractFolder {
      try ExtractFolder(isRehearsal ? identity + UUID().uuidString : identity, in: parent)
    }
    switch source {
    case .api(let api):
      self.folder = try folder(APIExtraction.identity(of: declared, api))
      do {
        extraction = try APIExtraction(declared, api, folder: self.folder.path)
      } catch {
        self.folder.remove()
        throw error
      }
    case .files, .standardInput, .database, .lake: return nil
    }
  }

  /// Reads the source, and hands its loads on.
  func perform<Result: Sendable>(
    _ loader: Loader, progress: @escaping @Sendable (ExtractProgress) -> Void,
    _ body: @Sendable (Loader, [Load]) async throws -> Result
  ) async throws -> Result {
    do {
      let contents = try await folder.contents { path in
        try await extraction.extract(into: path, loader, progress: progress)
      }
      if let kept = contents.kept {
        Console.note("goes on with what was read \(kept.formatted(.iso8601)), before a command ended")
      }
      let result = try await body(loader, try extraction.loads(of: contents))
      folder.remove()
      return result
    } catch {
      // The rows of a load that may yet come to its end are kept for it.
      let mayGoOn = error is CancellationError || (error as? LakeError)?.code == .uncertain
      if isRehearsal || !mayGoOn { folder.remove() }
      throw error
    }
  }
}
