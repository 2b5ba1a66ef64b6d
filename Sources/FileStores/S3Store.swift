internal import Foundation
package import HTTPClient
package import LakeSettings

/// Files in a bucket of an S3 service, or below a prefix in one.
public struct S3Store: FileStore {
  let place: S3Storage
  let signer: SigV4
  let transport: CurlTransport

  /// The size of parts that a larger file is sent in; Amazon takes none below 5 MiB but the last.
  private static let partSize = 8 << 20

  /// - Throws: ``FileStoreError``, code `refused`, when the credentials' source has none.
  package init(_ place: S3Storage, transport: CurlTransport) throws {
    self.place = place
    self.transport = transport
    guard let keyID = try place.keyID?.text(), let secret = try place.secret?.text() else {
      throw FileStoreError(.refused, "the storage \(place.url) has no credentials")
    }
    signer = SigV4(keyID: keyID, secret: secret, region: place.region ?? "us-east-1")
  }

  public func entry(_ key: FileKey) async throws -> FileEntry {
    let answer = try await send("HEAD", key.text)
    guard answer.status != 404 else { throw Self.missing(key) }
    try check(answer)
    return FileEntry(
      key: key.text, size: answer.header("Content-Length").flatMap { Int($0) } ?? 0,
      modifiedAt: answer.header("Last-Modified").flatMap(Self.date) ?? 0, type: answer.header("Content-Type"),
      tag: answer.header("ETag") ?? "")
  }

  public func read(_ key: FileKey, _ range: Range<Int>) async throws -> [UInt8] {
    guard !range.isEmpty else { return [] }
    let answer = try await send(
      "GET", key.text, headers: [("Range", "bytes=\(range.lowerBound)-\(range.upperBound - 1)")])
    if answer.status == 404 { throw Self.missing(key) }
    // Behind the end there is nothing.
    if answer.status == 416 { return [] }
    try check(answer)
    // A service that takes no notice of the range sends all.
    guard answer.status == 200 else { return answer.body }
    return Array(answer.body.dropFirst(range.lowerBound).prefix(range.count))
  }

  public func write(_ key: FileKey, type: String?, _ next: () async throws -> [UInt8]?) async throws {
    let headers = [("Content-Type", type ?? "application/octet-stream")]
    var part: [UInt8] = []
    var isOver = false
    func fill() async throws {
      while !isOver, part.count < Self.partSize {
        if let bytes = try await next() { part += bytes } else { isOver = true }
      }
    }
    try await fill()
    if isOver { return try check(try await send("PUT", key.text, headers: headers, body: part)) }
    let begun = try await send("POST", key.text, query: [("uploads", "")], headers: headers)
    try check(begun)
    guard let id = Self.element("UploadId", in: begun.body) else {
      throw FileStoreError(.unavailable, "the storage does not take large files as Amazon's does")
    }
    do {
      var parts: [(number: Int, tag: String)] = []
      while !part.isEmpty {
        let number = parts.count + 1
        let answer = try await send(
          "PUT", key.text, query: [("partNumber", String(number)), ("uploadId", id)], body: part)
        try check(answer)
        parts.append((number, answer.header("ETag") ?? ""))
        part = []
        try await fill()
      }
      let list = parts.map { "<Part><PartNumber>\($0.number)</PartNumber><ETag>\($0.tag)</ETag></Part>" }
        .joined()
      let body = "<CompleteMultipartUpload>\(list)</CompleteMultipartUpload>"
      let ended = try await send("POST", key.text, query: [("uploadId", id)], body: Array(body.utf8))
      try check(ended)
      // Amazon says 200 before it knows.
      if let code = Self.element("Code", in: ended.body) {
        throw FileStoreError(.unavailable, "the storage could not put '\(key.text)' together: \(code)")
      }
    } catch {
      // Parts that nobody puts together would be paid for.
      await Task { _ = try? await send("DELETE", key.text, query: [("uploadId", id)]) }.value
      throw error
    }
  }

  public func remove(_ key: FileKey) async throws {
    let answer = try await send("DELETE", key.text)
    if answer.status != 404 { try check(answer) }
  }

  public func list(prefix: String, after: String?, limit: Int) async throws -> [FileEntry] {
    var query = [("list-type", "2"), ("max-keys", String(min(limit, 1000))), ("prefix", full(prefix))]
    if let after { query.append(("start-after", full(after))) }
    let answer = try await send("GET", nil, query: query)
    try check(answer)
    return Self.elements("Contents", in: String(decoding: answer.body, as: UTF8.self)).compactMap { content in
      guard let key = Self.elements("Key", in: content).first.map(Self.unescaped), key.hasPrefix(full(""))
      else {
        return nil
      }
      return FileEntry(
        key: String(key.dropFirst(full("").count)),
        size: Self.elements("Size", in: content).first.flatMap { Int($0) } ?? 0,
        modifiedAt: Self.elements("LastModified", in: content).first.flatMap(Self.isoDate) ?? 0, type: nil,
        tag: Self.elements("ETag", in: content).first.map(Self.unescaped) ?? "")
    }
  }

