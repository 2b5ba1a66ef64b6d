import DuckDB
import Foundation
import LakeSettings
import SQLText

/// What stands with a commit: who and why, the keys it answers to, and a name by which it is found when the reply to
/// COMMIT was lost.
///
/// It is kept in the snapshot's `commit_extra_info`, as one JSON object:
/// `{"commit":"…","keys":["…"],"tarn":1}` and whatever the message adds.
struct CommitNote: Sendable {
  /// The commit's name, unlike any other.
  let id: String
  var keys: [String] = []
  var message: CommitMessage?
  /// The script has set a message that only the engine can read.
  var isLeftToScript = false
  /// The snapshot before the commit, where the commit cannot bear a name.
  var base: Int64?

  init(keys: [String] = [], message: CommitMessage? = nil) {
    id = UUID().uuidString.lowercased()
    self.keys = keys
    self.message = message
  }

  /// The JSON object of `commit_extra_info`; nil when the message's own is no JSON object, which then stays as it is.
  var extraInfo: String? {
    var object: [String: Any] = [:]
    if let given = message?.extraInfo {
      guard let parsed = Self.object(in: given) else { return nil }
      object = parsed
    }
    object["tarn"] = 1
    object["commit"] = id
    let all = (object["keys"] as? [String] ?? []) + keys
    if !all.isEmpty { object["keys"] = all }
    guard
      let data = try? JSONSerialization.data(
        withJSONObject: object, options: [.sortedKeys, .withoutEscapingSlashes])
    else { return nil }
    return String(decoding: data, as: UTF8.self)
  }

  /// A text as a JSON string.
  static func jsonString(_ text: String) -> String {
    let data = try? JSONSerialization.data(
      withJSONObject: text, options: [.fragmentsAllowed, .withoutEscapingSlashes])
    return String(decoding: data ?? Data("\"\"".utf8), as: UTF8.self)
  }

  /// The statement that sets it for the open transaction. DuckLake takes literals only.
  func call(on lake: LakeName) -> String {
    func literal(_ text: String?) -> String { text.map(SQLLiteral.string) ?? "NULL" }
    return """
      CALL ducklake_set_commit_message(\(SQLLiteral.string(lake.catalogAlias)), \(literal(message?.author)), \
      \(literal(message?.text)), extra_info => \(literal(extraInfo ?? message?.extraInfo)))
      """
  }

  /// What finds the snapshot of this commit among others' in the catalog.
  var condition: String {
    // Whoever holds the turn makes the next snapshot; only a program that knows of no turns could come between.
    if let base { return "snapshot_id > \(base)" }
    return "commit_extra_info LIKE \(SQLLiteral.string("%\"commit\":\"\(id)\"%"))"
  }
}

extension CommitMessage {
  /// What a script's `CALL set_commit_message('author', 'text', extra_info => '…')` says; nil when it is written in
  /// another way.
  init?(call tokens: [SQLToken]) {
    guard let open = tokens.firstIndex(where: { $0.text == "(" }), tokens.last?.text == ")" else {
      return nil
    }
    var arguments = tokens[(open + 1)...].dropLast().split(whereSeparator: { $0.text == "," }).map(Array.init)
    // `ducklake_set_commit_message` names its lake first.
    if tokens[open - 1].value.lowercased().hasPrefix("ducklake_") { arguments = Array(arguments.dropFirst()) }
    guard arguments.count == 2 || arguments.count == 3, arguments[0].count == 1, arguments[1].count == 1,
      arguments[0][0].kind == .string, arguments[1][0].kind == .string
    else { return nil }
    self.init(author: arguments[0][0].value, text: arguments[1][0].value)
    guard arguments.count == 3 else { return }
    let extra = arguments[2]
    guard extra.first?.isWord("extra_info") == true, let value = extra.last, value.kind == .string else {
      return nil
    }
    extraInfo = value.value
  }
}
