import Foundation
import LoadFiles
import Loader
import RESTSource

/// One resource of an API, and the load of its rows.
struct APIResource: Sendable {
  let name: String
  /// The load, but for its rows.
  let model: Load
  private let incremental: RESTIncremental?

  /// - Throws: `LoadError` or `LoadFileError` when the declaration cannot be meant.
  init(_ resource: RESTResource, of source: DeclaredAPI, in declared: DeclaredLoad) throws {
    name = resource.name
    incremental = resource.endpoint.incremental
    let nothing = ExtractedRows([], format: .jsonl, place: source.api.client.baseURL, identity: "")
    var model = try declared.load(
      resource.name, from: .extracted(nothing), hints: try source.hints(of: resource))
    guard model.incremental == nil else {
      throw LoadError(
        .declaration, "incremental belongs to the endpoint of a resource of the API",
        hint: "Write it below source.rest_api.resources, in endpoint.", key: "incremental")
    }
    try incremental.map { try Self.requireMeaning($0, of: resource.name) }
    model.incremental = incremental.flatMap(Self.filter)
    self.model = model
  }

  /// Under which the cursor is remembered; nil without one.
  var cursorPath: String? { incremental?.cursorPath.text }

  /// The load of what was read.
  func load(of table: ExtractedTable, _ rows: ExtractedRows, in folder: String) throws -> Load {
    var (load, rows) = (model, rows)
    if table.rows == 0 {
      load.incremental = nil
      // What is replaced is replaced by nothing, too.
      if case .replace = load.writeDisposition { rows.files = [try EmptyFile.make(name, in: folder)] }
    } else if model.incremental == nil, let incremental, let last = table.lastValue {
      rows.cursor = .init(
        path: incremental.cursorPath.text,
        initialValue: try incremental.initialValue.map { try LoadValue(parsing: $0.jsonText) } ?? .null,
        lastValue: last)
    }
    load.source = .extracted(rows)
    return load
  }

  // MARK: Incremental

  private static func requireMeaning(_ incremental: RESTIncremental, of resource: String) throws(LoadError) {
    for (key, only) in [("range_start", "closed"), ("range_end", "open")] {
      guard let value = incremental.hints.first(where: { $0.key == key })?.value, value != .string(only)
      else {
        continue
      }
      throw LoadError(
        .declaration, "resource '\(resource)': \(key) can only be '\(only)' here",
        hint: "Leave it out; rows with the last value are recognised when they come again.")
    }
  }

  /// The loader's own filter, which leaves out rows before the last value and those that came before; nil for cursors
  /// that it cannot follow, where the reader's word is taken.
  private static func filter(_ incremental: RESTIncremental) -> Incremental? {
    let path = incremental.cursorPath.text
    let isPlain = path.wholeMatch(of: #/[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)*/#) != nil
    guard isPlain, incremental.lastValue == .largest, incremental.missingCursor != .include,
      incremental.lag == nil || !isDate(incremental.initialValue)
    else { return nil }
    return Incremental(
      cursorPath: path, initialValue: text(incremental.initialValue), endValue: text(incremental.endValue),
      lag: incremental.lag)
  }

  /// Dates are texts to the loader, from which no time can be taken.
  private static func isDate(_ value: APIValue?) -> Bool {
    if case .string(let text) = value { text.count == 10 } else { false }
  }

  private static func text(_ value: APIValue?) -> String? {
    switch value {
    case .string(let text), .number(let text): text
    case .boolean(let flag): flag ? "true" : "false"
    case .null, .list, .object, nil: nil
    }
  }
}
