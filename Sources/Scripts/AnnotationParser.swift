internal import SQLText

/// Reads annotations.
///
/// A comment is an annotation by its shape, never by its first word alone, so that prose is left alone: `on`
/// needs an asset or the kind of a trigger after it, `pipeline` has to stand alone, `retry` needs a number.
/// Only `data_test`, which nobody writes in prose, is always meant as one.
struct AnnotationParser {
  /// What is wrong with an annotation.
  struct Problem: Error {
    let column: Int
    let message: String
    let hint: String
  }

  /// Reads the comment at `index`, or gives nil when it is no annotation.
  ///
  /// - Returns: The annotation, and how many of the following comments belong to it.
  static func parse(
    _ comments: [CommentLine], at index: Int
  ) throws(Problem) -> (annotation: ScriptAnnotation, continuations: Int)? {
    let comment = comments[index]
    let words = comment.text.words(from: comment.column)
    guard let keyword = words.first else { return nil }
    let rest = Array(words.dropFirst())
    var continuations = 0
    let kind: ScriptAnnotation.Kind?
    switch keyword.text {
    case "pipeline": kind = rest.isEmpty ? .pipeline : nil
    case "on": kind = try on(rest)
    case "materialize": kind = try MaterializeParser.parse(rest).map { .materialize($0) }
    case "data_test":
      continuations = Self.continuations(of: comments, at: index)
      let following = comments[(index + 1)...].prefix(continuations).map(\.text)
      let parsed = try DataTestParser.parse(comment, following: following)
      continuations = parsed.continuations
      kind = .dataTest(parsed.test)
    default:
      kind = isOther(keyword.text, rest.map(\.text)) ? other(comment.text, keyword.text) : nil
    }
    guard let kind else { return nil }
    let annotation = ScriptAnnotation(
      kind: kind, text: comment.text, line: comment.line, column: comment.column)
    return (annotation, continuations)
  }

  /// How many comments follow directly and are indented further.
  private static func continuations(of comments: [CommentLine], at index: Int) -> Int {
    comments[(index + 1)...].enumerated().prefix { offset, following in
      following.line == comments[index].line + offset + 1 && following.indent > comments[index].indent
    }.count
  }

  private static let triggerKinds: Set<String> = [
    "schedule", "webhook", "email", "kafka", "mqtt", "nats", "postgres", "sqs", "gcp", "data_upload",
  ]

  private static func on(_ words: [CommentWord]) throws(Problem) -> ScriptAnnotation.Kind? {
    guard let first = words.first else { return nil }
    if words.count == 1, triggerKinds.contains(first.text) { return .other(name: "on", text: first.text) }
    guard Asset.isMeant(by: first.text) else { return nil }
    let asset = try asset(first)
    if let extra = words.dropFirst().first(where: { !$0.text.hasPrefix("debounce=") }) {
      throw Problem(
        column: extra.column, message: "`\(extra.text)` after the asset of `on`",
        hint: "write one asset on each line: -- on \(asset)")
    }
    return .on(asset)
  }

  static func asset(_ word: CommentWord) throws(Problem) -> Asset {
    do throws(NameSyntaxError) {
      return try Asset(parsing: word.text)
    } catch {
      throw Problem(column: word.column, message: error.message, hint: error.hint)
    }
  }

  private static func other(_ text: String, _ name: String) -> ScriptAnnotation.Kind {
    .other(name: name, text: text.dropFirst(name.count).trimmed)
  }

  private static func isOther(_ name: String, _ words: [String]) -> Bool {
    switch name {
    case "partitioned": ["daily", "hourly", "weekly", "monthly", "dynamic"].contains(words.first)
    case "column": words.contains("<-")
    case "trigger": words == ["all"] || words == ["any"]
    case "debounce", "freshness": words.count == 1 && isDuration(words[0])
    case "retry":
      (1...2).contains(words.count) && Int(words[0]) != nil && words.dropFirst().allSatisfy(isDuration)
    case "tag": words.count == 1
    case "macros": words.isEmpty
    case "use": words.count == 1 && words[0].contains("/")
    default: false
    }
  }

  /// `90s`, `5m`, `1h30m`.
  private static func isDuration(_ text: String) -> Bool {
    text.first?.isNumber == true && text.last.map { "smhdw".contains($0) } == true
      && text.allSatisfy { $0.isNumber || "smhdw.".contains($0) }
  }
}
