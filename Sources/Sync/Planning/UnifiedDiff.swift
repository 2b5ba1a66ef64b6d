/// The lines in which two texts differ, with some around them, as `diff -u` has them.
public struct UnifiedDiff: Sendable {
  /// A line, and what becomes of it.
  public struct Line: Sendable, Hashable {
    public enum Kind: Sendable, Hashable {
      /// Where the lines that follow stand: `@@ -1,3 +1,4 @@`.
      case place
      case kept, removed, added
      /// That the line before has no line feed at its end.
      case note
    }

    public let kind: Kind
    /// Without what marks its kind.
    public let text: String

    /// With it.
    public var marked: String {
      switch kind {
      case .place: text
      case .kept: " " + text
      case .removed: "-" + text
      case .added: "+" + text
      case .note: "\\ " + text
      }
    }
  }

  public let lines: [Line]

  private static let context = 3
  /// Where more lines lie between the first and the last difference, they are not compared one by one: that takes memory
  /// with the square of their number.
  private static let mostLines = 4_000

  /// - Parameters:
  ///   - old: empty for a text that there was not.
  ///   - new: empty for one that goes.
  public init(from old: String, to new: String) {
    let (before, after) = (Self.split(old), Self.split(new))
    let start = zip(before, after).prefix { $0 == $1 }.count
    let shorter = min(before.count, after.count) - start
    let end = zip(before.reversed(), after.reversed()).prefix(shorter).prefix { $0 == $1 }.count
    let (left, right) = (before[start..<before.count - end], after[start..<after.count - end])
    let middle =
      left.count + right.count <= Self.mostLines
      ? Self.script(Array(left), Array(right))
      : left.map { (.removed, $0) } + right.map { (.added, $0) }
    lines = Self.hunks(
      before[..<start].map { (.kept, $0) } + middle + before[(before.count - end)...].map { (.kept, $0) })
  }

  private struct TextLine: Hashable {
    let bytes: [UInt8]
    let isEnded: Bool

    var text: String { String(decoding: bytes, as: UTF8.self) }
  }

  private static func split(_ text: String) -> [TextLine] {
    guard !text.isEmpty else { return [] }
    var parts = text.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    let isEnded = parts.last?.isEmpty == true
    if isEnded { parts.removeLast() }
    return parts.enumerated().map { TextLine(bytes: Array($1), isEnded: isEnded || $0 < parts.count - 1) }
  }

  /// All lines, each kept, removed or added; what is removed stands before what is added in its place.
  private static func script(_ old: [TextLine], _ new: [TextLine]) -> [(Line.Kind, TextLine)] {
    let difference = new.difference(from: old)
    var removed = Set<Int>()
    var added = Set<Int>()
    for change in difference {
      switch change {
      case .remove(let offset, _, _): removed.insert(offset)
      case .insert(let offset, _, _): added.insert(offset)
      }
    }
    var result: [(Line.Kind, TextLine)] = []
    var (left, right) = (0, 0)
    while left < old.count || right < new.count {
      if left < old.count, removed.contains(left) {
        result.append((.removed, old[left]))
        left += 1
      } else if right < new.count, added.contains(right) {
        result.append((.added, new[right]))
        right += 1
      } else {
        result.append((.kept, old[left]))
        left += 1
        right += 1
      }
    }
    return result
  }

  private static func hunks(_ script: [(Line.Kind, TextLine)]) -> [Line] {
    var shown: [Range<Int>] = []
    for index in script.indices where script[index].0 != .kept {
      let range = max(0, index - context)..<min(script.count, index + context + 1)
      if let last = shown.last, last.upperBound >= range.lowerBound {
        shown[shown.count - 1] = last.lowerBound..<range.upperBound
      } else {
        shown.append(range)
      }
    }
    var lines: [Line] = []
    var position = 0
    var (left, right) = (0, 0)
    for range in shown {
      left += script[position..<range.lowerBound].count { $0.0 != .added }
      right += script[position..<range.lowerBound].count { $0.0 != .removed }
      let part = script[range]
      let (olds, news) = (part.count { $0.0 != .added }, part.count { $0.0 != .removed })
      lines.append(Line(kind: .place, text: "@@ -\(place(left, olds)) +\(place(right, news)) @@"))
      for (kind, line) in part {
        lines.append(Line(kind: kind, text: line.text))
        if !line.isEnded { lines.append(Line(kind: .note, text: "No newline at end of file")) }
      }
      left += olds
      right += news
      position = range.upperBound
    }
    return lines
  }

  /// Lines are counted from 1; of none, the line before is named.
  private static func place(_ start: Int, _ count: Int) -> String {
    count == 1 ? "\(start + 1)" : "\(count == 0 ? start : start + 1),\(count)"
  }
}
