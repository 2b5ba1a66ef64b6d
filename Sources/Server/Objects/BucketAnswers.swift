internal import FileStores
internal import HTTPServer
internal import Secrets

/// What is asked of a bucket as a whole: HeadBucket, GetBucketLocation, ListObjects in both versions, ListMultipartUploads.
struct BucketAnswers {
  private let object: ObjectRequest

  init(_ object: ObjectRequest) { self.object = object }

  func answer() async throws -> HTTPResponse {
    if object.request.method == .head { return HTTPResponse() }
    if object.asks("location") {
      var xml = XMLWriter()
      // Amazon's way to say us-east-1.
      xml.element("LocationConstraint", isRoot: true) { _ in }
      return .xml(xml)
    }
    if object.asks("uploads") { return try await uploads() }
    return try await files()
  }

  private func parameter(_ name: String) -> String? { object.query[name].flatMap { $0.isEmpty ? nil : $0 } }

  private func files() async throws -> HTTPResponse {
    let isSecond = object.query["list-type"] == "2"
    var after = parameter(isSecond ? "start-after" : "marker")
    if let token = parameter("continuation-token") {
      guard let bytes = Base64URL.bytes(of: token), let text = String(validating: bytes, as: UTF8.self) else {
        throw ObjectError(.invalidArgument, "this continuation-token was not given out here")
      }
      after = text
    }
    let limit = object.query["max-keys"].map { Int($0) ?? -1 } ?? 1000
    guard limit >= 0 else { throw ObjectError(.invalidArgument, "max-keys is a number") }
    let prefix = object.query["prefix"] ?? ""
    let delimiter = parameter("delimiter")
    let listing = try await ObjectListing.of(
      object.store, prefix: prefix, delimiter: delimiter, after: after, limit: min(limit, 1000))
    let isEncoded = object.query["encoding-type"] == "url"
    func shown(_ text: String) -> String { isEncoded ? SigV4.encoded(text, keeping: "/") : text }
    var xml = XMLWriter()
    xml.element("ListBucketResult", isRoot: true) { list in
      list.element("Name", object.bucket)
      list.element("Prefix", shown(prefix))
      if let delimiter { list.element("Delimiter", shown(delimiter)) }
      list.element("MaxKeys", String(limit))
      if isEncoded { list.element("EncodingType", "url") }
      list.element("IsTruncated", String(listing.next != nil))
      if isSecond {
        list.element("KeyCount", String(listing.files.count + listing.prefixes.count))
        if let token = parameter("continuation-token") { list.element("ContinuationToken", token) }
        if let next = listing.next {
          list.element("NextContinuationToken", Base64URL.text(of: Array(next.utf8)))
        }
        if let start = parameter("start-after") { list.element("StartAfter", shown(start)) }
      } else {
        list.element("Marker", shown(after ?? ""))
        if let next = listing.next { list.element("NextMarker", shown(next)) }
      }
      for file in listing.files {
        list.element("Contents") {
          $0.element("Key", shown(file.key))
          $0.element("LastModified", ObjectTime.iso(file.modifiedAt))
          $0.element("ETag", ObjectTag.quoted(file.tag))
          $0.element("Size", String(file.size))
          $0.element("StorageClass", "STANDARD")
        }
      }
      for prefix in listing.prefixes {
        list.element("CommonPrefixes") { $0.element("Prefix", shown(prefix)) }
      }
    }
    return .xml(xml)
  }

  private func uploads() async throws -> HTTPResponse {
    let pending = try await object.store.uploads(prefix: object.query["prefix"] ?? "")
    var xml = XMLWriter()
    xml.element("ListMultipartUploadsResult", isRoot: true) { list in
      list.element("Bucket", object.bucket)
      list.element("Prefix", object.query["prefix"] ?? "")
      list.element("IsTruncated", "false")
      for upload in pending.prefix(1000) {
        list.element("Upload") {
          $0.element("Key", upload.key)
          $0.element("UploadId", upload.id)
          $0.element("Initiated", ObjectTime.iso(upload.begunAt))
        }
      }
    }
    return .xml(xml)
  }
}
