internal import Foundation

/// The body of a signed request, checked while it is read. Nothing that came from it may be kept before its end was reached
/// without an error.
package struct SignedPayload {
  private var pieces: ChunkedPayload?
  private var hash: (text: String, running: StreamedHash)?
  private var sums: [(name: String, sum: RunningSum)]
  private let headers: [(name: String, value: String)]
  private let length: Int?
  private var count = 0
  private var isOver = false

  /// - Parameter headers: the request's.
  package init(
    _ signature: RequestSignature, secret: String, headers: [(name: String, value: String)]
  ) {
    self.headers = headers
    func value(_ name: String) -> String? { headers.first { $0.name.lowercased() == name }?.value }
    switch signature.payload {
    case .unsigned: break
    case .hash(let text): hash = (text, StreamedHash())
    case .pieces(let areSigned, let hasTrailer):
      pieces = ChunkedPayload(signature, secret: secret, areSigned: areSigned, hasTrailer: hasTrailer)
    }
    length = pieces == nil ? nil : value("x-amz-decoded-content-length").flatMap { Int($0) }
    let announced = (value("x-amz-trailer") ?? "").lowercased()
    sums = RunningSum.known.filter { value($0.name) != nil || announced.contains($0.name) }
  }

  /// The next bytes of the body itself; nil at its end.
  ///
  /// - Parameter source: gives the bytes as they were sent.
  /// - Throws: ``PayloadProblem``; what `source` throws.
  package mutating func next(_ source: () async throws -> [UInt8]?) async throws -> [UInt8]? {
    while !isOver {
      guard let bytes = try await source() else {
        try finish()
        return nil
      }
      let plain = pieces == nil ? bytes : try pieces?.take(bytes) ?? []
      guard !plain.isEmpty else { continue }
      count += plain.count
      hash?.running.add(plain)
      for index in sums.indices { sums[index].sum.add(plain) }
      return plain
    }
    return nil
  }

  private mutating func finish() throws(PayloadProblem) {
    isOver = true
    if let pieces, !pieces.isFinished { throw .malformed }
    if let length, length != count { throw .wrongLength }
    if var hash {
      guard SigV4.isSame(SigV4.hex(hash.running.finish()), hash.text) else { throw .wrongSum }
    }
    for (name, running) in sums {
      var sum = running
      let said = pieces?.trailer[name] ?? headers.first { $0.name.lowercased() == name }?.value
      guard said == Data(sum.finish()).base64EncodedString() else { throw .wrongSum }
    }
  }
}

/// A checksum that grows with the bytes. S3 knows more kinds; those are not looked at.
private enum RunningSum {
  case crc(UInt32, table: [UInt32])
  case hash(StreamedHash)

  /// By the names of their header fields. The polynomials are those of IEEE 802.3 and Castagnoli, bits reversed.
  static var known: [(name: String, sum: RunningSum)] {
    [
      ("x-amz-checksum-crc32", .crc(.max, table: plainTable)),
      ("x-amz-checksum-crc32c", .crc(.max, table: castagnoliTable)),
      ("x-amz-checksum-sha256", .hash(StreamedHash())),
    ]
  }

  private static let plainTable = table(0xEDB8_8320)
  private static let castagnoliTable = table(0x82F6_3B78)

  private static func table(_ polynomial: UInt32) -> [UInt32] {
    (0..<256).map { number in
      (0..<8).reduce(UInt32(number)) { rest, _ in rest & 1 == 1 ? rest >> 1 ^ polynomial : rest >> 1 }
    }
  }

  mutating func add(_ bytes: [UInt8]) {
    switch self {
    case .crc(var rest, let table):
      table.withUnsafeBufferPointer { table in
        for byte in bytes { rest = rest >> 8 ^ table[Int(UInt8(truncatingIfNeeded: rest) ^ byte)] }
      }
      self = .crc(rest, table: table)
    case .hash(var hash):
      hash.add(bytes)
      self = .hash(hash)
    }
  }

  mutating func finish() -> [UInt8] {
    switch self {
    case .crc(let rest, _): return withUnsafeBytes(of: (~rest).bigEndian) { Array($0) }
    case .hash(var hash): return hash.finish()
    }
  }
}
