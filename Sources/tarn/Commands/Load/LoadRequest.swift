import Extracts
import Foundation
import Lake
import LakeSettings
import LoadFiles
import Loader
import Workspaces

/// A declared load in a workspace: finds the source's tables, and opens an engine that can read them.
struct LoadRequest {
  let declared: DeclaredLoad
  let lake: LakeName
  let dataset: String
  private let open: OpenWorkspace
  private let source: DeclaredSource
  private let input: StandardInputFile?
  /// Where sources that are read into files have their folders.
  private let extractFolder: String

  /// - Throws: ``CommandFailure``, `LoadError`, `WorkspaceError`.
  init(
    _ declared: DeclaredLoad, in workspace: OpenWorkspace, secret: SecretSource? = nil,
    call: ScriptOptions.Call = .init(), paths: Paths = .typed
  )
    throws
  {
    self.declared = declared
    dataset = declared.dataset
    lake = try workspace.lakeName(declared.lake)
    if case .script = declared.source {
    } else if !call.isEmpty {
      throw CommandFailure.wrongUse("--arg and --python go with a script")
    }
    var open = workspace
    var input: StandardInputFile?
    var extractFolder = ""
    switch declared.source {
    case .standardInput:
      guard let table = declared.table else {
        throw CommandFailure.wrongUse("standard input has no name. Say --table NAME.")
      }
      let file = try StandardInputFile(
        in: open.workspace.privateFolder, table: table, hasFormat: declared.format != nil)
      open.makeReachable(file.path)
      input = file
      source = .files([file.path])
    case .files(let files):
      let found = files.map { paths.resolve($0, in: open) }
      for file in found { open.makeSourceReachable(file) }
      open.load(extensionsFor: SourceFiles.formats(of: found, declared.format))
      source = .files(found)
    case .database(let database, let schema):
      let found = paths.resolve(database, in: open, secret: secret)
      open.read(from: found)
      source = .database(found, schema: schema)
    case .lake:
      source = declared.source
    case .api, .script:
      source = paths.resolve(declared.source, call, in: open)
      extractFolder = "\(open.extractsFolder)/\(lake.text)/\(dataset)"
      open.makeReachable(extractFolder)
    }
    if declared.isPlain, case .files(let files) = source {
      let size = SourceFiles.size(of: files.map(open.path))
      if declared.copiesFiles || size.map({ $0 < Self.fewBytes }) == true { open.preferOneThread() }
    }
    self.open = open
    self.input = input
    self.extractFolder = extractFolder
  }

  /// Less than this one thread reads at once anyway; the others would only look for work, which takes more processor time
  /// than such a load itself.
  private static let fewBytes = 4 << 20

  /// The load in the words of a file, with the source as it was found.
  var document: JSONObject { declared.document(from: source) }

  /// Where paths begin: where the command was typed, or in the workspace's folder.
  enum Paths {
    case typed
    case workspace
  }

  /// Reads a file that declares a load.
  static func read(_ path: String, in open: OpenWorkspace) throws -> DeclaredLoad {
    let text: String
    do { text = try String(contentsOfFile: open.path(path), encoding: .utf8) } catch {
      let near = Nearby.file(open.path(path)).map { ". Did you mean '\($0)'?" } ?? ""
      throw CommandFailure.failed("cannot read \(path)\(near)")
    }
    return try DeclaredLoad(LoadDocument(text: text, path: path))
  }

  /// Opens the engine and hands over a loader and what it shall load.
  ///
  /// - Parameters:
  ///   - isRehearsal: whether nothing will be written; then nothing is kept of what is read, either.
  ///   - progress: told how far the reading of a source is that is read into files first.
  func perform<Result: Sendable>(
    isRehearsal: Bool = false, progress: @escaping @Sendable (ExtractProgress) -> Void = { _ in },
    _ body: @Sendable (Loader, [Load]) async throws -> Result
  ) async throws -> Result {
    defer { input?.remove() }
    let extract = try SourceExtract(
      declared, source, in: extractFolder, hiddenVariables: open.secretVariables, isRehearsal: isRehearsal)
    return try await open.withEngine { engine in
      let lake = try await engine.lake(self.lake)
      let loader = Loader(lake, packageFolder: open.loadFolder, fileTags: FileTags.ofFiles)
      do {
        let result: Result
        if let extract {
          result = try await extract.perform(loader, progress: progress, body)
        } else {
          let tables = SourceTables(declared: declared, source: source, engine: engine)
          result = try await tables.keeping {
            try await body(loader, try await tables.loads(loader, into: lake.name))
          }
        }
        await loader.close()
        return result
      } catch {
        await loader.close()
        throw error
      }
    }
  }
}

extension LoadRequest.Paths {
  /// A path as the engine gets it: relative where it lies in the workspace, so that what is remembered of it holds
  /// wherever the workspace is.
  func resolve(_ path: String, in open: OpenWorkspace) -> String {
    guard !path.contains("://") else { return path }
    let start = self == .typed ? open.startFolder : open.workspace.folder
    let absolute = URL(fileURLWithPath: path.hasPrefix("/") ? path : start + "/" + path).standardizedFileURL
      .path
    let inside = open.workspace.folder + "/"
    return absolute.hasPrefix(inside) ? String(absolute.dropFirst(inside.count)) : absolute
  }

  /// A script as the engine's folder has it, and with what the command line says of its call.
  func resolve(_ source: DeclaredSource, _ call: ScriptOptions.Call, in open: OpenWorkspace) -> DeclaredSource
  {
    guard case .script(var script) = source else { return source }
    script.path = resolve(script.path, in: open)
    for (name, text) in call.arguments { script.arguments[name] = .string(text) }
    script.python = call.python ?? script.python ?? open.workspace.python
    return .script(script)
  }

  func resolve(_ database: SourceDatabase, in open: OpenWorkspace, secret: SecretSource?) -> SourceDatabase {
    var database = database
    func absolute(_ path: String) -> String {
      let path = resolve(path, in: open)
      return path.hasPrefix("/") ? path : open.workspace.folder + "/" + path
    }
    switch database.place {
    case .sqlite(let path): database.place = .sqlite(path: absolute(path))
    case .duckdb(let path): database.place = .duckdb(path: absolute(path))
    case .postgresql(var server):
      server.password = secret ?? server.password
      database.place = .postgresql(server)
    case .mysql(var server):
      server.password = secret ?? server.password
      database.place = .mysql(server)
    }
    return database
  }
}
