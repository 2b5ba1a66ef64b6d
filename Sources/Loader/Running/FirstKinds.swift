import DuckDB
import Lake
import SQLText

/// Finds out what came first at places that no row of the source's head had, and that have values of several kinds: the
/// first value decides a column's type.
struct FirstKinds: Sendable {
  let session: EngineSession
  let source: SourceText

  /// More places than this are left to the order of kinds: each may take a pass through the source.
  private static let limit = 32

  func find(in shape: inout Shape) async throws {
    for (number, path) in shape.unsettled(ShapePath()).prefix(Self.limit).enumerated() {
      guard let text = Self.jsonPath(path) else { continue }
      let value = "json_extract(json, \(SQLLiteral.string(text)))"
      let isThere =
        path.steps.contains(.element)
        ? "len(list_filter(\(value), lambda x: json_type(x) <> 'NULL')) > 0" : "json_type(\(value)) <> 'NULL'"
      let found = try await session.runTrusted("SELECT json FROM \(source.objects) WHERE \(isThere) LIMIT 1")
      guard let row = found.scalar()?.stringValue,
        let value = try JSONValue(reading: row).first(at: path.steps[...])
      else { continue }
      shape.settle(path.steps[...], value.kind, row: SourceReader.headRows + number)
    }
  }

  /// The place as DuckDB's JSON path; nil when it cannot be written as one.
  private static func jsonPath(_ path: ShapePath) -> String? {
    var text = "$"
    for step in path.steps {
      switch step {
      case .element: text += "[*]"
      case .member(let key):
        guard !key.isEmpty, !key.contains("\""), !key.contains("\\"), !key.contains("*") else { return nil }
        text += ".\"\(key)\""
      }
    }
    return text
  }
}

extension Shape {
  /// The places below whose first kind is not known and matters.
  fileprivate func unsettled(_ path: ShapePath) -> [ShapePath] {
    var paths: [ShapePath] = []
    let types = Set(
      kinds.subtracting([.null, .object, .emptyObject, .list, .emptyList]).each.map { kind in
        kind == .timestampText ? DataType.timestamp : ValueClass(kind)?.dataType
      })
    if firstRow(of: .scalars) == nil, types.count > 1, !path.steps.isEmpty { paths.append(path) }
    for member in members { paths += member.unsettled(path.member(member.key)) }
    if let element { paths += element.unsettled(path.element) }
    return paths
  }

  fileprivate mutating func settle(_ path: ArraySlice<ShapePath.Step>, _ kind: ValueKinds, row: Int) {
    guard let step = path.first else {
      firstRows[kind] = min(firstRows[kind] ?? .max, row)
      return
    }
    switch step {
    case .element:
      if !elements.isEmpty { elements[0].settle(path.dropFirst(), kind, row: row) }
    case .member(let key):
      guard let index = members.firstIndex(where: { $0.key == key }) else { return }
      members[index].settle(path.dropFirst(), kind, row: row)
    }
  }
}

extension JSONValue {
  /// The first scalar at a place, lists gone through in order.
  fileprivate func first(at path: ArraySlice<ShapePath.Step>) -> JSONValue? {
    guard let step = path.first else {
      switch self {
      case .null, .object, .array: return nil
      default: return self
      }
    }
    switch step {
    case .member(let key): return object?[key]?.first(at: path.dropFirst())
    case .element: return array?.lazy.compactMap { $0.first(at: path.dropFirst()) }.first
    }
  }

  /// What kind of value a scanner takes it for.
  fileprivate var kind: ValueKinds {
    var scanner = ShapeScanner()
    var text = text
    text.withUTF8 { scanner.scan(UnsafeRawBufferPointer($0), row: nil) }
    return scanner.shape.kinds
  }
}
