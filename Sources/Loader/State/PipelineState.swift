import Foundation

/// What a pipeline remembers from load to load, as `_dlt_pipeline_state` keeps it: above all where incremental loads
/// have come to. dlt restores it from there.
struct PipelineState: Sendable, Hashable {
  static let engineVersion = 4
  private(set) var json: JSONObject

  /// The state of a pipeline that has not loaded yet.
  init(pipeline: String, dataset: String) {
    json = JSONObject(pairs: [
      "_state_version": .int(0), "_state_engine_version": .int(Self.engineVersion),
      "pipeline_name": .string(pipeline), "dataset_name": .string(dataset), "default_schema_name": .null,
      "schema_names": .array([]), "destination_type": .string("dlt.destinations.ducklake"),
      "destination_name": .null,
    ])
  }

  /// Reads a state from the form that it is stored in.
  init(stored: String) throws {
    guard let object = try JSONValue(reading: try StateCompression.decompress(stored)).object else {
      throw LoadError(.destination, "a state in \(SystemTables.stateName) is no JSON object")
    }
    json = object
  }

  var version: Int { json["_state_version"]?.int ?? 0 }
  var versionHash: String { json["_version_hash"]?.string ?? "" }

  /// Notes that the pipeline loads into a schema.
  mutating func add(schema: String) {
    if json["default_schema_name"]?.string == nil { json["default_schema_name"] = .string(schema) }
    var names = json["schema_names"]?.array ?? []
    if !names.contains(.string(schema)) { names.append(.string(schema)) }
    json["schema_names"] = .array(names)
  }

  /// What a resource of a source remembers: dlt keeps it under `sources.SCHEMA.resources.TABLE`.
  subscript(schema: String, resource: String) -> JSONObject? {
    get {
      json["sources"]?.object?[schema]?.object?["resources"]?.object?[resource]?.object
    }
    set {
      var sources = json["sources"]?.object ?? JSONObject()
      var source = sources[schema]?.object ?? JSONObject()
      var resources = source["resources"]?.object ?? JSONObject()
      resources[resource] = newValue.map { .object($0) }
      source["resources"] = .object(resources)
      sources[schema] = .object(source)
      json["sources"] = .object(sources)
    }
  }

  /// Notes that tables of a schema are gone. A dlt elsewhere takes schemas from the lake only when the state there is
  /// newer than its own, so a drop must show in it.
  mutating func note(dropped tables: [String], of schema: String, load: String) {
    var sources = json["sources"]?.object ?? JSONObject()
    var source = sources[schema]?.object ?? JSONObject()
    source["tarn_dropped"] = .object(
      JSONObject(pairs: ["load": .string(load), "tables": .array(tables.map { .string($0) })]))
    sources[schema] = .object(source)
    json["sources"] = .object(sources)
  }

  /// Counts the version up when something has changed since it was stored.
  ///
  /// - Returns: whether it has.
  mutating func bump() -> Bool {
    let hash = contentHash
    guard hash != versionHash else { return false }
    json["_state_version"] = .int(version + 1)
    json["_version_hash"] = .string(hash)
    return true
  }

  /// What the content is known by.
  var contentHash: String {
    var content = json
    for key in ["_state_version", "_state_engine_version", "_version_hash", "_local"] { content[key] = nil }
    return Data(Keccak.sha3(Array(JSONValue.object(content).sortedText.utf8))).base64EncodedString()
  }

  /// The form that it is stored in.
  var stored: String {
    get throws(LoadError) {
      var content = json
      content["_local"] = nil
      return try StateCompression.compress(JSONValue.object(content).text)
    }
  }
}
