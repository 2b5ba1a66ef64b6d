import Foundation

/// A schema as `_dlt_version` keeps it: all tables that one source loads into a dataset.
///
/// What Tarn does not know in it is kept as it is, so that dlt finds it again.
public struct StoredSchema: Sendable, Hashable {
  /// The version of the format that Tarn writes, and the only one that it reads.
  static let engineVersion = 11

  /// What stands in the document besides the tables.
  private var json: JSONObject
  /// The tables in order.
  public var tables: [TableSchema]

  /// A new schema with the tables that every schema has.
  ///
  /// - Parameter name: letters, digits and underscores, no digit first, at most 64 characters.
  public init(name: String) {
    json = JSONObject(pairs: [
      "version": .int(1), "version_hash": .string(""), "engine_version": .int(Self.engineVersion),
      "name": .string(name), "tables": .null,
      "settings": .object(
        JSONObject(pairs: [
          "detections": .array([.string("iso_timestamp")]),
          "default_hints": .object(
            JSONObject(pairs: [
              "not_null": .array(SystemColumns.notNull.map { .string($0) }),
              "parent_key": .array([.string(SystemColumns.parentID)]),
              "root_key": .array([.string(SystemColumns.rootID)]),
              "unique": .array([.string(SystemColumns.id)]),
              "row_key": .array([.string(SystemColumns.id)]),
            ])),
        ])),
      "normalizers": .object(
        JSONObject(pairs: [
          "names": .string("snake_case"),
          "json": .object(JSONObject(pairs: ["module": .string("dlt.common.normalizers.json.relational")])),
        ])),
      "previous_hashes": .array([]),
    ])
    tables = [SystemTables.version, SystemTables.loads]
    json["version_hash"] = .string(contentHash)
  }

  /// Reads a stored schema.
  ///
  /// - Throws: ``LoadError`` with code `destination` when it is of another format.
  public init(parsing text: String) throws {
    guard let document = try JSONValue(reading: text).object else {
      throw LoadError(.destination, "a stored schema is no JSON object")
    }
    guard document["engine_version"]?.int == Self.engineVersion else {
      throw LoadError(
        .destination,
        "the schema '\(document["name"]?.string ?? "?")' in _dlt_version has format \(document["engine_version"]?.text ?? "?"), not \(Self.engineVersion)",
        hint:
          "Load once with dlt 1.31 or a newer one that writes format \(Self.engineVersion), or into another schema."
      )
    }
    json = document
    tables = (document["tables"]?.object?.members ?? []).compactMap { member in
      member.value.object.map { TableSchema(name: member.key, stored: $0) }
    }
  }

  /// The schema's name.
  public var name: String { json["name"]?.string ?? "" }
  /// How often it has been changed, from 1.
  public var version: Int { json["version"]?.int ?? 1 }
  /// What its content is known by.
  public var versionHash: String { json["version_hash"]?.string ?? "" }

  /// A table by its name.
  public func table(_ name: String) -> TableSchema? { tables.first { $0.name == name } }

  /// A table by its name; a new one is added at the end.
  public subscript(_ name: String) -> TableSchema? {
    get { table(name) }
    set {
      guard let newValue else { return tables.removeAll { $0.name == name } }
      if let index = tables.firstIndex(where: { $0.name == name }) {
        tables[index] = newValue
      } else {
        tables.append(newValue)
      }
    }
  }

  /// A table and all tables below it, parents first.
  public func chain(of root: String) -> [TableSchema] {
    guard let table = table(root) else { return [] }
    return [table] + tables.filter { $0.parent == root }.flatMap { chain(of: $0.name) }
  }

  /// A setting of how rows become tables: `propagation` and the like.
  var normalizerConfiguration: JSONObject {
    get { json["normalizers"]?.object?["json"]?.object?["config"]?.object ?? JSONObject() }
    set {
      var normalizers = json["normalizers"]?.object ?? JSONObject()
      var module = normalizers["json"]?.object ?? JSONObject()
      module["config"] = newValue.members.isEmpty ? nil : .object(newValue)
      normalizers["json"] = .object(module)
      json["normalizers"] = .object(normalizers)
    }
  }

  /// Counts the version up when the content has changed since it was stored.
  public mutating func bump() {
    let hash = contentHash
    let previous = versionHash
    guard hash != previous else { return }
    json["version"] = .int(version + 1)
    var hashes = json["previous_hashes"]?.array ?? []
    if !hashes.contains(.string(previous)) { hashes.insert(.string(previous), at: 0) }
    json["previous_hashes"] = .array(Array(hashes.prefix(10)))
    json["version_hash"] = .string(hash)
  }

  /// The document as it is stored.
  public var text: String { document.text }

  private var document: JSONValue {
    var document = json
    document["tables"] = .object(JSONObject(tables.map { .init(key: $0.name, value: $0.stored) }))
    return .object(document)
  }

  /// What the content is known by: a hash of it, and of the order of the columns.
  var contentHash: String {
    guard case .object(var content) = document else { return "" }
    for key in ["version", "version_hash", "imported_version_hash", "previous_hashes"] { content[key] = nil }
    var bytes = Array(JSONValue.object(content).sortedText.utf8)
    for table in tables.sorted(by: { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }) {
      bytes += Array(table.name.utf8)
      for column in table.columns { bytes += Array(column.name.utf8) }
    }
    return Data(Keccak.sha3(bytes)).base64EncodedString()
  }
}
