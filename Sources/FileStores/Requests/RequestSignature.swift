package import Foundation

/// A signature of Amazon's version 4 that came with a request to this server: in its header fields, or in its address.
package struct RequestSignature: Sendable {
  /// Whose key it was made with.
  package let keyID: String
  package let payload: PayloadForm
  /// As `20260131T093000Z`.
  package let time: String
  package let region: String
  package let text: String
  private let signedNames: [String]
  private let isInAddress: Bool

  /// How far a client's clock may be off.
  private static let skew: TimeInterval = 15 * 60
  /// How long an address may be good, in seconds.
  private static let longestLife = 604_800
  private static let algorithm = "AWS4-HMAC-SHA256"

  /// A request as it has come.
  package struct Request {
    package var method: String
    /// As sent, without query.
    package var path: String
    /// Decoded.
    package var query: [(name: String, value: String)]
    package var headers: [(name: String, value: String)]

    package init(
      method: String, path: String, query: [(name: String, value: String)],
      headers: [(name: String, value: String)]
    ) {
      self.method = method
      self.path = path
      self.query = query
      self.headers = headers
    }

    func parameter(_ name: String) -> String? { query.first { $0.name == name }?.value }

    func header(_ name: String) -> String? {
      let values = headers.filter { $0.name.lowercased() == name }.map(\.value)
      return values.isEmpty ? nil : values.joined(separator: ",")
    }
  }

  /// Reads a request's signature; what it says is not proven yet.
  ///
  /// - Returns: nil for a request that has none.
  /// - Throws: ``SignatureProblem``.
  package static func read(_ request: Request, at now: Date = Date()) throws(SignatureProblem)
    -> RequestSignature?
  {
    let authorization = request.header("authorization") ?? ""
    if request.parameter("X-Amz-Algorithm") != nil || request.parameter("X-Amz-Signature") != nil {
      return try ofAddress(request, now)
    }
    guard authorization.hasPrefix("AWS4") else { return nil }
    let parts = authorization.split(separator: " ", maxSplits: 1)
    guard parts.count == 2, parts[0] == algorithm else { throw .malformed }
    var fields: [String: String] = [:]
    for field in parts[1].split(separator: ",") {
      let pair = field.split(separator: "=", maxSplits: 1)
      guard pair.count == 2 else { throw .malformed }
      fields[pair[0].trimmingCharacters(in: .whitespaces)] = pair[1].trimmingCharacters(in: .whitespaces)
    }
    guard let credential = fields["Credential"], let names = fields["SignedHeaders"],
      let signature = fields["Signature"], let time = request.header("x-amz-date"),
      let date = date(time), let payload = request.header("x-amz-content-sha256")
    else { throw .malformed }
    guard abs(now.timeIntervalSince(date)) <= skew else { throw .skewed }
    return try RequestSignature(request, credential, names, signature, time, payload, isInAddress: false)
  }

  private static func ofAddress(_ request: Request, _ now: Date) throws(SignatureProblem) -> RequestSignature
  {
    guard request.parameter("X-Amz-Algorithm") == algorithm,
      let credential = request.parameter("X-Amz-Credential"),
      let names = request.parameter("X-Amz-SignedHeaders"), let time = request.parameter("X-Amz-Date"),
      let signature = request.parameter("X-Amz-Signature"), let date = date(time),
      let life = request.parameter("X-Amz-Expires").flatMap({ Int($0) }), (1...longestLife).contains(life)
    else { throw .malformed }
    guard date.timeIntervalSince(now) <= skew else { throw .skewed }
    guard now.timeIntervalSince(date) < TimeInterval(life) else { throw .expired }
    let payload = request.header("x-amz-content-sha256") ?? "UNSIGNED-PAYLOAD"
    return try RequestSignature(request, credential, names, signature, time, payload, isInAddress: true)
  }

  private init(
    _ request: Request, _ credential: String, _ names: String, _ signature: String, _ time: String,
    _ payload: String, isInAddress: Bool
  ) throws(SignatureProblem) {
    let scope = credential.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
    guard scope.count == 5, scope[1] == time.prefix(8), scope[3] == "s3", scope[4] == "aws4_request" else {
      throw .malformed
    }
    guard let form = PayloadForm(payload) else { throw .unknownPayload }
    self.payload = form
    self.time = time
    self.isInAddress = isInAddress
    keyID = scope[0]
    region = scope[2]
    text = signature
    signedNames = names.split(separator: ";").map(String.init)
    let given = Set(request.headers.map { $0.name.lowercased() })
    // What S3 acts on must be what the key's owner has asked for.
    guard signedNames.contains("host"), signedNames == signedNames.sorted(),
      given.allSatisfy({
        !$0.hasPrefix("x-amz-") || signedNames.contains($0) || $0 == "x-amz-content-sha256"
      })
    else { throw .unsignedFields }
  }

  /// Whether the request was signed with a secret.
  ///
  /// - Parameters:
  ///   - hosts: the names that the client may have reached this server by.
  ///   - base: what stands before the bucket in the path; some clients take it for a part of the host.
  package func isGood(for request: Request, secret: String, hosts: [String], base: String) -> Bool {
    let signer = SigV4(keyID: keyID, secret: secret, region: region)
    let path = Self.canonical(request.path)
    var places = hosts.map { ($0, path) }
    if path.hasPrefix(base + "/") {
      places += hosts.map { ($0 + base, String(path.dropFirst(base.count))) }
    }
    let query = request.query.filter { !isInAddress || $0.name != "X-Amz-Signature" }
    var isGood = false
    for (host, path) in places {
      var fields: [(name: String, value: String)] = []
      for name in signedNames {
        guard let value = name == "host" ? host : request.header(name) else { return false }
        fields.append((name, value))
      }
      let right = signer.signature(
        method: request.method, path: path, query: query, headers: fields, bodyHash: payload.text, time: time)
      if SigV4.isSame(right, text) { isGood = true }
    }
    return isGood
  }

  /// Each segment decoded and encoded again, once: clients send `=` and `%3D` alike, and sign the second.
  private static func canonical(_ path: String) -> String {
    path.split(separator: "/", omittingEmptySubsequences: false).map {
      SigV4.encoded($0.removingPercentEncoding ?? String($0))
    }.joined(separator: "/")
  }

  private static func date(_ text: String) -> Date? {
    let bytes = Array(text.utf8)
    guard bytes.count == 16, bytes[8] == UInt8(ascii: "T"), bytes[15] == UInt8(ascii: "Z") else { return nil }
    func number(_ range: Range<Int>) -> Int32? {
      guard bytes[range].allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
      return Int32(String(decoding: bytes[range], as: UTF8.self))
    }
    guard let year = number(0..<4), let month = number(4..<6), let day = number(6..<8),
      let hour = number(9..<11), let minute = number(11..<13), let second = number(13..<15)
    else { return nil }
    var time = tm()
    (time.tm_year, time.tm_mon, time.tm_mday) = (year - 1900, month - 1, day)
    (time.tm_hour, time.tm_min, time.tm_sec) = (hour, minute, second)
    return Date(timeIntervalSince1970: TimeInterval(timegm(&time)))
  }
}

