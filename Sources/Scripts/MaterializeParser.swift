internal import SQLText

/// Reads what follows `-- materialize`.
enum MaterializeParser {
  private typealias Problem = AnnotationParser.Problem

  private static let options = ["append", "history", "key", "track", "deletes", "on_schema_change"]

  /// What was read so far.
  private struct Options {
    var isAppend = false
    var isHistory = false
    var key: [String] = []
    var track: [String] = []
    var closesDeleted = false
    var onSchemaChange = Materialization.SchemaChange.fail
  }

  /// Reads the words, or gives nil when they are prose: no asset stands where one belongs.
  static func parse(_ words: [CommentWord]) throws(AnnotationParser.Problem) -> Materialization? {
    var rest = words[...]
    var isManual = false
    var options = Options()
    if let mode = rest.first?.text, mode == "manual" || mode == "scd2" {
      isManual = mode == "manual"
      options.isHistory = mode == "scd2"
      rest = rest.dropFirst()
    }
    guard let target = rest.first, Asset.isMeant(by: target.text) else { return nil }
    let asset = try AnnotationParser.asset(target)
    guard asset.kind == .ducklake, asset.name != nil else {
      throw Problem(
        column: target.column, message: "`\(target.text)` is not a table of a lake",
        hint: "write -- materialize ducklake://main/orders")
    }
    for word in rest.dropFirst() { try read(word, into: &options) }
    let strategy = try strategy(options, isManual: isManual, column: target.column)
    return Materialization(target: asset, strategy: strategy, onSchemaChange: options.onSchemaChange)
  }

  private static func read(_ word: CommentWord, into options: inout Options) throws(Problem) {
    let halves = word.text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(
      String.init)
    let value = halves.count == 2 ? halves[1] : nil
    switch (halves[0], value) {
    case ("append", nil): options.isAppend = true
    case ("history", nil): options.isHistory = true
    case ("key", let columns?): options.key = try Self.columns(columns, word)
    case ("track", let columns?): options.track = try Self.columns(columns, word)
    case ("deletes", "close"): options.closesDeleted = true
    case ("on_schema_change", let change?):
      guard let known = Materialization.SchemaChange(rawValue: change) else {
        throw Problem(
          column: word.column, message: "`\(word.text)` is not a way to treat changed columns",
          hint: "write on_schema_change=fail, =ignore or =sync")
      }
      options.onSchemaChange = known
    case ("key", nil), ("track", nil):
      throw Problem(
        column: word.column, message: "`\(word.text)` lacks its columns", hint: "write \(word.text)=id")
    case ("deletes", _):
      throw Problem(
        column: word.column, message: "`\(word.text)` is not a way to treat deleted rows",
        hint: "write deletes=close")
    default:
      let near = NearestName.suggestion(for: halves[0], among: Self.options)
      throw Problem(
        column: word.column, message: "`\(word.text)` is not an option of materialize",
        hint: near.map { "did you mean `\($0)`?" }
          ?? "it takes append, key=COLUMNS, history, track=COLUMNS, deletes=close, on_schema_change=sync"
      )
    }
  }

  private static func columns(_ text: String, _ word: CommentWord) throws(Problem) -> [String] {
    var names: [String] = []
    for (part, _) in text.split(outsideQuotes: { $0 == "," }) {
      let name = part.unquoted() ?? part
      guard !name.isEmpty else {
        throw Problem(
          column: word.column, message: "`\(word.text)` lacks a column",
          hint: "write columns with commas and no blanks between them: key=id,day")
      }
      names.append(name)
    }
    return names
  }

  private static func strategy(
    _ options: Options, isManual: Bool, column: Int
  ) throws(Problem) -> Materialization.Strategy {
    let hasHistoryOptions = !options.track.isEmpty || options.closesDeleted
    if isManual {
      guard !options.isAppend, !options.isHistory, options.key.isEmpty, !hasHistoryOptions else {
        throw Problem(
          column: column,
          message: "a manual script writes its table itself, so append, key and history have no meaning",
          hint: "leave out `manual`, or the options")
      }
      return .manual
    }
    if options.isHistory {
      guard !options.key.isEmpty, !options.isAppend else {
        throw Problem(
          column: column,
          message: options.isAppend ? "append and history exclude each other" : "history needs a key",
          hint: "write key=id history")
      }
      return .history(key: options.key, track: options.track, closesDeleted: options.closesDeleted)
    }
    if hasHistoryOptions {
      throw Problem(
        column: column, message: "track and deletes belong to history",
        hint: "write key=id history track=name")
    }
    guard options.key.isEmpty || !options.isAppend else {
      throw Problem(
        column: column, message: "append and key exclude each other",
        hint: "append adds rows as they are, key=id replaces rows with the same key")
    }
    if options.isAppend { return .append }
    return options.key.isEmpty ? .replace : .merge(key: options.key)
  }
}
