internal import Extracts
internal import Foundation
internal import Jobs
internal import Lake
internal import LoadFiles
internal import Loader

/// A load's source that is read into files first: an API, a script in Python.
struct LoadExtract: Sendable {
  private let make: @Sendable (_ folder: String) throws -> any Extraction
  private let parent: String
  private let identity: @Sendable () throws -> String

  /// - Parameters:
  ///   - folder: for the files; it is this attempt's alone, and removed at the end. The engine may read it, and scripts may not.
  ///   - isolation: runs scripts.
  /// - Returns: nil for sources that the engine reads itself.
  init?(declared: DeclaredLoad, folder: String, isolation: any ScriptIsolation) {
    parent = folder
    switch declared.source {
    case .api(let api):
      identity = { APIExtraction.identity(of: declared, api) }
      make = { try APIExtraction(declared, api, folder: $0) }
    case .script(let script):
      identity = { try ScriptExtraction.identity(of: declared, script) }
      make = { try ScriptExtraction(declared, script, folder: $0, isolation: isolation) }
    case .files, .standardInput, .database, .lake: return nil
    }
  }

  /// Reads the source, and hands its loads on.
  ///
  /// - Throws: what the source throws, in one line; what `body` throws.
  func perform<Result: Sendable>(
    _ loader: Loader, _ body: @Sendable ([Load]) async throws -> Result
  ) async throws -> Result {
    defer { try? FileManager.default.removeItem(atPath: parent) }
    let folder = try ExtractFolder(try identity(), in: parent)
    let extraction = try make(folder.path)
    let contents = try await folder.contents { path in
      do { return try await extraction.extract(into: path, loader) { _ in } } catch {
        switch error {
        case is CancellationError, is LoadError, is LoadFileError, is LakeError, is ScriptProcessError:
          throw error
        // Its own errors, which tell in one line what is wrong with it.
        default: throw LoadError(.source, "\(error)")
        }
      }
    }
    return try await body(try extraction.loads(of: contents))
  }
}

/// Runs the scripts of loads as other scripts are run.
struct LoadIsolation: ScriptIsolation {
  let scripts: ScriptLanguages
  /// What scripts ask first.
  let endpoint: JobEndpoint
  let assignment: WorkerMessages.Assignment
  /// Gets what the script prints.
  let log: @Sendable (String) async -> Void

  func run(_ program: ScriptProgram, into folder: String) async throws {
    try await endpoint.open(to: assignment) {
      try await scripts.rows(of: program, assignment, into: folder, log: log)
    }
  }
}
