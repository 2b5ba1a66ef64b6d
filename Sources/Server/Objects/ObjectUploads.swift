internal import FileStores
internal import HTTPServer

/// Uploads of a file in parts.
struct ObjectUploads {
  private let object: ObjectRequest

  private static let mostParts = 10_000

  init(_ object: ObjectRequest) { self.object = object }

  private var upload: String { object.query["uploadId"] ?? "" }

  func begin() async throws -> HTTPResponse {
    let key = try object.key()
    let id = try await object.store.beginUpload(key, type: object.header("Content-Type"))
    var xml = XMLWriter()
    xml.element("InitiateMultipartUploadResult", isRoot: true) {
      $0.element("Bucket", object.bucket)
      $0.element("Key", key.text)
      $0.element("UploadId", id)
    }
    return .xml(xml)
  }

  func writePart() async throws -> HTTPResponse {
    guard let number = object.query["partNumber"].flatMap({ Int($0) }), (1...Self.mostParts).contains(number)
    else { throw ObjectError(.invalidArgument, "a part's number is from 1 to \(Self.mostParts)") }
    guard object.header("x-amz-copy-source") == nil else {
      throw ObjectError(.notImplemented, "parts are sent, not copied")
    }
    let body = object.body()
    let tag = try await object.store.writePart(try object.key(), of: upload, number: number) {
      try await body.next()
    }
    return HTTPResponse(headers: ["ETag": ObjectTag.quoted(tag)])
  }

  func complete() async throws -> HTTPResponse {
    let key = try object.key()
    // Checksums in the header fields are the file's, not this document's.
    let document = try await object.document(checksSums: false)
    guard document.name == "CompleteMultipartUpload" else {
      throw ObjectError(.malformedXML, "the body is no <CompleteMultipartUpload>")
    }
    let there = try await object.store.parts(key, of: upload)
    var parts: [(number: Int, tag: String)] = []
    for part in document.all("Part") {
      guard let number = part["PartNumber"].flatMap({ Int($0.text) }), let tag = part["ETag"]?.text else {
        throw ObjectError(.malformedXML, "a <Part> lacks its <PartNumber> or <ETag>")
      }
      guard number > parts.last?.number ?? 0 else {
        throw ObjectError(.invalidPartOrder, "parts are named in the order of their numbers")
      }
      guard let known = there.first(where: { $0.number == number }), ObjectTag.isSame(known.tag, tag) else {
        throw ObjectError(.invalidPart, "part \(number) is not there, or was sent again since")
      }
      parts.append((number, known.tag))
    }
    guard !parts.isEmpty else { throw ObjectError(.malformedXML, "the body names no part") }
    let tag = try await object.store.completeUpload(key, upload, parts: parts)
    var xml = XMLWriter()
    xml.element("CompleteMultipartUploadResult", isRoot: true) {
      $0.element("Location", object.request.path)
      $0.element("Bucket", object.bucket)
      $0.element("Key", key.text)
      $0.element("ETag", ObjectTag.quoted(tag))
    }
    return .xml(xml)
  }

  func abort() async throws -> HTTPResponse {
    try await object.store.abortUpload(try object.key(), upload)
    return HTTPResponse(status: .noContent)
  }

  /// ListParts.
  func list() async throws -> HTTPResponse {
    let key = try object.key()
    let after = object.query["part-number-marker"].flatMap { Int($0) } ?? 0
    let limit = min(max(object.query["max-parts"].flatMap { Int($0) } ?? 1000, 1), 1000)
    let all = try await object.store.parts(key, of: upload).filter { $0.number > after }
    let shown = all.prefix(limit)
    var xml = XMLWriter()
    xml.element("ListPartsResult", isRoot: true) { list in
      list.element("Bucket", object.bucket)
      list.element("Key", key.text)
      list.element("UploadId", upload)
      list.element("PartNumberMarker", String(after))
      list.element("NextPartNumberMarker", String(shown.last?.number ?? 0))
      list.element("MaxParts", String(limit))
      list.element("IsTruncated", String(shown.count < all.count))
      for part in shown {
        list.element("Part") {
          $0.element("PartNumber", String(part.number))
          $0.element("LastModified", ObjectTime.iso(part.modifiedAt))
          $0.element("ETag", ObjectTag.quoted(part.tag))
          $0.element("Size", String(part.size))
        }
      }
    }
    return .xml(xml)
  }
}
