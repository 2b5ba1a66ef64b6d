import Foundation
public import Loader
import SQLText

/// A declared load: one source, one dataset, and what is said of all its tables or of some.
public struct DeclaredLoad: Sendable {
  /// Where the rows come from.
  public let source: DeclaredSource
  /// The lake; nil for the default one.
  public let lake: String?
  /// The schema of the lake that the tables go into.
  public let dataset: String
  /// The one table that all rows go into; nil to find out from the source.
  public let table: String?
  /// The tables to take, as the source calls them; empty for all.
  public let selection: [String]

  /// What is in the files; nil to find out from their names.
  public let format: String?

  /// The name that the books are kept under; nil for the dataset's name.
  public let pipeline: String?

  /// Whether rows are only added to tables, or take the place of all: nothing of what is there has to be looked through.
  public let isPlain: Bool
  /// Whether files become tables' own as they are, so that their rows are hardly read.
  public let copiesFiles: Bool

  private let document: LoadDocument
  /// What is said of all tables.
  private let common: JSONObject
  /// What is said of some, by the source's names.
  private let special: [String: JSONObject]

  /// The keys of a declared load that may stand below a table's name.
  private static let tableKeys = Load.keys.filter { !["source", "into", "pipeline"].contains($0) }

  /// - Parameter references: what the load may name of a server's workspace; nil for a load that a person runs on a machine.
  /// - Throws: ``LoadFileError`` with the line, or `LoadError` when the document is from no file.
  public init(_ document: LoadDocument, references: LoadReferences? = nil) throws {
    self.document = document
    do {
      guard var object = document.value.object else {
        throw LoadError(.declaration, "a load must be a list of `key: value` lines")
      }
      try Self.check(object.keys, Load.keys + ["tables"], what: "a load", below: "")
      guard let value = object["source"] else {
        throw LoadError(.declaration, "a load needs a source", hint: "Write source: data/orders/*.jsonl")
      }
      source = try DeclaredSource(value, in: document, references)
      (selection, special) = try Self.tables(object["tables"])
      object["tables"] = nil
      object["source"] = nil
      guard object["into"]?.string != nil else {
        throw LoadError(
          .declaration, "a load needs `into:`", hint: "Name a schema of a lake: into: main/sales", key: "into"
        )
      }
      // Read once with a stand-in for its source, so that what is wrong is told before anything is opened.
      let model = try Load(.object(object), source: .files(["data"]))
      var dispositions = [model.writeDisposition]
      for (name, settings) in special {
        do {
          let model = try Load(.object(Self.merged(object, settings)), source: .files(["data"]))
          dispositions.append(model.writeDisposition)
        } catch let error
          as LoadError
        {
          throw LoadError(
            error.code, error.message, hint: error.hint, key: "tables.\(name).\(error.key ?? "")")
        }
      }
      (lake, dataset) = (model.lake, model.dataset)
      copiesFiles = model.parquet == .copy
      isPlain = dispositions.allSatisfy { [.append, .skip, .replace(.truncateAndInsert)].contains($0) }
      table = object["table"]?.string
      format = object["format"]?.string
      pipeline = model.pipeline
      common = object
    } catch { throw document.located(error) }
  }

  /// The load of one table.
  ///
  /// - Parameters:
  ///   - name: what the source calls it.
  ///   - source: where its rows come from.
  ///   - hints: what the source says of the table: it goes before what is said of all tables, not before what is said
  ///     of this one.
  public func load(_ name: String, from source: LoadSource, hints: JSONObject = JSONObject()) throws -> Load {
    do {
      let settings = Self.merged(Self.merged(common, hints), special[name] ?? JSONObject())
      return try Load(.object(settings), source: source, table: name)
    } catch { throw document.located(error) }
  }

  /// The load in the words of a file.
  ///
  /// - Parameter source: where the rows come from, as it was found.
  public func document(from source: DeclaredSource) -> JSONObject {
    var object = JSONObject(pairs: ["source": source.document])
    for member in common.members { object[member.key] = member.value }
    return object
  }

  private static func merged(_ common: JSONObject, _ special: JSONObject) -> JSONObject {
    var merged = common
    for member in special.members { merged[member.key] = member.value }
    return merged
  }

  /// A list of names, or an object of what is said of each.
  private static func tables(_ value: JSONValue?) throws -> ([String], [String: JSONObject]) {
    switch value {
    case nil, .null?: return ([], [:])
    case .string(let text)?:
      return (text.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }, [:])
    case .array(let elements)?:
      let names = elements.compactMap(\.string)
      guard names.count == elements.count else {
        throw LoadError(.declaration, "`tables` must hold names of tables", key: "tables")
      }
      return (names, [:])
    case .object(let object)?:
      var special: [String: JSONObject] = [:]
      for member in object.members where member.value != .null {
        guard let settings = member.value.object else {
          throw LoadError(
            .declaration, "tables.\(member.key) must be a list of `key: value` lines",
            key: "tables.\(member.key)")
        }
        try check(settings.keys, tableKeys, what: "a table of a load", below: "tables.\(member.key).")
        special[member.key] = settings
      }
      return (object.keys, special)
    default: throw LoadError(.declaration, "`tables` must hold names of tables", key: "tables")
    }
  }

  private static func check(_ keys: [String], _ known: [String], what: String, below: String) throws {
    for key in keys where !known.contains(key) {
      let near = NearestName.suggestion(for: key, among: known)
      throw LoadError(
        .declaration, "\(what) has no '\(key)'",
        hint: near.map { "Did you mean '\($0)'?" } ?? "It may have: \(known.joined(separator: ", ")).",
        key: below + key)
    }
  }
}
