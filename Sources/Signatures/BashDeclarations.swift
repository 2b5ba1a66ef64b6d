internal import JSON

/// The lines of a script in Bash that name its arguments: `name="$1"`, `name="${2:-default}"`.
enum BashDeclarations {
  static func signature(of content: String) -> Signature {
    var found: [Int: Signature.Parameter] = [:]
    for line in content.split(whereSeparator: \.isNewline) {
      guard let (place, parameter) = declaration(line), found[place] == nil else { continue }
      found[place] = parameter
    }
    let last = found.keys.max() ?? 0
    // Numbers without a name have a place, too.
    return Signature(
      last == 0
        ? []
        : (1...last).map { found[$0] ?? Signature.Parameter("arg\($0)", .word, default: .string("")) })
  }

  private static func declaration(_ line: Substring) -> (Int, Signature.Parameter)? {
    let pattern =
      #/^(?:(?:local|export|readonly|declare) +)?([A-Za-z_][A-Za-z0-9_]*)=("?)\$(?:([1-9][0-9]?)|\{([1-9][0-9]?)(?::?-(.*?))?(?::?\?.*?)?\})\2[ \t]*(?:#.*|;.*)?$/#
    guard let match = try? pattern.wholeMatch(in: line),
      let place = (match.3 ?? match.4).flatMap({ Int($0) })
    else { return nil }
    let fallback = match.5.map { JSONValue.string(unquoted(String($0))) }
    return (place, Signature.Parameter(String(match.1), .word, default: fallback))
  }

  private static func unquoted(_ text: String) -> String {
    for quote in ["\"", "'"] where text.count >= 2 && text.hasPrefix(quote) && text.hasSuffix(quote) {
      return String(text.dropFirst().dropLast())
    }
    return text
  }
}
