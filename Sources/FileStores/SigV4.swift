internal import CSodium
package import Foundation

/// Amazon's signatures of requests, version 4 (AWS, "Signature Version 4 signing process").
package struct SigV4: Sendable {
  package var keyID: String
  package var secret: String
  package var region: String
  package var service: String
  /// Of temporary credentials.
  package var sessionToken: String?

  package init(
    keyID: String, secret: String, region: String, service: String = "s3", sessionToken: String? = nil
  ) {
    self.keyID = keyID
    self.secret = secret
    self.region = region
    self.service = service
    self.sessionToken = sessionToken
  }

  /// The header fields that sign a request: `Authorization`, `x-amz-date`, `x-amz-content-sha256`.
  ///
  /// - Parameters:
  ///   - path: as it is sent, encoded once.
  ///   - query: names and values, not encoded.
  ///   - headers: those to be signed, `host` among them; in small letters.
  ///   - body: what is sent.
  package func headers(
    method: String, path: String, query: [(name: String, value: String)],
    headers: [(name: String, value: String)],
    body: [UInt8], at date: Date = Date()
  ) -> [(name: String, value: String)] {
    self.headers(
      method: method, path: path, query: query, headers: headers, bodyHash: Self.hex(Self.hash(body)),
      at: date)
  }

  /// The same for a body whose hash is known, in hexadecimal digits.
  package func headers(
    method: String, path: String, query: [(name: String, value: String)],
    headers: [(name: String, value: String)],
    bodyHash hash: String, at date: Date = Date()
  ) -> [(name: String, value: String)] {
    let time = Self.timeText(date)
    var signed = headers + [("x-amz-date", time), ("x-amz-content-sha256", hash)]
    if let sessionToken { signed.append(("x-amz-security-token", sessionToken)) }
    signed.sort { $0.name < $1.name }
    let signature = signature(
      method: method, path: path, query: query, headers: signed, bodyHash: hash, time: time)
    let names = signed.map(\.name).joined(separator: ";")
    let authorization =
      "AWS4-HMAC-SHA256 Credential=\(keyID)/\(scope(time)), SignedHeaders=\(names), Signature=\(signature)"
    return signed.filter { $0.name != "host" } + [("Authorization", authorization)]
  }

  /// The signature of a request.
  ///
  /// - Parameters:
  ///   - headers: those that are signed, in order.
  ///   - bodyHash: the hash that the request names.
  ///   - time: as `20260131T093000Z`.
  package func signature(
    method: String, path: String, query: [(name: String, value: String)],
    headers: [(name: String, value: String)],
    bodyHash: String, time: String
  ) -> String {
    let pairs = query.map { (Self.encoded($0.name), Self.encoded($0.value)) }.sorted {
      ($0.0, $0.1) < ($1.0, $1.1)
    }
    let lines = headers.map { "\($0.name):\(Self.trimmed($0.value))\n" }.joined()
    let request = [
      method, path, pairs.map { "\($0.0)=\($0.1)" }.joined(separator: "&"), lines,
      headers.map(\.name).joined(separator: ";"), bodyHash,
    ].joined(separator: "\n")
    return signature(of: [
      "AWS4-HMAC-SHA256", time, scope(time), Self.hex(Self.hash(Array(request.utf8))),
    ])
  }

  /// Signs lines of text: those of a request, or of a piece of one.
  ///
  /// - Parameter lines: the second is the time.
  package func signature(of lines: [String]) -> String {
    var key = Array("AWS4\(secret)".utf8)
    for part in [String(lines[1].prefix(8)), region, service, "aws4_request"] {
      key = Self.authenticate(part, with: key)
    }
    return Self.hex(Self.authenticate(lines.joined(separator: "\n"), with: key))
  }

  /// What a signature is good for: a day, a region and a service.
  package func scope(_ time: String) -> String { "\(time.prefix(8))/\(region)/\(service)/aws4_request" }

  /// Encodes all but letters, digits, `-`, `.`, `_` and `~`.
  package static func encoded(_ text: String, keeping kept: String = "") -> String {
    var encoded = ""
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
        UInt8(ascii: "~"):
        encoded.unicodeScalars.append(Unicode.Scalar(byte))
      case _ where kept.utf8.contains(byte): encoded.unicodeScalars.append(Unicode.Scalar(byte))
      default: encoded += "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
      }
    }
    return encoded
  }

  package static func timeText(_ date: Date) -> String {
    var time = tm()
    var seconds = time_t(date.timeIntervalSince1970)
    gmtime_r(&seconds, &time)
    func two(_ number: Int32) -> String { number < 10 ? "0\(number)" : "\(number)" }
    let day = "\(time.tm_year + 1900)\(two(time.tm_mon + 1))\(two(time.tm_mday))"
    return "\(day)T\(two(time.tm_hour))\(two(time.tm_min))\(two(time.tm_sec))Z"
  }

  /// Without blanks at the ends, and one where several are.
  private static func trimmed(_ value: String) -> String {
    value.split(separator: " ", omittingEmptySubsequences: true).joined(separator: " ")
  }

  // MARK: libsodium

  package static func hash(_ bytes: [UInt8]) -> [UInt8] {
    var hash = [UInt8](repeating: 0, count: Int(crypto_hash_sha256_BYTES))
    crypto_hash_sha256(&hash, bytes, UInt64(bytes.count))
    return hash
  }

  /// Takes the same time wherever the two differ.
  package static func isSame(_ one: String, _ other: String) -> Bool {
    let (one, other) = (Array(one.utf8), Array(other.utf8))
    return one.count == other.count && sodium_memcmp(one, other, one.count) == 0
  }

  private static func authenticate(_ text: String, with key: [UInt8]) -> [UInt8] {
    let message = Array(text.utf8)
    var state = crypto_auth_hmacsha256_state()
    var mac = [UInt8](repeating: 0, count: Int(crypto_auth_hmacsha256_BYTES))
    crypto_auth_hmacsha256_init(&state, key, key.count)
    crypto_auth_hmacsha256_update(&state, message, UInt64(message.count))
    crypto_auth_hmacsha256_final(&state, &mac)
    return mac
  }

  package static func hex(_ bytes: [UInt8]) -> String {
    bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
  }
}

/// A SHA-256 of bytes that come in pieces.
package struct StreamedHash {
  private var state = crypto_hash_sha256_state()

  package init() { crypto_hash_sha256_init(&state) }

  package mutating func add(_ bytes: [UInt8]) {
    crypto_hash_sha256_update(&state, bytes, UInt64(bytes.count))
  }

  /// - Returns: the hash, of 32 bytes; nothing may be added afterwards.
  package mutating func finish() -> [UInt8] {
    var hash = [UInt8](repeating: 0, count: Int(crypto_hash_sha256_BYTES))
    crypto_hash_sha256_final(&state, &hash)
    return hash
  }
}
