internal import FileStores
internal import Foundation
internal import HTTPServer

/// PutObject, CopyObject, DeleteObject and DeleteObjects.
struct ObjectWriting {
  private let object: ObjectRequest

  init(_ object: ObjectRequest) { self.object = object }

  func write() async throws -> HTTPResponse {
    let body = object.body()
    if object.keyText.hasSuffix("/") {
      // Some clients make folders first, as empty files; here they come and go with what is in them.
      guard try await body.next() == nil else {
        throw ObjectError(.invalidArgument, "a key that ends with '/' names a folder, which has no bytes")
      }
      return HTTPResponse(headers: ["ETag": "\"folder\""])
    }
    let key = try object.key()
    if object.header("If-None-Match") == "*", (try? await object.store.entry(key)) != nil {
      throw ObjectError(.preconditionFailed, "there is a file '\(key.text)' already")
    }
    if let source = object.header("x-amz-copy-source") { return try await copy(source, to: key) }
    let type = object.header("Content-Type").flatMap { $0.isEmpty ? nil : $0 }
    try await object.store.write(key, type: type) { try await body.next() }
    let entry = try await object.store.entry(key)
    return HTTPResponse(headers: ["ETag": ObjectTag.quoted(entry.tag)])
  }

  /// Within one storage: another's name would need its own check.
  private func copy(_ source: String, to key: FileKey) async throws -> HTTPResponse {
    let path = (source.split(separator: "?").first.map(String.init) ?? "").removingPercentEncoding ?? ""
    let parts = path.drop { $0 == "/" }.split(separator: "/", maxSplits: 1).map(String.init)
    guard parts.count == 2 else {
      throw ObjectError(.invalidArgument, "x-amz-copy-source is BUCKET/KEY")
    }
    guard parts[0] == object.bucket else {
      throw ObjectError(.notImplemented, "files are copied within one storage only")
    }
    let from = try FileKey(parts[1])
    let old = try await object.store.entry(from)
    let store = object.store
    var offset = 0
    try await store.write(key, type: old.type) {
      guard offset < old.size else { return nil }
      let bytes = try await store.read(from, offset..<min(offset + 4 << 20, old.size))
      guard !bytes.isEmpty else {
        throw FileStoreError(.unavailable, "the file was changed while it was copied")
      }
      offset += bytes.count
      return bytes
    }
    let entry = try await store.entry(key)
    var xml = XMLWriter()
    xml.element("CopyObjectResult", isRoot: true) {
      $0.element("LastModified", ObjectTime.iso(entry.modifiedAt))
      $0.element("ETag", ObjectTag.quoted(entry.tag))
    }
    return .xml(xml)
  }

  func remove() async throws -> HTTPResponse {
    if !object.keyText.hasSuffix("/") { try await object.store.remove(try object.key()) }
    return HTTPResponse(status: .noContent)
  }

  /// Several at once; one that cannot be removed keeps none of the others.
  func removeAll() async throws -> HTTPResponse {
    let document = try await object.document()
    let keys = document.all("Object").compactMap { $0["Key"]?.text }
    guard document.name == "Delete", !keys.isEmpty, keys.count <= 1000 else {
      throw ObjectError(.malformedXML, "the body names 1 to 1000 keys: <Delete><Object><Key>…")
    }
    let isQuiet = document["Quiet"]?.text == "true"
    var outcomes: [(key: String, problem: ObjectError?)] = []
    for key in keys {
      do {
        if !key.hasSuffix("/") { try await object.store.remove(try FileKey(key)) }
        outcomes.append((key, nil))
      } catch let error as FileStoreError {
        outcomes.append((key, ObjectError(error)))
      }
    }
    var xml = XMLWriter()
    xml.element("DeleteResult", isRoot: true) { list in
      for (key, problem) in outcomes {
        if let problem {
          list.element("Error") {
            $0.element("Key", key)
            $0.element("Code", problem.code.rawValue)
            $0.element("Message", problem.message)
          }
        } else if !isQuiet {
          list.element("Deleted") { $0.element("Key", key) }
        }
      }
    }
    return .xml(xml)
  }
}
