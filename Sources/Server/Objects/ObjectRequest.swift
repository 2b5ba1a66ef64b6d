internal import Accounts
internal import FileStores
internal import HTTPServer
internal import Jobs
internal import Synchronization

/// A request of a client of object storage, whose sender is known by its signature.
struct ObjectRequest: Sendable {
  let api: APIRequest
  let store: any UploadStore
  /// As the client calls it.
  let bucket: String
  let signature: RequestSignature
  let secret: String

  var request: HTTPRequest { api.request }
  var query: QueryParameters { api.request.query }

  func header(_ name: String) -> String? { request.headers[name] }

  var keyText: String { request.parameters["key"] ?? "" }

  func key() throws(FileStoreError) -> FileKey { try FileKey(keyText) }

  /// Whether the query has a name, with or without a value.
  func asks(_ name: String) -> Bool { query[name] != nil }

  /// The body, checked piece by piece.
  func body(checksSums: Bool = true) -> ObjectBody {
    let fields = request.headers.fields.map { (name: $0.name, value: $0.value) }
    return ObjectBody(
      SignedPayload(
        signature, secret: secret,
        headers: checksSums
          ? fields : fields.filter { !$0.name.lowercased().hasPrefix("x-amz-checksum-") }),
      request.body.limited(to: .max))
  }

  /// The body as a small document.
  func document(checksSums: Bool = true) async throws -> XMLElement {
    let body = body(checksSums: checksSums)
    var bytes: [UInt8] = []
    while let piece = try await body.next() {
      bytes += piece
      guard bytes.count <= Self.largestDocument else {
        throw ObjectError(.malformedXML, "the body is larger than \(Self.largestDocument >> 20) MiB")
      }
    }
    return try XMLElement(parsing: bytes)
  }

  /// 10,000 parts, or 1,000 keys.
  private static let largestDocument = 4 << 20
}

/// A request's body on its way; read by one task.
actor ObjectBody {
  private var payload: SignedPayload
  private var source: HTTPRequestBody.Iterator

  init(_ payload: SignedPayload, _ body: HTTPRequestBody) {
    self.payload = payload
    source = body.makeAsyncIterator()
  }

  /// The next bytes; nil at the end, when all of it is what was signed.
  func next() async throws -> [UInt8]? {
    var (own, from) = (payload, source)
    defer { (payload, source) = (own, from) }
    return try await own.next { try await from.next() }
  }
}

/// Finds out who signed a request, and whether he may.
struct ObjectAuthority: Sendable {
  let accounts: Accounts
  let queue: JobQueue
  let storages: Storages

  /// - Parameter scope: what a limited token must name.
  /// - Throws: ``ObjectError`` and what it is made of.
  func admit(_ request: HTTPRequest, scope: String) async throws -> (APIRequest, RequestSignature, String) {
    let signed = RequestSignature.Request(
      method: request.method.name, path: request.path,
      query: request.query.items.map { ($0.name, $0.value) },
      headers: request.headers.fields.map { ($0.name, $0.value) })
    guard let signature = try RequestSignature.read(signed) else { throw ObjectError.unsigned }
    let secret = accounts.secret(ofObjectKey: signature.keyID)
    let base = "/api/w/\(request.parameters["workspace"] ?? "")/s3_proxy"
    guard signature.isGood(for: signed, secret: secret, hosts: request.ownHosts, base: base) else {
      throw ObjectError(.signatureDoesNotMatch, "the request was not signed with the secret of its key")
    }
    guard let identity = try await accounts.identity(ofObjectKey: signature.keyID) else {
      throw ObjectError(.invalidAccessKeyID, "the key's token is not known, or has expired")
    }
    if let job = identity.job {
      guard let id = JobID(job), let job = try? await queue.job(id), job.state == .running else {
        throw ObjectError(.expiredToken, "this key is a job's, and the job has ended")
      }
    }
    let api = APIRequest(request: request, identity: identity, session: nil, accounts: accounts)
    try APIRoutes.checkWorkspace(of: request, identity)
    try APIRoutes.authorize(identity, .run, scope)
    return (api, signature, secret)
  }
}

extension HTTPRequest {
  /// The names that the client may have reached this server by: through a worker or a proxy it is another one.
  var ownHosts: [String] { [headers["Host"], headers["X-Forwarded-Host"]].compactMap { $0 } }

  /// How the client reaches this server: `http://127.0.0.1:8900`.
  var ownAddress: (host: String, isSecure: Bool) {
    let host = headers["X-Forwarded-Host"] ?? headers["Host"] ?? "127.0.0.1"
    return (host, headers["X-Forwarded-Proto"].map { $0 == "https" } ?? isSecure)
  }
}
