import Foundation
public import Loader
public import RESTSource
internal import YAMLText
import Yams

/// A REST API that a declared load reads.
public struct DeclaredAPI: Sendable, Hashable {
  /// What is read.
  public let api: RESTAPI
  /// What it was declared with, which tells it from other APIs.
  public let text: String

  /// Relative paths of secret files start in the present folder, which is the workspace's.
  private static let folder = "."

  /// Reads what stands at `source.rest_api`: a whole declaration, or the path of a file that holds one.
  ///
  /// - Throws: ``LoadFileError`` with the line, or `LoadError` when the load is from no file.
  init(_ value: LoadValue, in document: LoadDocument, _ references: LoadReferences?) throws {
    if let path = value.string {
      guard references == nil else { throw LoadReferences.closed("source.rest_api") }
      self = try Self.file(path)
      return
    }
    guard let path = document.path, let text = document.text else {
      throw LoadError(.declaration, "a REST API is declared in a file", hint: "Run it with -f FILE.")
    }
    do {
      let root = try YAMLDocument.root(of: text)
      guard let node = root["source"]?["rest_api"] else {
        throw LoadError(.declaration, "source.rest_api says nothing", key: "source.rest_api")
      }
      let secrets = references.map { RESTSecretPlace.workspace($0.variables) } ?? .here(folder: Self.folder)
      api = try RESTAPI(node: node, place: "source.rest_api", secrets: secrets)
      self.text = text
    } catch let error as RESTSourceError {
      throw LoadFileError(error, path: path)
    } catch let error as YAMLDocumentError {
      throw LoadFileError(error.description, path: path, line: error.line)
    }
  }

  private init(api: RESTAPI, text: String) {
    self.api = api
    self.text = text
  }

  private static func file(_ path: String) throws -> DeclaredAPI {
    guard let text = try? String(contentsOfFile: path, encoding: .utf8) else {
      throw LoadError(
        .source, "cannot read the declaration of the API in '\(path)'",
        hint: "Give a file, or write client: and resources: here.", key: "source.rest_api")
    }
    do { return DeclaredAPI(api: try RESTAPI(yaml: text, folder: folder), text: text) } catch {
      throw LoadFileError(error, path: path)
    }
  }

  /// What the loader has to know of a resource, in the words of a declared load.
  ///
  /// - Throws: `LoadError` for what it cannot heed.
  public func hints(of resource: RESTResource) throws(LoadError) -> JSONObject {
    var hints = JSONObject()
    for hint in resource.hints {
      switch hint.key {
      case "table_name": hints["table"] = try Self.value(hint.value)
      case "columns": hints["columns"] = try Self.columns(hint.value)
      // A lake has one format of tables and files, and `references` says nothing that is stored.
      case "table_format", "file_format", "references": break
      case "nested_hints":
        throw LoadError(
          .declaration, "resource '\(resource.name)': nested_hints is not read here",
          hint: "Tables of lists get their columns from the rows.")
      default: hints[hint.key] = try Self.value(hint.value)
      }
    }
    return hints
  }

  /// dlt takes columns as an object by name, or as a list of objects with names.
  private static func columns(_ value: RESTSource.JSONValue) throws(LoadError) -> LoadValue {
    let read = try Self.value(value)
    guard let list = read.array else { return read }
    var columns = JSONObject()
    for element in list {
      guard var column = element.object, let name = column["name"]?.string else {
        throw LoadError(.declaration, "columns must be an object by name", key: "columns")
      }
      column["name"] = nil
      columns[name] = .object(column)
    }
    return .object(columns)
  }

  private static func value(_ value: RESTSource.JSONValue) throws(LoadError) -> LoadValue {
    do { return try LoadValue(parsing: value.jsonText) } catch {
      throw LoadError(.declaration, "a hint cannot be read: \(value.jsonText.prefix(60))")
    }
  }
}

extension LoadFileError {
  /// What is wrong with a declaration of an API, with its line in the file.
  init(_ error: RESTSourceError, path: String) {
    var plain = error
    plain.line = nil
    plain.hint = nil
    self.init(plain.description, hint: error.hint, path: path, line: error.line)
  }
}
