internal import Accounts
internal import FileStores
internal import Foundation
internal import Grants
internal import HTTPClient
internal import HTTPServer
internal import JSON
internal import LakeSettings

/// Where scripts keep files: the storages of each workspace, and buckets that resources describe.
struct Storages: Sendable {
  let accounts: Accounts
  let workspaces: WorkspaceSource
  let transport: CurlTransport

  /// What Windmill's clients call the storage that is used when none is named.
  static let defaultAlias = "_default_"

  /// The names of a workspace's storages.
  func names(of workspace: String) -> [String] { workspaces.storages(of: workspace).keys.sorted() }

  /// The storage that a request names: `s3_resource_path`, `storage`, or the default one.
  ///
  /// - Throws: ``APIError``, `AccountError`, `FileStoreError`.
  func store(of api: APIRequest) async throws -> any UploadStore {
    if let path = api.request.query["s3_resource_path"], !path.isEmpty {
      return try S3Store(try await bucket(path, for: api), transport: transport)
    }
    return try await store(named: api.request.query["storage"] ?? "", for: api)
  }

  /// A storage by its name, for whoever asks.
  ///
  /// - Throws: ``APIError``, also when files of a lake lie in it that the sender has grants for, and not all rights.
  func store(named name: String, for api: APIRequest) async throws -> any UploadStore {
    let store = try store(named: name, of: api.workspace)
    try await refuseLakeFiles(in: name, api)
    return store
  }

  /// A lake's tables are files, too: those are no way around grants.
  private func refuseLakeFiles(in name: String, _ api: APIRequest) async throws {
    let name = Self.plainName(name)
    guard let place = workspaces.storages(of: api.workspace)[name]?.dataPath else { return }
    let lakes = workspaces.lakes(of: api.workspace).filter { lake in
      let own = [
        lake.storage.dataPath, lake.storage.branches?.dataPath, lake.catalog.filePath,
        lake.catalog.branchesFolder,
      ]
      return own.compactMap { $0 }.contains { $0.hasPrefix(place) || place.hasPrefix($0) }
    }
    guard !lakes.isEmpty,
      let rights = try await accounts.rights(of: api.identity.username, in: api.workspace),
      let lake = lakes.first(where: { rights.governs($0.name.text) })
    else { return }
    throw APIError(
      .forbidden,
      "the storage '\(name)' holds files of lake '\(lake.name)', which is read and written by grants")
  }

  private static func plainName(_ name: String) -> String {
    name.isEmpty || name == defaultAlias ? Storage.defaultName : name
  }

  /// A storage by its name, for a link that somebody was given who might have it.
  func store(named name: String, of workspace: String) throws -> any UploadStore {
    let name = Self.plainName(name)
    let all = workspaces.storages(of: workspace)
    switch all[name] {
    case .folder(let path): return FolderStore(folder: path)
    case .s3(let place): return try S3Store(place, transport: transport)
    case nil:
      let others =
        all.isEmpty ? "this workspace has none" : "there are: \(all.keys.sorted().joined(separator: ", "))"
      throw APIError(.notFound, "there is no storage '\(name.prefix(80))'; \(others)")
    }
  }

  /// A bucket that a resource of type `s3` describes.
  func bucket(_ path: String, for api: APIRequest) async throws -> S3Storage {
    let name = path.hasPrefix("$res:") ? String(path.dropFirst(5)) : path
    try await api.require(.read, name)
    let json = try await accounts.resource(name, of: api.workspace).value
    let rights = try await api.pathRights()
    let value = try await Interpolation(accounts: accounts, workspace: api.workspace, rights: rights).value(
      of: json)
    guard let object = value.object, let bucket = object["bucket"]?.string, !bucket.isEmpty else {
      throw APIError(.badRequest, "resource '\(name)' is no S3 resource: it lacks 'bucket'")
    }
    func text(_ name: String) -> String? { object[name]?.string.flatMap { $0.isEmpty ? nil : $0 } }
    var endpoint = text("endPoint")
    for scheme in ["https://", "http://"] where endpoint?.hasPrefix(scheme) == true {
      endpoint = endpoint.map { String($0.dropFirst(scheme.count)) }
    }
    if let port = object["port"]?.int, endpoint?.contains(":") == false {
      endpoint = endpoint.map { "\($0):\(port)" }
    }
    return S3Storage(
      bucket: bucket, endpoint: endpoint, region: text("region"),
      pathStyle: object["pathStyle"]?.bool ?? (endpoint != nil), useTLS: object["useSSL"]?.bool ?? true,
      keyID: text("accessKey").map(SecretSource.value), secret: text("secretKey").map(SecretSource.value))
  }
}

extension FileStore {
  /// A response with a file, read bit by bit.
  func response(with key: FileKey) async throws -> HTTPResponse {
    let entry = try await entry(key)
    let headers: HTTPHeaders = [
      "Content-Type": entry.type ?? "application/octet-stream",
      // A page that somebody has put there must not run as one of this server's.
      "Content-Security-Policy": "sandbox", "X-Content-Type-Options": "nosniff",
      "ETag": entry.tag.hasPrefix("\"") ? entry.tag : "\"\(entry.tag)\"",
    ]
    let piece = 4 << 20
    return .stream(headers: headers, length: entry.size) { writer in
      var offset = 0
      while offset < entry.size {
        let bytes = try await read(key, offset..<min(offset + piece, entry.size))
        guard !bytes.isEmpty else {
          throw FileStoreError(.unavailable, "the file was changed while it was read")
        }
        try await writer.write(bytes)
        offset += bytes.count
      }
    }
  }
}
