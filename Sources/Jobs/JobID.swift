internal import Foundation
internal import Store

/// What a job is known by: a UUID whose beginning is the time that it was made at (version 7, RFC 9562), so that ids sort
/// as the jobs came.
public struct JobID: Sendable, Hashable, Codable, CustomStringConvertible {
  /// In lower case, with hyphens.
  public let text: String

  /// A new one.
  public init() { self.init(at: .now, random: (.random(in: 0 ... .max), .random(in: 0 ... .max))) }

  init(at moment: Moment, random: (UInt64, UInt64)) {
    let milliseconds = UInt64(bitPattern: moment.microseconds / 1000)
    let high = milliseconds << 16 | 0x7000 | random.0 & 0x0FFF
    let low = 0x8000_0000_0000_0000 | random.1 & 0x3FFF_FFFF_FFFF_FFFF
    let digits = Self.hexadecimal(high) + Self.hexadecimal(low)
    var text = ""
    for (index, digit) in digits.enumerated() {
      if [8, 12, 16, 20].contains(index) { text.append("-") }
      text.append(digit)
    }
    self.text = text
  }

  /// - Returns: nil when the text is no UUID.
  public init?(_ text: some StringProtocol) {
    guard UUID(uuidString: String(text)) != nil else { return nil }
    self.text = text.lowercased()
  }

  public var description: String { text }

  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    guard let id = JobID(try container.decode(String.self)) else {
      throw DecodingError.dataCorruptedError(in: container, debugDescription: "a job's id is a UUID")
    }
    self = id
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(text)
  }

  private static func hexadecimal(_ number: UInt64) -> String {
    let digits = String(number, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }
}
