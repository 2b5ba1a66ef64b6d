internal import Accounts
internal import FileStores
internal import Foundation
internal import HTTPServer
internal import JSON
internal import Jobs
internal import Secrets
internal import Store

/// `/api/w/{workspace}/job_helpers/…`: files that scripts keep in folders and buckets, and links to them.
struct FileRoutes {
  let accounts: Accounts
  let queue: JobQueue
  let storages: Storages

  func add(to routes: inout APIRoutes) {
    let files = self
    routes.on(.get, "job_helpers/download_s3_file", .run, "job_helpers:read") { api in
      try await files.storages.store(of: api).response(with: try Self.key(api))
    }
    routes.on(.post, "job_helpers/upload_s3_file", .run, "job_helpers:write") { try await files.upload($0) }
    routes.on(.delete, "job_helpers/delete_s3_file", .run, "job_helpers:write") { api in
      try await files.storages.store(of: api).remove(try Self.key(api))
      return .json(.null)
    }
    routes.on(.get, "job_helpers/list_stored_files", .run, "job_helpers:read") { try await files.list($0) }
    routes.on(.get, "job_helpers/load_file_metadata", .run, "job_helpers:read") {
      try await files.metadata($0)
    }
    routes.on(.post, "apps/sign_s3_objects", .run, "job_helpers:read") { try await files.sign($0) }
    routes.on(.post, "job_helpers/v2/duckdb_connection_settings", .readValues, "job_helpers:read") { api in
      .json(try await files.settings(api).duckDB)
    }
    routes.on(.post, "job_helpers/v2/polars_connection_settings", .readValues, "job_helpers:read") { api in
      .json(try await files.settings(api).polars)
    }
    routes.on(.post, "job_helpers/v2/s3_resource_info", .readValues, "job_helpers:read") { api in
      guard let path = try await Self.resourcePath(api) else {
        return .json(try files.settingsOfStorages(api).resource)
      }
      let text = try await files.accounts.resource(path, of: api.workspace).value
      let rights = try await api.pathRights()
      let interpolation = Interpolation(accounts: files.accounts, workspace: api.workspace, rights: rights)
      return .json(try await interpolation.value(of: text))
    }
    ObjectRoutes(
      authority: ObjectAuthority(accounts: accounts, queue: queue, storages: storages), storages: storages,
      trail: routes.trail
    ).add(to: &routes.router) { try await files.link($0) }
  }

  // MARK: Files

  private static func key(_ api: APIRequest) throws -> FileKey {
    guard let text = api.request.query["file_key"], !text.isEmpty else {
      throw APIError(.badRequest, "the query lacks 'file_key'")
    }
    return try FileKey(text)
  }

  private func upload(_ api: APIRequest) async throws -> HTTPResponse {
    let query = api.request.query
    var text = query["file_key"] ?? ""
    if text.isEmpty {
      text = "uploads/" + UUID().uuidString.lowercased() + (query["file_extension"].map { ".\($0)" } ?? "")
    }
    let key = try FileKey(text)
    api.audit.subject(key.text)
    let store = try await storages.store(of: api)
    var chunks = api.request.body.limited(to: .max).makeAsyncIterator()
    try await store.write(key, type: query["content_type"]) { try await chunks.next() }
    return .json(.object(JSONObject(pairs: ["file_key": .string(key.text)])))
  }

  private func list(_ api: APIRequest) async throws -> HTTPResponse {
    let query = api.request.query
    let limit = min(max(query["max_keys"].flatMap { Int($0) } ?? 100, 1), 1000)
    let entries = try await storages.store(of: api).list(
      prefix: query["prefix"] ?? "", after: query["marker"].flatMap { $0.isEmpty ? nil : $0 }, limit: limit)
    return .json(
      .object(
        JSONObject(pairs: [
          "next_marker": entries.count < limit ? .null : .optional(entries.last?.key),
          "windmill_large_files": .array(
            entries.map { .object(JSONObject(pairs: ["s3": .string($0.key), "size": .int($0.size)])) }),
        ])))
  }

