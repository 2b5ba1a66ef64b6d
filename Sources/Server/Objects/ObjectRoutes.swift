internal import Accounts
internal import FileStores
internal import HTTPServer
internal import JSON

/// `/api/w/{workspace}/s3_proxy/…`: a workspace's storages as buckets, for programs that speak S3. Who asks is proven by
/// signatures with the key of a token, so that no storage's own credentials leave the server.
struct ObjectRoutes {
  let authority: ObjectAuthority
  let storages: Storages
  let trail: AuditTrail

  private static let base = "/api/w/{workspace}/s3_proxy"

  /// - Parameter link: answers a GET of a file that is not signed.
  func add(to router: inout Router, link: @escaping Router.Handler) {
    let routes = self
    for end in ["", "/"] {
      router.on(.get, Self.base + end) { request in
        await routes.answer(request) { try await routes.buckets(request) }
      }
      for method in [HTTPMethod.get, .post, .put, .delete] {
        router.on(method, Self.base + "/{storage}" + end) { await routes.answerBucket($0) }
      }
    }
    router.on(.get, Self.base + "/{storage}/{key...}") { request in
      request.isSigned ? await routes.answerObject(request) : try await link(request)
    }
    for method in [HTTPMethod.put, .post, .delete] {
      router.on(method, Self.base + "/{storage}/{key...}") { await routes.answerObject($0) }
    }
  }

  // MARK: Answers

  private func answer(
    _ request: HTTPRequest, _ body: () async throws -> HTTPResponse
  ) async -> HTTPResponse {
    do {
      guard request.isSigned else { throw ObjectError.unsigned }
      return try await body()
    } catch {
      let known = ObjectError(error)
      return (known ?? ObjectError(.internalError, "the server could not do this")).response(for: request)
    }
  }

  private func buckets(_ request: HTTPRequest) async throws -> HTTPResponse {
    let (api, _, _) = try await authority.admit(request, scope: "job_helpers:read")
    var xml = XMLWriter()
    xml.element("ListAllMyBucketsResult", isRoot: true) {
      $0.element("Owner") { $0.element("ID", api.identity.username) }
      $0.element("Buckets") { list in
        for name in storages.names(of: api.workspace) {
          list.element("Bucket") {
            $0.element("Name", name)
            $0.element("CreationDate", ObjectTime.iso(0))
          }
        }
      }
    }
    return .xml(xml)
  }

  private func answerBucket(_ request: HTTPRequest) async -> HTTPResponse {
    await answer(request) {
      guard request.method != .put, request.method != .delete else {
        throw ObjectError(.accessDenied, "storages are made and removed in tarn.yaml, not by S3's protocol")
      }
      let deletes = request.method == .post && request.query["delete"] != nil
      return try await serve(request, as: deletes ? "deleteObjects" : nil) { object in
        switch request.method {
        case .get, .head: try await BucketAnswers(object).answer()
        case .post where deletes: try await ObjectWriting(object).removeAll()
        default: throw ObjectError(.notImplemented, "this is not supported")
        }
      }
    }
  }

  private func answerObject(_ request: HTTPRequest) async -> HTTPResponse {
    await answer(request) {
      let isUpload = request.query["uploadId"] != nil
      switch request.method {
      case .get, .head:
        return try await serve(request, as: nil) { object in
          isUpload ? try await ObjectUploads(object).list() : try await ObjectReading(object).answer()
        }
      case .put where isUpload:
        return try await serve(request, as: "uploadPart", isTold: false) {
          try await ObjectUploads($0).writePart()
        }
      case .put: return try await serve(request, as: "putObject") { try await ObjectWriting($0).write() }
      case .post where isUpload:
        return try await serve(request, as: "completeUpload") { try await ObjectUploads($0).complete() }
      case .post where request.query["uploads"] != nil:
        return try await serve(request, as: "createUpload", isTold: false) {
          try await ObjectUploads($0).begin()
        }
      case .delete where isUpload:
        return try await serve(request, as: "abortUpload", isTold: false) {
          try await ObjectUploads($0).abort()
        }
      case .delete:
        return try await serve(request, as: "deleteObject") { try await ObjectWriting($0).remove() }
      default: throw ObjectError(.notImplemented, "this is not supported")
      }
    }
  }

  /// - Parameters:
  ///   - change: what the audit log calls it; nil for what only reads.
  ///   - isTold: whether the audit log is told of it.
  private func serve(
    _ request: HTTPRequest, as change: String?, isTold: Bool = true,
    _ body: (ObjectRequest) async throws -> HTTPResponse
  ) async throws -> HTTPResponse {
    let scope = change == nil ? "job_helpers:read" : "job_helpers:write"
    let (api, signature, secret) = try await authority.admit(request, scope: scope)
    let bucket = try api.parameter("storage")
    let object = ObjectRequest(
      api: api, store: try await storages.store(named: bucket, for: api), bucket: bucket,
      signature: signature, secret: secret)
    try Self.refuseOtherParts(of: object)
    let response = try await body(object)
    if let change, isTold {
      let subject = object.keyText.isEmpty ? bucket : "\(bucket)/\(object.keyText)"
      trail.keepLater(
        api.audit.entry(
          of: api.identity, operation: "s3_proxy.\(change)",
          kind: change.hasPrefix("delete") ? .delete : .update,
          subject: subject))
    }
    return response
  }

  /// Access lists, tags, versions and such: to answer as if they had not been asked for would be wrong.
  private static let otherParts = [
    "accelerate", "acl", "analytics", "attributes", "cors", "encryption", "inventory", "legal-hold",
    "lifecycle", "logging", "metrics", "notification", "object-lock", "ownershipControls", "policy",
    "policyStatus", "publicAccessBlock", "replication", "requestPayment", "restore", "retention", "select",
    "tagging", "torrent", "versionId", "versioning", "versions", "website",
  ]

  private static func refuseOtherParts(of object: ObjectRequest) throws {
    guard let name = otherParts.first(where: object.asks) else { return }
    throw ObjectError(.notImplemented, "'\(name)' is not supported: storages have files and nothing else")
  }
}

extension HTTPRequest {
  /// Whether it says that it is signed as S3 wants it.
  var isSigned: Bool {
    headers["Authorization"]?.hasPrefix("AWS4") == true || query["X-Amz-Signature"] != nil
      || query["X-Amz-Algorithm"] != nil
  }
}
