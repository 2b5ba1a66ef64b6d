import ArgumentParser
import Foundation
import Lake
import LakeSettings
import Loader
import Workspaces

/// Which workspace a command works in, and limits that go before those of `tarn.yaml`.
struct WorkspaceOptions: ParsableArguments {
  @Option(
    name: .long, help: ArgumentHelp("The workspace's folder; else the nearest one above.", valueName: "dir"))
  var workspace: String?

  @Option(
    name: .long, help: ArgumentHelp("Stop a query after this time, such as 30s or 10m.", valueName: "time"))
  var timeout: String?

  @Option(name: .long, help: ArgumentHelp("Memory for queries, such as 4GB.", valueName: "size"))
  var memory: String?

  @Option(name: .long, help: ArgumentHelp("Threads for queries.", valueName: "n"))
  var threads: Int?

  func validate() throws {
    if let timeout, Quantity.duration(timeout) == nil {
      throw ValidationError("--timeout must be a time such as 30s or 10m, not '\(timeout)'")
    }
    if let memory, Quantity.bytes(memory) == nil {
      throw ValidationError("--memory must be a size such as 4GB, not '\(memory)'")
    }
    if let threads, threads < 1 { throw ValidationError("--threads must be at least 1") }
  }

  /// Reads the workspace and goes into its folder, so that relative paths in SQL start there.
  func open() throws -> OpenWorkspace {
    let started = FileManager.default.currentDirectoryPath
    let found: Workspace
    if let workspace {
      found = try Workspace(folder: workspace)
    } else {
      found = try Workspace.find(from: started)
    }
    guard FileManager.default.changeCurrentDirectoryPath(found.folder) else {
      throw CommandFailure.failed("cannot enter \(found.folder)")
    }
    var settings = found.engine
    if let timeout { settings.queryTimeout = Quantity.duration(timeout) }
    if let memory { settings.memoryLimit = Quantity.bytes(memory) }
    if let threads { settings.threads = threads }
    return OpenWorkspace(workspace: found, settings: settings, startFolder: started)
  }
}

/// A workspace that a command works in.
struct OpenWorkspace {
  let workspace: Workspace
  private(set) var settings: EngineSettings
  /// Where the command was typed; file arguments start there.
  let startFolder: String

  /// The environment variables that hold credentials of the workspace's lakes.
  var secretVariables: Set<String> {
    var sources: [SecretSource?] = []
    for lake in workspace.lakes {
      if case .postgresql(let catalog) = lake.catalog { sources.append(catalog.password) }
      if case .s3(let storage) = lake.storage { sources += [storage.keyID, storage.secret] }
    }
    for case .s3(let storage) in workspace.storages.values { sources += [storage.keyID, storage.secret] }
    return sources.reduce(into: []) { names, source in
      if case .environment(let name) = source { names.insert(name) }
    }
  }

  /// Lets SQL reach one more file.
  mutating func makeReachable(_ path: String) { settings.reachableFiles.append(path) }

  /// Lets SQL read files of these formats.
  mutating func load(extensionsFor formats: Set<LoadSource.FileFormat>) {
    if formats.contains(.avro) { settings.extensions.append("avro") }
    if formats.contains(.excel) { settings.extensions.append("excel") }
  }

  /// Makes queries run in one thread, unless the workspace or the command says in how many.
  mutating func preferOneThread() { settings.threads = settings.threads ?? 1 }

  /// Lets SQL read from a database.
  mutating func read(from database: SourceDatabase) { settings.databases.append(database) }

  /// Lets SQL reach the file, the folder, or the files of a pattern, and gives it the credentials of a bucket that stand
  /// in the environment.
  mutating func makeSourceReachable(_ path: String) {
    let plain = path.prefix { !"*?[{".contains($0) }
    if plain.count < path.count {
      makeReachable(
        plain.contains("/") ? String(plain[...(plain.lastIndex(of: "/") ?? plain.startIndex)]) : "./")
    } else {
      makeReachable(path)
    }
    if let bucket = S3Storage(environmentFor: path) { settings.buckets.append(bucket) }
    if let container = AzureStorage(environmentFor: path) { settings.containers.append(container) }
  }