  // MARK: Requests

  func full(_ key: String) -> String { place.prefix.isEmpty ? key : "\(place.prefix)/\(key)" }

  func send(
    _ method: String, _ key: String?, query: [(name: String, value: String)] = [],
    headers: [(name: String, value: String)] = [], body: [UInt8] = []
  ) async throws -> ClientAnswer {
    var request = try request(
      method, key, query: query, headers: headers, bodyHash: SigV4.hex(SigV4.hash(body)))
    if method == "PUT" || method == "POST" { request.body = body }
    return try await reaching { try await transport.send(request) }
  }

  /// A request without its body.
  ///
  /// - Parameter bodyHash: that of the body, in hexadecimal digits.
  func request(
    _ method: String, _ key: String?, query: [(name: String, value: String)],
    headers: [(name: String, value: String)], bodyHash: String
  ) throws -> ClientRequest {
    let endpoint = place.endpoint ?? "s3.\(place.region ?? "us-east-1").amazonaws.com"
    let host = place.pathStyle ? endpoint : "\(place.bucket).\(endpoint)"
    var path = place.pathStyle ? "/\(place.bucket)" : ""
    if let key { path += "/" + SigV4.encoded(full(key), keeping: "/") }
    if path.isEmpty { path = "/" }
    let signed = signer.headers(
      method: method, path: path, query: query, headers: [("host", host)], bodyHash: bodyHash)
    let text = query.map { "\(SigV4.encoded($0.name))=\(SigV4.encoded($0.value))" }.joined(separator: "&")
    let address = "\(place.useTLS ? "https" : "http")://\(host)\(path)" + (text.isEmpty ? "" : "?\(text)")
    guard let url = URL(string: address) else {
      throw FileStoreError(.unavailable, "the storage has no usable address")
    }
    var request = ClientRequest(url: url, method: method, headers: headers + signed)
    // libcurl would call it a form.
    if method == "PUT" || method == "POST", !headers.contains(where: { $0.name == "Content-Type" }) {
      request.setHeader("Content-Type", "application/octet-stream")
    }
    request.timeout = .seconds(120)
    return request
  }

  func reaching<Answer: Sendable>(_ send: () async throws -> Answer) async throws -> Answer {
    do { return try await send() } catch let failure as ClientFailure {
      throw FileStoreError(.unavailable, "the storage \(place.url) cannot be reached: \(failure.message)")
    }
  }

  func check(_ answer: ClientAnswer) throws(FileStoreError) {
    guard !(200..<300).contains(answer.status) else { return }
    let code = Self.element("Code", in: answer.body) ?? "status \(answer.status)"
    throw FileStoreError(
      answer.status == 401 || answer.status == 403 ? .refused : .unavailable,
      "the storage \(place.url) answers \(code)")
  }

  static func missing(_ key: FileKey) -> FileStoreError {
    FileStoreError(.notFound, "there is no file '\(key.text)'")
  }

  // MARK: The few answers in XML

  static func element(_ name: String, in bytes: [UInt8]) -> String? {
    elements(name, in: String(decoding: bytes, as: UTF8.self)).first.map(unescaped)
  }

  static func elements(_ name: String, in text: String) -> [String] {
    text.split(separator: "<\(name)>", omittingEmptySubsequences: false).dropFirst().compactMap { rest in
      rest.range(of: "</\(name)>").map { String(rest[..<$0.lowerBound]) }
    }
  }

  static func unescaped(_ text: String) -> String {
    text.replacing("&quot;", with: "\"").replacing("&#34;", with: "\"").replacing("&lt;", with: "<")
      .replacing("&gt;", with: ">").replacing("&apos;", with: "'").replacing("&amp;", with: "&")
  }

  private static func date(_ text: String) -> Double? {
    let formatter = DateFormatter()
    formatter.locale = Locale(identifier: "en_US_POSIX")
    formatter.timeZone = TimeZone(secondsFromGMT: 0)
    formatter.dateFormat = "EEE, dd MMM yyyy HH:mm:ss zzz"
    return formatter.date(from: text)?.timeIntervalSince1970
  }

  static func isoDate(_ text: String) -> Double? {
    (try? Date(text, strategy: .iso8601.year().month().day().time(includingFractionalSeconds: true)))?
      .timeIntervalSince1970 ?? (try? Date(text, strategy: .iso8601))?.timeIntervalSince1970
  }
}

extension SecretSource {
  /// The secret itself.
  ///
  /// - Throws: ``FileStoreError``, code `refused`.
  package func text() throws(FileStoreError) -> String {
    switch self {
    case .value(let value): return value
    case .environment(let name):
      guard let value = ProcessInfo.processInfo.environment[name], !value.isEmpty else {
        throw FileStoreError(.refused, "the environment variable \(name) is not set")
      }
      return value
    case .file(let path):
      guard let text = try? String(contentsOfFile: path, encoding: .utf8),
        let line = text.split(whereSeparator: \.isNewline).first
      else { throw FileStoreError(.refused, "the file \(path) holds no secret") }
      return line.trimmingCharacters(in: .whitespaces)
    }
  }
}
