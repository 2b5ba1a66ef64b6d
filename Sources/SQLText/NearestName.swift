/// Finds what someone probably meant.
public enum NearestName {
  /// The known name that is nearest to a mistyped one.
  ///
  /// Distance counts inserted, dropped, replaced and swapped letters, without regard to case. A short name
  /// may be off by one, one of four letters and more by two, one of nine and more by three. Failing that, a
  /// name of which the mistyped one is a beginning of at least three letters is taken.
  ///
  /// - Parameters:
  ///   - name: What was written.
  ///   - names: What exists. Their order does not matter.
  /// - Returns: The nearest name, or nil when none is near. Never `name` itself.
  public static func suggestion(for name: String, among names: [String]) -> String? {
    let written = Array(name.lowercased())
    let allowed = written.count < 4 ? 1 : written.count < 9 ? 2 : 3
    var best: (distance: Int, name: String)?
    var completion: String?
    for candidate in names.sorted() where candidate != name {
      let letters = Array(candidate.lowercased())
      // Replacing every letter is not a typing mistake.
      let limit = min(allowed, max(written.count, letters.count) - 1, (best?.distance ?? .max) - 1)
      if let distance = distance(written, letters, atMost: limit) { best = (distance, candidate) }
      if completion == nil, written.count >= 3, letters.starts(with: written) { completion = candidate }
    }
    return best?.name ?? completion
  }

  /// The edit distance of two words (optimal string alignment), or nil when it is more than `limit`.
  private static func distance(_ left: [Character], _ right: [Character], atMost limit: Int) -> Int? {
    guard limit >= 0, abs(left.count - right.count) <= limit else { return nil }
    var beforePrevious: [Int] = []
    var previous = Array(0...right.count)
    for (row, letter) in left.enumerated() {
      var current = [row + 1]
      for (column, other) in right.enumerated() {
        var cost = min(
          previous[column] + (letter == other ? 0 : 1), previous[column + 1] + 1, current[column] + 1)
        if row > 0, column > 0, letter == right[column - 1], left[row - 1] == other {
          cost = min(cost, beforePrevious[column - 1] + 1)
        }
        current.append(cost)
      }
      (beforePrevious, previous) = (previous, current)
    }
    return previous[right.count] <= limit ? previous[right.count] : nil
  }
}
