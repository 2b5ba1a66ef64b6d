import SQLText

/// A function call as the tokens show it.
struct CallMention: Sendable, Hashable {
  /// An argument's value as far as tokens tell it.
  enum Value: Sendable, Hashable {
    case text(String)
    case texts([String])
    case parameter(String)
    case other
  }

  struct Argument: Sendable, Hashable {
    /// The name of a named argument (`schema => 's'`), folded to lower case.
    let name: String?
    let value: Value
  }

  let name: SQLName
  /// Whether it stands where a table stands, or after CALL.
  let isTable: Bool
  let arguments: [Argument]

  var function: String { name.folded.last ?? "" }

  /// The positional argument at an index, if it is a constant text.
  func text(at index: Int) -> String? {
    let positional = arguments.filter { $0.name == nil }
    guard positional.indices.contains(index), case .text(let text) = positional[index].value else {
      return nil
    }
    return text
  }

  /// The value of a named argument, if it is a constant text.
  func text(named name: String) -> String? {
    for argument in arguments where argument.name == name {
      if case .text(let text) = argument.value { return text }
    }
    return nil
  }
}

/// A file named in the place of a table.
struct FileMention: Sendable, Hashable {
  let path: FilePath
  let line: Int
  let column: Int
}

/// Everything that a walk over tokens found.
struct Mentions: Sendable, Hashable {
  var tables: [SQLName] = []
  /// Tables named in texts, `query('SELECT …')`: no parser of the outer query sees these.
  var quotedTables: [SQLName] = []
  var files: [FileMention] = []
  var calls: [CallMention] = []
}

extension TokenList {
  /// Reads the arguments between the brackets of a call.
  func arguments(_ range: Range<Int>) -> [CallMention.Argument] {
    splitAtCommas(range).map { piece in
      var start = piece.lowerBound
      var name: String?
      if let first = self[start], first.isName, let end = assignmentEnd(start + 1), end < piece.upperBound {
        name = SQLIdentifier.folded(first.value)
        start = end
      }
      return CallMention.Argument(name: name, value: value(start..<piece.upperBound))
    }
  }

  /// The index after `=`, `:=` or `=>` at `index`, however the tokenizer cuts these.
  private func assignmentEnd(_ index: Int) -> Int? {
    var text = ""
    var next = index
    while let token = self[next], token.kind == .symbol, token.text.allSatisfy({ ":=>".contains($0) }) {
      text += token.text
      next += 1
    }
    return ["=", ":=", "=>"].contains(text) ? next : nil
  }

  private func value(_ range: Range<Int>) -> CallMention.Value {
    guard let first = self[range.lowerBound] else { return .other }
    if range.count == 1 {
      switch first.kind {
      case .string: return .text(first.value)
      case .parameter: return .parameter(first.value)
      default: return .other
      }
    }
    // A list: ['a', 'b'], ARRAY['a'], or ('a', 'b').
    let open = first.isWord("array") || first.isWord("list_value") ? range.lowerBound + 1 : range.lowerBound
    guard isSymbol(open, "[") || isSymbol(open, "("), let close = close(of: open),
      close == range.upperBound - 1
    else { return .other }
    var texts: [String] = []
    for piece in splitAtCommas(open + 1..<close) {
      guard piece.count == 1, let item = self[piece.lowerBound], item.kind == .string else { return .other }
      texts.append(item.value)
    }
    return .texts(texts)
  }
}
