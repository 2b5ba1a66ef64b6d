/// Takes a body of Amazon's form `aws-chunked` apart: `LENGTH[;chunk-signature=…]`, bytes, and so on to a length of 0, then
/// maybe lines of a trailer. Bytes go in as they come, and come out without what stands between them.
struct ChunkedPayload {
  private enum State {
    case head
    case bytes(left: Int)
    /// The line end behind a piece's bytes.
    case end
    case trailer
    case finished
  }

  private let signature: RequestSignature
  private let signer: SigV4
  private let areSigned: Bool
  private let hasTrailer: Bool
  private var state = State.head
  private var line: [UInt8] = []
  private var hash = StreamedHash()
  /// Each signature covers the one before it.
  private var previous: String
  private var claimed = ""
  private var signedLines = ""
  /// What the trailer says: names in small letters.
  private(set) var trailer: [String: String] = [:]

  private static let longestLine = 4096
  private static let emptyHash = SigV4.hex(SigV4.hash([]))

  init(_ signature: RequestSignature, secret: String, areSigned: Bool, hasTrailer: Bool) {
    self.signature = signature
    self.areSigned = areSigned
    self.hasTrailer = hasTrailer
    signer = SigV4(keyID: signature.keyID, secret: secret, region: signature.region)
    previous = signature.text
  }

  var isFinished: Bool { if case .finished = state { true } else { false } }

  /// - Returns: the bytes of the body itself.
  /// - Throws: ``PayloadProblem``.
  mutating func take(_ bytes: [UInt8]) throws(PayloadProblem) -> [UInt8] {
    var plain: [UInt8] = []
    var rest = bytes[...]
    while !rest.isEmpty {
      if case .finished = state { throw .malformed }
      if case .bytes(let left) = state {
        let piece = Array(rest.prefix(left))
        rest = rest.dropFirst(left)
        if areSigned { hash.add(piece) }
        plain += piece
        state = left == piece.count ? .end : .bytes(left: left - piece.count)
        continue
      }
      guard let newline = rest.firstIndex(of: 0x0A) else {
        line += rest
        guard line.count <= Self.longestLine else { throw .malformed }
        break
      }
      line += rest[..<newline]
      rest = rest[(newline + 1)...]
      guard line.count <= Self.longestLine, line.popLast() == 0x0D else { throw .malformed }
      let text = String(decoding: line, as: UTF8.self)
      line = []
      try takeLine(text)
    }
    return plain
  }

  private mutating func takeLine(_ text: String) throws(PayloadProblem) {
    switch state {
    case .head: try begin(text)
    case .end:
      guard text.isEmpty else { throw .malformed }
      try check()
      state = .head
    case .trailer: try takeTrailer(text)
    case .bytes, .finished: throw .malformed
    }
  }

  private mutating func begin(_ text: String) throws(PayloadProblem) {
    let parts = text.split(separator: ";", maxSplits: 1)
    guard let digits = parts.first, digits.utf8.count <= 15, digits.allSatisfy(\.isHexDigit),
      let size = Int(digits, radix: 16)
    else { throw .malformed }
    if areSigned {
      let name = "chunk-signature="
      guard parts.count == 2, parts[1].hasPrefix(name) else { throw .malformed }
      claimed = String(parts[1].dropFirst(name.count))
    }
    hash = StreamedHash()
    guard size == 0 else {
      state = .bytes(left: size)
      return
    }
    try check()
    state = .trailer
  }

  private mutating func check() throws(PayloadProblem) {
    guard areSigned else { return }
    let right = signer.signature(of: [
      "AWS4-HMAC-SHA256-PAYLOAD", signature.time, signer.scope(signature.time), previous, Self.emptyHash,
      SigV4.hex(hash.finish()),
    ])
    guard SigV4.isSame(right, claimed) else { throw .wrongSignature }
    previous = claimed
  }

  private mutating func takeTrailer(_ text: String) throws(PayloadProblem) {
    guard !text.isEmpty else {
      guard !areSigned || !hasTrailer || trailer.removeValue(forKey: Self.signatureName) != nil else {
        throw .wrongSignature
      }
      state = .finished
      return
    }
    let pair = text.split(separator: ":", maxSplits: 1).map { $0.trimming(while: { $0 == " " }) }
    guard hasTrailer, pair.count == 2, trailer.count < 16 else { throw .malformed }
    let (name, value) = (pair[0].lowercased(), String(pair[1]))
    trailer[name] = value
    guard areSigned, name == Self.signatureName else {
      signedLines += "\(name):\(value)\n"
      return
    }
    let right = signer.signature(of: [
      "AWS4-HMAC-SHA256-TRAILER", signature.time, signer.scope(signature.time), previous,
      SigV4.hex(SigV4.hash(Array(signedLines.utf8))),
    ])
    guard SigV4.isSame(right, value) else { throw .wrongSignature }
  }

  private static let signatureName = "x-amz-trailer-signature"
}

extension Substring {
  fileprivate func trimming(while isOut: (Character) -> Bool) -> Substring {
    var rest = drop(while: isOut)
    while let last = rest.last, isOut(last) { rest.removeLast() }
    return rest
  }
}

/// Why a body is not taken.
package enum PayloadProblem: Error, Sendable {
  case malformed
  /// A piece of it was not signed by who signed the request.
  case wrongSignature
  /// It is not what its hash or its checksum says.
  case wrongSum
  /// It has not the length that the request says.
  case wrongLength
}
