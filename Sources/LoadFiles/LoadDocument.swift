public import Loader
internal import YAMLText
import Yams

/// What people wrote: values in order, and the line of each key.
public struct LoadDocument: Sendable {
  /// The content.
  public let value: JSONValue
  /// The file; nil when the document was not read from one.
  public let path: String?
  /// The file's text; nil when the document was not read from one.
  let text: String?
  /// The line of each key, by the whole way to it: `columns.total.data_type`.
  private let lines: [String: Int]

  /// A document that was not read from a file.
  public init(_ value: JSONValue) {
    self.value = value
    (path, text) = (nil, nil)
    lines = [:]
  }

  /// Reads YAML, or JSON, which is checked as such when the file is named so.
  ///
  /// - Parameters:
  ///   - text: the file's text.
  ///   - path: the file, for messages.
  /// - Throws: ``LoadFileError`` with the line.
  public init(text: String, path: String) throws {
    self.path = path
    self.text = text
    let isJSON = path.lowercased().hasSuffix(".json")
    let json: JSONValue?
    do { json = isJSON ? try JSONValue(parsing: text) : nil } catch {
      throw LoadFileError("this is no readable JSON", path: path)
    }
    let root: Node
    do { root = try YAMLDocument.root(of: text) } catch {
      guard error.kind != .unreadable || json == nil else {
        (value, lines) = (json ?? .null, [:])
        return
      }
      let hint: String? =
        switch error.kind {
        case .empty: "tarn load init SOURCE shows a whole one."
        case .several: "Write each load into a file of its own."
        case .unreadable: nil
        }
      throw LoadFileError(error.description, hint: hint, path: path, line: error.line)
    }
    var reading = Reading(path: path)
    let read = try reading.value(of: root, below: "")
    value = json ?? read
    lines = reading.lines
  }

  /// An error of the loader with the place where it stands, when that is a file.
  func located(_ error: any Error) -> any Error {
    guard let path, let error = error as? LoadError, error.code == .declaration else { return error }
    var key = error.key ?? ""
    while lines[key] == nil, let dot = key.lastIndex(of: ".") { key = String(key[..<dot]) }
    return LoadFileError(error.message, hint: error.hint, path: path, line: lines[key])
  }
}

/// Turns nodes of YAML into values.
private struct Reading {
  let path: String
  var lines: [String: Int] = [:]

  mutating func value(of node: Node, below key: String) throws -> JSONValue {
    switch node {
    case .scalar(let scalar): return Self.value(of: node, scalar)
    case .sequence(let sequence):
      var values: [JSONValue] = []
      for element in sequence { values.append(try value(of: element, below: key)) }
      return .array(values)
    case .mapping(let mapping):
      var object = JSONObject()
      for (name, content) in mapping {
        guard case .scalar(let scalar) = name else {
          throw LoadFileError("a key must be a plain word", path: path, line: name.mark?.line)
        }
        guard object[scalar.string] == nil else {
          throw LoadFileError("'\(scalar.string)' stands twice", path: path, line: name.mark?.line)
        }
        let way = key.isEmpty ? scalar.string : "\(key).\(scalar.string)"
        lines[way] = name.mark?.line
        object[scalar.string] = try value(of: content, below: way)
      }
      return .object(object)
    }
  }

  /// Words without quotes may be numbers, truth values or nothing; times stay texts.
  private static func value(of node: Node, _ scalar: Node.Scalar) -> JSONValue {
    guard scalar.style == .plain || scalar.style == .any else { return .string(scalar.string) }
    if node.null != nil { return .null }
    if ["true", "false"].contains(scalar.string.lowercased()) {
      return .bool(scalar.string.lowercased() == "true")
    }
    if let number = Int(scalar.string) { return .int(number) }
    if scalar.string.wholeMatch(of: #/-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?/#) != nil {
      return .number(scalar.string)
    }
    return .string(scalar.string)
  }
}
