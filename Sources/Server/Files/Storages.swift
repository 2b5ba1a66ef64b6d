internal import Accounts
internal import FileStores
internal import Foundation
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
    return try store(named: api.request.query["storage"] ?? "", of: api.workspace)
  }

  func store(named name: String, of workspace: String) throws -> any UploadStore {
    let name = name.isEmpty || name == Self.defaultAlias ? Storage.defaultName : name
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