/// Why a signature cannot be looked at.
package enum SignatureProblem: Error, Sendable {
  case malformed
  /// The client's clock is off, or the request is an old one.
  case skewed
  /// An address that was good for a time.
  case expired
  case unknownPayload
  /// It does not cover all that S3 acts on.
  case unsignedFields
}

/// How a request's body is signed, as `x-amz-content-sha256` says it.
package enum PayloadForm: Sendable, Hashable {
  /// Not at all: who can change bodies on the way can change this one.
  case unsigned
  /// By its hash, in hexadecimal digits.
  case hash(String)
  /// In pieces, each of which has a length and maybe a signature of its own, with or without lines at the end.
  case pieces(areSigned: Bool, hasTrailer: Bool)

  init?(_ text: String) {
    switch text {
    case "UNSIGNED-PAYLOAD": self = .unsigned
    case "STREAMING-UNSIGNED-PAYLOAD-TRAILER": self = .pieces(areSigned: false, hasTrailer: true)
    case "STREAMING-AWS4-HMAC-SHA256-PAYLOAD": self = .pieces(areSigned: true, hasTrailer: false)
    case "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER": self = .pieces(areSigned: true, hasTrailer: true)
    default:
      guard text.utf8.count == 64, text.allSatisfy({ $0.isHexDigit && !$0.isUppercase }) else { return nil }
      self = .hash(text)
    }
  }

  var text: String {
    switch self {
    case .unsigned: "UNSIGNED-PAYLOAD"
    case .hash(let text): text
    case .pieces(areSigned: false, _): "STREAMING-UNSIGNED-PAYLOAD-TRAILER"
    case .pieces(_, let hasTrailer): "STREAMING-AWS4-HMAC-SHA256-PAYLOAD" + (hasTrailer ? "-TRAILER" : "")
    }
  }
}
