internal import Foundation
internal import HTTPClient

// Uploads in parts are the service's own: ids and tags are passed on as they are.
extension S3Store: UploadStore {
  package func beginUpload(_ key: FileKey, type: String?) async throws -> String {
    let answer = try await send(
      "POST", key.text, query: [("uploads", "")],
      headers: [("Content-Type", type ?? "application/octet-stream")])
    try check(answer)
    guard let id = Self.element("UploadId", in: answer.body) else {
      throw FileStoreError(.unavailable, "the storage does not take large files as Amazon's does")
    }
    return id
  }

  package func writePart(
    _ key: FileKey, of upload: String, number: Int, _ next: () async throws -> [UInt8]?
  ) async throws -> String {
    // The service wants length and hash before the bytes.
    var draft = PartDraft()
    while let bytes = try await next() { try await draft.add(bytes) }
    let answer = try await send(
      &draft, to: key, query: [("partNumber", String(number)), ("uploadId", upload)])
    try checkUpload(answer, key)
    return answer.header("ETag") ?? ""
  }

  package func parts(_ key: FileKey, of upload: String) async throws -> [UploadPart] {
    var parts: [UploadPart] = []
    while true {
      let answer = try await send(
        "GET", key.text,
        query: [("part-number-marker", String(parts.last?.number ?? 0)), ("uploadId", upload)])
      try checkUpload(answer, key)
      let page = Self.elements("Part", in: String(decoding: answer.body, as: UTF8.self)).compactMap {
        part -> UploadPart? in
        func text(_ name: String) -> String? { Self.elements(name, in: part).first.map(Self.unescaped) }
        guard let number = text("PartNumber").flatMap({ Int($0) }), number > parts.last?.number ?? 0 else {
          return nil
        }
        return UploadPart(
          number: number, tag: text("ETag") ?? "", size: text("Size").flatMap { Int($0) } ?? 0,
          modifiedAt: text("LastModified").flatMap(Self.isoDate) ?? 0)
      }
      parts += page
      guard Self.element("IsTruncated", in: answer.body) == "true", !page.isEmpty else { return parts }
    }
  }

  package func completeUpload(
    _ key: FileKey, _ upload: String, parts: [(number: Int, tag: String)]
  ) async throws -> String {
    var body = XMLWriter()
    body.element("CompleteMultipartUpload") { list in
      for part in parts {
        list.element("Part") {
          $0.element("PartNumber", String(part.number))
          $0.element("ETag", part.tag)
        }
      }
    }
    let answer = try await send(
      "POST", key.text, query: [("uploadId", upload)], body: Array(body.text.utf8))
    // Amazon says 200 before it knows.
    let code = Self.element("Code", in: answer.body)
    if code == "InvalidPart" || code == "InvalidPartOrder" || code == "EntityTooSmall" {
      throw FileStoreError(.wrongPart, "the storage cannot put '\(key.text)' together: \(code ?? "")")
    }
    try checkUpload(answer, key)
    guard code == nil else {
      throw FileStoreError(.unavailable, "the storage could not put '\(key.text)' together: \(code ?? "")")
    }
    return Self.element("ETag", in: answer.body) ?? ""
  }

  package func abortUpload(_ key: FileKey, _ upload: String) async throws {
    let answer = try await send("DELETE", key.text, query: [("uploadId", upload)])
    if answer.status != 404 { try check(answer) }
  }

  package func uploads(prefix: String) async throws -> [PendingUpload] {
    var uploads: [PendingUpload] = []
    var marker: (key: String, id: String)?
    while true {
      var query = [("prefix", full(prefix)), ("uploads", "")]
      if let marker { query += [("key-marker", marker.key), ("upload-id-marker", marker.id)] }
      let answer = try await send("GET", nil, query: query)
      try check(answer)
      let page = Self.elements("Upload", in: String(decoding: answer.body, as: UTF8.self))
      for upload in page {
        func text(_ name: String) -> String? { Self.elements(name, in: upload).first.map(Self.unescaped) }
        guard let key = text("Key"), let id = text("UploadId"), key.hasPrefix(full("")) else { continue }
        marker = (key, id)
        uploads.append(
          PendingUpload(
            key: String(key.dropFirst(full("").count)), id: id,
            begunAt: text("Initiated").flatMap(Self.isoDate) ?? 0))
      }
      guard Self.element("IsTruncated", in: answer.body) == "true", !page.isEmpty else { return uploads }
    }
  }

  private func checkUpload(_ answer: ClientAnswer, _ key: FileKey) throws {
    guard answer.status != 404 else {
      throw FileStoreError(.noUpload, "there is no upload of '\(key.text)' with this id")
    }
    try check(answer)
  }

  private func send(_ draft: inout PartDraft, to key: FileKey, query: [(name: String, value: String)])
    async throws -> ClientAnswer
  {
    var request = try request(
      "PUT", key.text, query: query, headers: [], bodyHash: SigV4.hex(draft.finish()))
    guard let pieces = try await draft.pieces() else {
      request.body = draft.bytes
      return try await reaching { [request] in try await transport.send(request) }
    }
    request.streamedLength = draft.count
    return try await reaching { [request] in
      let answer = try await transport.stream(request) { try await pieces.next() }
      var body: [UInt8] = []
      while let bytes = try await answer.next() { body += bytes }
      return ClientAnswer(status: answer.status, headers: answer.headers, body: body)
    }
  }
}
