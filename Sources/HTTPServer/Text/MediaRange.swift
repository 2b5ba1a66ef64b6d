/// What a client would take: one part of an `Accept` field, such as `text/*;q=0.5`.
struct MediaRange: Sendable, Equatable {
  var type: String
  var subtype: String
  /// From 0, not acceptable, to 1000.
  var quality: Int

  /// Reads one part. Nil for a text that is none.
  init?(_ text: String) {
    let parts = HeaderValue.split(text, at: UInt8(ascii: ";"))
    guard let name = parts.first?.lowercased() else { return nil }
    let halves = name.split(separator: "/", omittingEmptySubsequences: false)
    guard halves.count == 2, !halves[0].isEmpty, !halves[1].isEmpty, halves[0] != "*" || halves[1] == "*"
    else { return nil }
    type = String(halves[0])
    subtype = String(halves[1])
    quality = 1000
    for parameter in parts.dropFirst() {
      let parameter = parameter.lowercased()
      guard parameter.hasPrefix("q=") else { continue }
      guard let value = MediaRange.quality(parameter.dropFirst(2)) else { return nil }
      quality = value
    }
  }

  /// How closely it names a type: 3 exactly, 2 its group, 1 anything, 0 not at all.
  func closeness(to name: String) -> Int {
    let halves = name.lowercased().prefix { $0 != ";" }.split(separator: "/")
    guard halves.count == 2 else { return 0 }
    if type == "*" { return 1 }
    guard type == halves[0] else { return 0 }
    if subtype == "*" { return 2 }
    return subtype == halves[1].filter { $0 != " " } ? 3 : 0
  }

  /// Reads `0`, `1`, `0.5`, with up to three digits.
  private static func quality(_ text: Substring) -> Int? {
    let parts = text.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
    guard let whole = parts.first, whole == "0" || whole == "1" else { return nil }
    let digits = parts.count == 2 ? parts[1] : ""
    guard digits.utf8.count <= 3, digits.utf8.allSatisfy({ 0x30...0x39 ~= $0 }) else { return nil }
    let fraction = Int(String(digits) + String(repeating: "0", count: 3 - digits.utf8.count)) ?? 0
    let value = (whole == "1" ? 1000 : 0) + fraction
    return value <= 1000 ? value : nil
  }
}

extension HTTPHeaders {
  /// Which of the types that a response could have suits the client best, by its `Accept` fields.
  ///
  /// - Parameter offers: Media types such as `application/json`, the server's favourite first.
  /// - Returns: The one with the highest quality, of several the first; the first when the client says nothing; nil
  ///   when it takes none of them.
  public func preferredType(among offers: [String]) -> String? {
    let texts = list("Accept")
    guard !texts.isEmpty else { return offers.first }
    let ranges = texts.compactMap(MediaRange.init)
    var best: (offer: String, quality: Int)?
    for offer in offers {
      let closest = ranges.map { (closeness: $0.closeness(to: offer), quality: $0.quality) }
        .filter { $0.closeness > 0 }.max { $0.closeness < $1.closeness }
      guard let closest, closest.quality > best?.quality ?? 0 else { continue }
      best = (offer, closest.quality)
    }
    return best?.offer
  }
}
