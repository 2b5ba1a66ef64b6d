import Foundation
public import LoadFiles
public import Loader
import RESTSource
import SQLText

/// The resources of a declared REST API, read into files of one JSON object a line.
public struct APIExtraction: Extraction {
  private let declared: DeclaredLoad
  private let source: DeclaredAPI
  private let resources: [APIResource]
  /// Where the files lie when the loads are made.
  private let folder: String

  /// Where an API is, for people.
  public static func place(of source: DeclaredAPI) -> String { source.api.client.baseURL }

  /// - Parameters:
  ///   - declared: the load that reads the API.
  ///   - source: the API.
  ///   - folder: where ``extract(into:_:progress:)`` will make the files.
  /// - Throws: an error with the line when the declaration cannot be meant; nothing has been requested then.
  public init(_ declared: DeclaredLoad, _ source: DeclaredAPI, folder: String) throws {
    self.declared = declared
    self.source = source
    self.folder = folder
    resources = try Self.chosen(declared, source).map { try APIResource($0, of: source, in: declared) }
    if declared.table != nil, resources.count > 1 {
      throw LoadError(
        .declaration, "\(resources.count) resources cannot go into one table",
        hint: "Say tables: [NAME], or give each resource a table_name.")
    }
    if declared.format != nil {
      throw LoadError(.declaration, "format says nothing of an API, which answers in JSON", key: "format")
    }
  }

  /// What tells the load of an API from others.
  public static func identity(of declared: DeclaredLoad, _ source: DeclaredAPI) -> String {
    "\(declared.lake ?? "")/\(declared.dataset) \(declared.selection)\n\(source.text)"
  }

  public var identity: String { Self.identity(of: declared, source) }

  public func extract(
    into folder: String, _ loader: Loader, progress: @escaping @Sendable (ExtractProgress) -> Void
  ) async throws -> [ExtractedTable] {
    let cursors = resources.reduce(into: [:]) { $0[$1.model.table] = $1.cursorPath }
    let known =
      cursors.isEmpty
      ? [:]
      : try await loader.lastValues(of: cursors, in: declared.dataset, pipeline: declared.pipeline)
    let extracts = try await RESTExtractor(source.api).extract(
      into: folder, resources: Set(resources.map(\.name)),
      lastValues: try resources.reduce(into: [:]) { values, resource in
        values[resource.name] = try known[resource.model.table].map { try APIValue(jsonText: $0.text) }
      },
      progress: {
        progress(
          ExtractProgress(table: $0.resource, rows: $0.rows, bytes: $0.bytes, requests: $0.requests))
      })
    return try extracts.map { extract in
      ExtractedTable(
        extract.resource, files: extract.files.map { ($0 as NSString).lastPathComponent }, format: .jsonl,
        rows: extract.rows, lastValue: try extract.lastValue.map { try LoadValue(parsing: $0.jsonText) })
    }
  }

  public func loads(of contents: ExtractFolder.Contents) throws -> [Load] {
    try resources.compactMap { resource in
      guard let table = contents.tables.first(where: { $0.name == resource.name }) else { return nil }
      let rows = ExtractedRows(
        table.files.map { folder + "/" + $0 }, format: table.format,
        place: "\(source.api.client.baseURL) \(resource.name)",
        identity: ExtractedRows.fileName(for: identity), loadID: contents.loadID)
      return try resource.load(of: table, rows, in: folder)
    }
  }

  /// The resources to load: those that the load names, else those that the declaration selects.
  private static func chosen(_ declared: DeclaredLoad, _ source: DeclaredAPI) throws -> [RESTResource] {
    let names = source.api.resources.map(\.name)
    for name in declared.selection where !names.contains(name) {
      let near = NearestName.suggestion(for: name, among: names)
      throw LoadError(
        .declaration, "the API has no resource '\(name)'",
        hint: near.map { "Did you mean '\($0)'?" } ?? "Declared are: \(names.joined(separator: ", ")).",
        key: "tables")
    }
    let chosen = source.api.resources.filter {
      declared.selection.isEmpty ? $0.isSelected : declared.selection.contains($0.name)
    }
    guard !chosen.isEmpty else {
      throw LoadError(.declaration, "no resource of the API is selected", key: "source.rest_api")
    }
    return chosen
  }
}