  private func metadata(_ api: APIRequest) async throws -> HTTPResponse {
    let entry = try await storages.store(of: api).entry(try Self.key(api))
    return .json(
      .object(
        JSONObject(pairs: [
          "mime_type": .optional(entry.type), "size_in_bytes": .int(entry.size),
          "last_modified": .string(Moment(Date(timeIntervalSince1970: entry.modifiedAt)).text),
          "expires": .null, "version_id": .null,
        ])))
  }

  // MARK: Settings

  private func settings(_ api: APIRequest) async throws -> BucketSettings {
    guard let path = try await Self.resourcePath(api) else { return try settingsOfStorages(api) }
    return BucketSettings(try await storages.bucket(path, for: api))
  }

  private func settingsOfStorages(_ api: APIRequest) throws -> BucketSettings {
    guard let token = api.request.bearerToken else {
      throw APIError(.forbidden, "keys are made for tokens; this request came with a session's cookie")
    }
    return BucketSettings(storagesFor: api, token: BearerToken(token))
  }

  /// Nil when none is named: then the workspace's own storages are meant.
  private static func resourcePath(_ api: APIRequest) async throws -> String? {
    guard let path = try await api.object().optionalString("s3_resource_path"), !path.isEmpty else {
      return nil
    }
    let name = path.hasPrefix("$res:") ? String(path.dropFirst(5)) : path
    try await api.require(.read, name)
    return name
  }

  // MARK: Links

  /// How long a link is good, in seconds: what Windmill's clients expect.
  private static let linkTimes = (shortest: 60, standard: 43_200, longest: 604_800)

  /// What a link's signature says: which file, until when.
  private static func claim(_ workspace: String, _ storage: String, _ key: String, until second: Int)
    -> String
  {
    "file \(second) \(workspace) \(storage) \(key)"
  }

  private func sign(_ api: APIRequest) async throws -> HTTPResponse {
    let body = try await api.object()
    guard let objects = body.value("s3_objects")?.array else {
      throw APIError(.badRequest, "the body lacks 's3_objects', an array")
    }
    let times = Self.linkTimes
    let seconds = min(max(try body.int("expiry_secs") ?? times.standard, times.shortest), times.longest)
    let end = Int(Date().timeIntervalSince1970) + seconds
    for name in Set(objects.map { $0.object?["storage"]?.string ?? "" }) {
      _ = try await storages.store(named: name, for: api)
    }
    let signed = try objects.map { value in
      guard var object = value.object, let name = object["s3"]?.string else {
        throw APIError(.badRequest, "an element of 's3_objects' lacks 's3'")
      }
      let claim = Self.claim(
        api.workspace, object["storage"]?.string ?? "_default_", try FileKey(name).text, until: end)
      let signature = accounts.signature(of: claim).addingPercentEncoding(
        withAllowedCharacters: .alphanumerics)
      object["presigned"] = .string("exp=\(end)&sig=\(signature ?? "")")
      return JSONValue.object(object)
    }
    return .json(.array(signed))
  }

  /// A file, for whoever has the link: without a token.
  private func link(_ request: HTTPRequest) async throws -> HTTPResponse {
    let parameters = request.parameters
    guard let workspace = parameters["workspace"], let storage = parameters["storage"],
      let name = parameters["key"], let end = request.query["exp"].flatMap({ Int($0) }),
      let signature = request.query["sig"],
      accounts.text(signedBy: signature) == Self.claim(workspace, storage, name, until: end)
    else { return .text("this link was not made by this server, or was changed", status: .forbidden) }
    guard Int(Date().timeIntervalSince1970) < end else {
      return .text("this link has expired", status: .forbidden)
    }
    do {
      return try await storages.store(named: storage, of: workspace).response(with: try FileKey(name))
    } catch { throw APIError(error) ?? error }
  }
}
