internal import FileStores
internal import Foundation
internal import HTTPServer

/// GetObject and HeadObject.
struct ObjectReading {
  private let object: ObjectRequest

  private static let piece = 4 << 20

  init(_ object: ObjectRequest) { self.object = object }

  func answer() async throws -> HTTPResponse {
    // A folder is no file; whoever asks for one wants to know whether somebody has made it.
    guard !object.keyText.hasSuffix("/") else {
      throw ObjectError(.noSuchKey, "there is no file '\(object.keyText.prefix(200))'")
    }
    let key = try object.key()
    let entry = try await object.store.entry(key)
    let tag = ObjectTag.quoted(entry.tag)
    if let wanted = object.header("If-Match"), wanted != "*", wanted != tag {
      throw ObjectError(.preconditionFailed, "the file is another than was asked for")
    }
    if let known = object.header("If-None-Match"), known == "*" || known == tag {
      return HTTPResponse(status: .notModified, headers: ["ETag": tag])
    }
    var headers: HTTPHeaders = [
      "Content-Type": entry.type ?? "application/octet-stream", "ETag": tag, "Accept-Ranges": "bytes",
      "Last-Modified": ObjectTime.http(entry.modifiedAt),
      // A page that somebody has put there must not run as one of this server's.
      "Content-Security-Policy": "sandbox", "X-Content-Type-Options": "nosniff",
    ]
    var range = 0..<entry.size
    if let text = object.header("Range"), let asked = try Self.range(text, of: entry.size) {
      range = asked
      headers["Content-Range"] = "bytes \(range.lowerBound)-\(range.upperBound - 1)/\(entry.size)"
    }
    let store = object.store
    return .stream(
      status: headers["Content-Range"] == nil ? .ok : HTTPStatus(206), headers: headers, length: range.count
    ) { [range] writer in
      var offset = range.lowerBound
      while offset < range.upperBound {
        let bytes = try await store.read(key, offset..<min(offset + Self.piece, range.upperBound))
        guard !bytes.isEmpty else {
          throw FileStoreError(.unavailable, "the file was changed while it was read")
        }
        try await writer.write(bytes)
        offset += bytes.count
      }
    }
  }

  /// `bytes=0-99`, `bytes=100-`, `bytes=-10`. What else there may be is answered with the whole file, as HTTP has it.
  static func range(_ text: String, of size: Int) throws(ObjectError) -> Range<Int>? {
    guard text.hasPrefix("bytes="), !text.contains(",") else { return nil }
    let parts = text.dropFirst("bytes=".count).split(separator: "-", omittingEmptySubsequences: false)
    guard parts.count == 2 else { return nil }
    func number(_ text: Substring) -> Int? { text.utf8.allSatisfy { 0x30...0x39 ~= $0 } ? Int(text) : nil }
    let range: Range<Int>
    if parts[0].isEmpty {
      guard let count = number(parts[1]) else { return nil }
      range = max(0, size - count)..<size
    } else {
      guard let first = number(parts[0]) else { return nil }
      let last = parts[1].isEmpty ? size - 1 : number(parts[1])
      guard let last, last >= first || parts[1].isEmpty else { return nil }
      range = min(first, size)..<max(min(first, size), min(last, size - 1) + 1)
    }
    guard !range.isEmpty else {
      throw ObjectError(.invalidRange, "the file has \(size) bytes, and none where they were asked for")
    }
    return range
  }
}

/// How S3 writes tags of files.
enum ObjectTag {
  static func quoted(_ tag: String) -> String { tag.hasPrefix("\"") ? tag : "\"\(tag)\"" }

  /// What a store called it: some keep the quotes.
  static func isSame(_ one: String, _ other: String) -> Bool { quoted(one) == quoted(other) }
}

/// How S3 writes times.
enum ObjectTime {
  /// `2026-01-31T09:30:00.000Z`.
  static func iso(_ seconds: Double) -> String {
    let time = parts(seconds)
    let day = "\(padded(time.tm_year + 1900, 4))-\(padded(time.tm_mon + 1))-\(padded(time.tm_mday))"
    return "\(day)T\(padded(time.tm_hour)):\(padded(time.tm_min)):\(padded(time.tm_sec)).000Z"
  }

  /// `Sat, 31 Jan 2026 09:30:00 GMT`.
  static func http(_ seconds: Double) -> String {
    let time = parts(seconds)
    let days = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
    let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
    let day = "\(padded(time.tm_mday)) \(months[Int(time.tm_mon)]) \(padded(time.tm_year + 1900, 4))"
    let clock = "\(padded(time.tm_hour)):\(padded(time.tm_min)):\(padded(time.tm_sec))"
    return "\(days[Int(time.tm_wday)]), \(day) \(clock) GMT"
  }

  private static func parts(_ seconds: Double) -> tm {
    var time = tm()
    var whole = time_t(seconds)
    gmtime_r(&whole, &time)
    return time
  }

  private static func padded(_ number: Int32, _ width: Int = 2) -> String {
    let digits = String(number)
    return String(repeating: "0", count: max(0, width - digits.count)) + digits
  }
}