  /// Writes one lake more into `tarn.yaml`, once it could be opened.
  ///
  /// - Parameter look: what is to be known of the new lake.
  func add<Result>(lake name: LakeName, lines: [String], _ look: (Lake) async throws -> Result) async throws
    -> Result
  {
    let change = try workspace.planAdding(lake: name, lines: lines)
    let changed = OpenWorkspace(workspace: change.workspace, settings: settings, startFolder: startFolder)
    let result = try await changed.withEngine { try await look(await $0.lake(name)) }
    _ = try change.save()
    return result
  }

  /// Opens an engine for the workspace's lakes and closes it after `body`.
  func withEngine<Result>(_ body: (Engine) async throws -> Result) async throws -> Result {
    let engine = try await Engine(lakes: workspace.lakes, settings: settings)
    do {
      let result = try await body(engine)
      await engine.close()
      return result
    } catch {
      await engine.close()
      throw error
    }
  }

  /// The absolute path of a file argument.
  func path(_ argument: String) -> String {
    argument.hasPrefix("/") ? argument : startFolder + "/" + argument
  }

  /// The name of a lake argument, checked.
  func lakeName(_ text: String?) throws -> LakeName {
    let name = text ?? "main"
    if let branch = try branchName(name) { return branch }
    guard let lake = workspace.lakes.first(where: { $0.name.text == name }) else {
      throw LakeError(unknown: name, among: workspace.lakes)
    }
    return lake.name
  }

  /// The name of a branch of a lake (`main@dev`); nil when the text names no branch.
  private func branchName(_ text: String) throws -> LakeName? {
    guard let mark = text.firstIndex(of: "@") else { return nil }
    let lake = try lakeName(String(text[..<mark]))
    return LakeName(branch: try BranchName(String(text[text.index(after: mark)...])), of: lake)
  }
}

extension S3Storage {
  /// The bucket of an address, with what the usual variables of the environment say of it; nil for other addresses.
  fileprivate init?(environmentFor address: String) {
    guard address.contains("://"), let service = Service(address: address),
      let bucket = address.drop(while: { $0 != "/" }).dropFirst(2).split(separator: "/").first
    else { return nil }
    let environment = ProcessInfo.processInfo.environment
    func source(_ name: String) -> SecretSource? { environment[name] == nil ? nil : .environment(name) }
    let endpoint: String?
    switch service {
    case .s3:
      self.init(
        bucket: String(bucket), region: environment["AWS_REGION"] ?? environment["AWS_DEFAULT_REGION"],
        keyID: source("AWS_ACCESS_KEY_ID"), secret: source("AWS_SECRET_ACCESS_KEY"))
      endpoint = environment["AWS_ENDPOINT_URL_S3"] ?? environment["AWS_ENDPOINT_URL"]
    case .gcs:
      self.init(
        bucket: String(bucket), keyID: source("GCS_ACCESS_KEY_ID"), secret: source("GCS_SECRET_ACCESS_KEY"))
      endpoint = environment["GCS_ENDPOINT_URL"]
    }
    self.service = service
    if let url = endpoint {
      useTLS = !url.hasPrefix("http://")
      self.endpoint = url.split(separator: "/").dropFirst(url.contains("://") ? 1 : 0).first.map(String.init)
      pathStyle = true
    }
  }
}

extension AzureStorage {
  /// The container of an address, with what the usual variables of the environment say of it; nil for other addresses.
  fileprivate init?(environmentFor address: String) {
    guard let mark = address.firstRange(of: "://"),
      Self.schemes.contains(address[..<mark.lowerBound].lowercased()),
      let container = address[mark.upperBound...].split(separator: "/").first
    else { return nil }
    let environment = ProcessInfo.processInfo.environment
    let isThere = environment["AZURE_STORAGE_CONNECTION_STRING"] != nil
    self.init(
      url: address[..<mark.upperBound] + container + "/",
      connection: isThere ? .environment("AZURE_STORAGE_CONNECTION_STRING") : nil,
      account: environment["AZURE_STORAGE_ACCOUNT"])
  }
}
