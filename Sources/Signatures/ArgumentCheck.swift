public import JSON
internal import SQLText

/// An argument that a script does not take, lacks, or cannot take as it is.
public struct ArgumentError: Error, Sendable, Hashable, CustomStringConvertible {
  /// One line: what is wrong, and what to do.
  public let description: String
}

extension Signature {
  /// Finds out whether a script can be called with these arguments. One that names a variable or a resource (`$var:…`, `$res:…`) fits
  /// anywhere.
  ///
  /// - Throws: ``ArgumentError`` with what is wrong first.
  public func check(_ arguments: JSONObject) throws(ArgumentError) {
    if takesOneObject { return }
    let names = parameters.map(\.name)
    if !takesOthers, let unknown = arguments.keys.first(where: { !names.contains($0) }) {
      let near = NearestName.suggestion(for: unknown, among: names).map { "did you mean '\($0)'?" }
      let hint =
        near
        ?? (names.isEmpty ? "the script takes none" : "the script takes \(names.joined(separator: ", "))")
      throw ArgumentError(description: "there is no argument '\(unknown.prefix(80))'; \(hint)")
    }
    for parameter in parameters {
      guard let value = arguments[parameter.name] else {
        if parameter.isOptional { continue }
        throw ArgumentError(
          description: "argument '\(parameter.name)' is missing: \(parameter.type.phrase)")
      }
      // A null stands for the default, as forms send it for a field that is left empty.
      if parameter.isOptional, value == .null { continue }
      // What it names is put in later.
      if case .string(let text) = value, text.hasPrefix("$var:") || text.hasPrefix("$res:") { continue }
      guard let (place, type, found) = parameter.type.misfit(value) else { continue }
      throw ArgumentError(
        description:
          "argument '\(parameter.name)\(place)' must be \(type.phrase); it is \(Self.phrase(of: found))")
    }
  }

  /// A value as a message shows it: an argument may hold a secret, so only its kind.
  private static func phrase(of value: JSONValue) -> String {
    switch value {
    case .null: "null, or missing"
    case .bool: "true or false"
    case .number: "a number"
    case .string: "text"
    case .array: "a list"
    case .object: "an object"
    }
  }
}
