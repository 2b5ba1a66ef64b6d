/// The sizes by which files are merged: only files of about the same size go together.
///
/// Merging whatever is small would read and write a file that has grown again with every few new ones. With tiers a row is
/// written about once for each tier that it climbs.
struct MergeTiers: Sendable, Hashable {
  /// Sizes in bytes, from `lower` up to but not including `upper`.
  struct Tier: Sendable, Hashable {
    let lower: UInt64
    let upper: UInt64
  }

  /// From small to large.
  let tiers: [Tier]

  /// - Parameter limit: files of this size, in bytes, or more are not merged.
  init(below limit: UInt64) {
    var bounds = [limit]
    while let last = bounds.last, last / Self.factor >= Self.smallest { bounds.append(last / Self.factor) }
    var lower: UInt64 = 0
    tiers = bounds.reversed().map { upper in
      defer { lower = upper }
      return Tier(lower: lower, upper: upper)
    }
  }

  /// A SQL expression for the number of a file's tier, counted from 0; NULL for a file that is too large.
  func expression(of size: String) -> String {
    let cases = tiers.enumerated().map { "WHEN \(size) < \($1.upper) THEN \($0)" }
    return "CASE \(cases.joined(separator: " ")) END"
  }

  private static let factor: UInt64 = 8
  private static let smallest: UInt64 = 16_384
}
