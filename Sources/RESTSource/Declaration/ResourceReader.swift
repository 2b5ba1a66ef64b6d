import LakeSettings
import SQLText
import Yams

/// Reads the entries of `resources:`, each completed by `resource_defaults:`.
struct ResourceReader {
  private static let hintKeys = [
    "table_name", "columns", "primary_key", "merge_key", "write_disposition", "schema_contract",
    "max_table_nesting",
    "table_format", "file_format", "references", "nested_hints",
  ]
  private static let keys =
    ["name", "endpoint", "include_from_parent", "selected", "parallelized"] + hintKeys

  let defaults: DeclarationReader?
  let place: String
  let secrets: RESTSecretPlace

  func resource(_ node: Node) throws(RESTSourceError) -> RESTResource {
    // A bare word is a resource of that name and path.
    var entry = node
    if case .scalar(let scalar) = node, !scalar.string.isEmpty {
      entry = Node.mapping(.init([(Node("name"), node)], .implicit, .any, node.mark))
    }
    let unnamed = try DeclarationReader(entry, place: place, secrets: secrets)
    let name = try unnamed.requiredText("name")
    let place = "\(place).\(name)"
    let reader = try DeclarationReader(entry, place: place, secrets: secrets, defaults: defaults)
    try reader.allowOnly(
      Self.keys,
      refused: ["processing_steps": "It is Python; filter and change the rows in SQL once they are loaded"])
    var resource = RESTResource(
      name: name, endpoint: try endpoint(reader, own: unnamed, name: name, place: place))
    resource.isSelected = try reader.boolean("selected") ?? true
    resource.isParallel = try reader.boolean("parallelized") ?? true
    resource.includeFromParent = try reader.texts("include_from_parent")
    for key in Self.hintKeys {
      guard var value = try reader.value(key) else { continue }
      if key == "columns", let common = try defaults?.value(key) { value = Self.merged(common, value) }
      resource.hints.append(.init(key: key, value: value))
    }
    return resource
  }

  /// Columns of both; a column that both have gets the hints of both, the resource's first.
  private static func merged(_ common: JSONValue, _ own: JSONValue) -> JSONValue {
    guard case .object(var members) = common, case .object(let ownMembers) = own else { return own }
    for member in ownMembers {
      if let index = members.firstIndex(where: { $0.key == member.key }) {
        members[index].value = merged(members[index].value, member.value)
      } else {
        members.append(member)
      }
    }
    return .object(members)
  }

  // MARK: Endpoint

  private func endpoint(
    _ resource: DeclarationReader, own: DeclarationReader, name: String, place: String
  ) throws(RESTSourceError) -> RESTEndpoint {
    let common = try defaults?.reader("endpoint")
    var ownEndpoint = own.node("endpoint") ?? Node.mapping(.init([], .implicit, .any, own.node.mark))
    if case .scalar(let scalar) = ownEndpoint, !scalar.string.isEmpty {
      ownEndpoint = Node.mapping(.init([(Node("path"), ownEndpoint)], .implicit, .any, ownEndpoint.mark))
    }
    let bare = try DeclarationReader(ownEndpoint, place: "\(place).endpoint", secrets: secrets)
    let reader = try DeclarationReader(
      ownEndpoint, place: "\(place).endpoint", secrets: secrets, defaults: common)
    try reader.allowOnly([
      "path", "method", "headers", "params", "json", "data", "data_selector", "paginator", "auth",
      "response_actions", "incremental",
    ])
    let path = try bare.text("path") ?? name
    if let secret = SensitiveNames.inQuery(of: path) { throw reader.openSecret(secret, at: "path") }
    var endpoint = RESTEndpoint(path: try reader.template(path, at: "path"))
    endpoint.method = try reader.word("method", RESTEndpoint.Method.self) ?? .get
    endpoint.headers = try reader.headers("headers")
    endpoint.dataSelector = try reader.path("data_selector")
    endpoint.paginator = try RESTPaginator.read(reader)
    endpoint.authentication = try RESTAuthentication.read(reader)
    endpoint.responseActions = try actions(reader)
    if let incremental = try reader.reader("incremental") {
      endpoint.incremental = try self.incremental(incremental)
    }
    endpoint.json = try body("json", bare, common)
    endpoint.data = try reader.value("data")
    guard endpoint.json == nil || endpoint.data == nil else {
      throw reader.error("and json exclude each other", at: "data")
    }
    for (key, body) in [("json", endpoint.json), ("data", endpoint.data)] {
      if let secret = body.flatMap(SensitiveNames.inBody) { throw reader.openSecret(secret, at: key) }
    }
    guard endpoint.method == .post || (endpoint.json == nil && endpoint.data == nil) else {
      throw reader.error("has a body, which a GET request cannot carry here", hint: "Write method: POST")
    }
    try readParameters(
      try bare.reader("params", defaults: try common?.reader("params")), into: &endpoint, reader)
    if Self.isSingleEntity(path) {
      if endpoint.dataSelector == nil { endpoint.dataSelector = JSONPath(names: []) }
      if reader.node("paginator") == nil { endpoint.paginator = .singlePage }
    }
    try checkPlaceholders(endpoint, reader)
    return endpoint
  }

  /// A path that ends with a placeholder asks for one thing.
  private static func isSingleEntity(_ path: String) -> Bool {
    let trimmed = path.split(separator: "/").last ?? ""
    guard let template = try? RESTTemplate(String(trimmed)) else { return false }
    return !template.placeholders.isEmpty
  }

  /// Bodies of resource and defaults are one, key by key.
  private func body(
    _ key: String, _ own: DeclarationReader, _ common: DeclarationReader?
  ) throws(RESTSourceError) -> JSONValue? {
    guard let value = try own.value(key) else { return try common?.value(key) }
    guard case .object(let members) = value else {
      throw own.error("must be a list of `key: value` lines", at: key)
    }
    guard case .object(var all) = try common?.value(key) else { return value }
    all.removeAll { member in members.contains { $0.key == member.key } }
    return .object(all + members)
  }

  private func actions(_ reader: DeclarationReader) throws(RESTSourceError) -> [RESTResponseAction] {
    guard let node = reader.node("response_actions") else { return [] }
    guard case .sequence(let sequence) = node else {
      throw reader.error("must be a list", at: "response_actions")
    }
    var actions: [RESTResponseAction] = []
    for element in sequence {
      let entry = try DeclarationReader(element, place: "\(reader.place).response_actions", secrets: secrets)
      try entry.allowOnly(["status_code", "content", "action"])
      guard try entry.requiredText("action") == "ignore" else {
        throw entry.error("can only be 'ignore'", at: "action")
      }
      let action = RESTResponseAction(
        statusCode: try entry.integer("status_code", 100...599), content: try entry.text("content"))
      guard action.statusCode != nil || action.content != nil else {
        throw entry.error("needs `status_code:` or `content:`")
      }
      actions.append(action)
    }
    return actions
  }

  // MARK: Parameters

  private func readParameters(
    _ parameters: DeclarationReader?, into endpoint: inout RESTEndpoint, _ owner: DeclarationReader
  ) throws(RESTSourceError) {
    var bound: Set<String> = []
    for pair in parameters?.pairs ?? [] {
      guard let parameters, let value = try parameters.value(pair.key) else { continue }
      guard case .object = value else {
        if SensitiveNames.isSensitive(pair.key), let text = value.plainText,
          RESTTemplate.placeholders(in: text).isEmpty
        {
          throw parameters.error(
            "looks like a secret and may not stand in this file",
            hint: "Write auth: {type: api_key, location: query, name: \(pair.key), api_key_env: NAME}",
            at: pair.key)
        }
        endpoint.parameters.append(.init(key: pair.key, value: value))
        continue
      }
      guard let special = try parameters.reader(pair.key) else { continue }
      switch try special.requiredText("type") {
      case "resolve":
        try special.allowOnly(["type", "resource", "field"])
        guard let field = try special.path("field") else { throw special.error("needs `field:`") }
        endpoint.resolvedParameters[pair.key] = RESTParentField(
          resource: try special.requiredText("resource"), field: field)
        bound.insert(pair.key)
      case "incremental":
        guard endpoint.incremental == nil else {
          throw special.error("is a second incremental of the same endpoint", hint: "It may have one")
        }
        var incremental = try self.incremental(special, isParameter: true)
        incremental.startParameter = pair.key
        endpoint.incremental = incremental
      case let other:
        throw special.error("cannot be '\(other)'", hint: "It is resolve or incremental", at: "type")
      }
    }
    try bindPath(&endpoint, resolved: bound, owner)
  }

  /// Placeholders of the path that are plain parameters get their values here and leave the query.
  private func bindPath(
    _ endpoint: inout RESTEndpoint, resolved: Set<String>, _ owner: DeclarationReader
  ) throws(RESTSourceError) {
    var unbound = resolved
    var text = ""
    for part in endpoint.path.parts {
      switch part {
      case .text(let literal):
        text += literal.replacing("{", with: "{{").replacing("}", with: "}}")
      case .placeholder(let name):
        unbound.remove(name)
        if let index = endpoint.parameters.firstIndex(where: { $0.key == name }) {
          guard let value = endpoint.parameters[index].value.plainText else {
            throw owner.error("needs a text or a number for '\(name)'", at: "path")
          }
          text += value
          endpoint.parameters.remove(at: index)
        } else {
          text += "{\(name)}"
        }
      }
    }
    if let name = unbound.sorted().first {
      throw owner.error(
        "has a parameter '\(name)' of type resolve that its path does not name",
        hint: "In the query, write {resources.PARENT.FIELD}")
    }
    endpoint.path = try owner.template(text, at: "path")
  }

  private func checkPlaceholders(_ endpoint: RESTEndpoint, _ reader: DeclarationReader)
    throws(RESTSourceError)
  {
    for (key, value) in [
      ("params", JSONValue.object(endpoint.parameters)), ("json", endpoint.json ?? .null),
      ("data", endpoint.data ?? .null),
    ] {
      for text in value.allTexts { _ = try reader.template(text, at: key) }
    }
    for name in endpoint.placeholderNames {
      if RESTParentField(placeholder: name) != nil || endpoint.resolvedParameters[name] != nil { continue }
      if endpoint.incremental != nil, IncrementalRange.placeholders.contains(name) { continue }
      var known = ["resources.PARENT.FIELD"]
      if endpoint.incremental != nil { known += IncrementalRange.placeholders }
      throw reader.error(
        "has a placeholder {\(name)} that stands for nothing",
        hint:
          "Known here: \(known.map { "{\($0)}" }.joined(separator: ", ")), and names of params in the path")
    }
  }

  // MARK: Incremental

  private func incremental(
    _ reader: DeclarationReader, isParameter: Bool = false
  ) throws(RESTSourceError) -> RESTIncremental {
    let hintKeys = ["range_start", "range_end", "primary_key", "allow_external_schedulers"]
    var known =
      [
        "cursor_path", "initial_value", "last_value_func", "row_order", "on_cursor_value_missing", "lag",
        "convert",
        "transform",
      ] + hintKeys
    known += isParameter ? ["type"] : ["end_value", "start_param", "end_param"]
    try reader.allowOnly(
      known,
      refused: isParameter
        ? Dictionary(
          uniqueKeysWithValues: ["end_value", "end_param"].map {
            ($0, "Write endpoint.incremental with start_param and end_param instead")
          }) : [:])
    guard let path = try reader.path("cursor_path") else { throw reader.error("needs `cursor_path:`") }
    var incremental = RESTIncremental(cursorPath: path)
    incremental.initialValue = try scalar("initial_value", reader)
    incremental.endValue = try scalar("end_value", reader)
    incremental.startParameter = try reader.text("start_param")
    incremental.endParameter = try reader.text("end_param")
    incremental.lastValue = try reader.word("last_value_func", RESTIncremental.LastValue.self) ?? .largest
    incremental.rowOrder = try reader.word("row_order", RESTIncremental.RowOrder.self)
    incremental.missingCursor =
      try reader.word("on_cursor_value_missing", RESTIncremental.MissingCursor.self) ?? .fail
    incremental.lag = try reader.number("lag")
    let convert = try reader.text("convert")
    let transform = try reader.text("transform")
    if let text = convert ?? transform {
      guard let conversion = RESTConversion(text) else {
        throw reader.error(
          "cannot be '\(text)'",
          hint: "It is one of \(RESTConversion.names.joined(separator: ", ")), or a pattern such as %Y-%m-%d",
          at: convert == nil ? "transform" : "convert")
      }
      incremental.conversion = conversion
    }
    for key in hintKeys {
      if let value = try reader.value(key) { incremental.hints.append(.init(key: key, value: value)) }
    }
    return incremental
  }

  private func scalar(_ key: String, _ reader: DeclarationReader) throws(RESTSourceError) -> JSONValue? {
    guard let value = try reader.value(key) else { return nil }
    guard value.plainText != nil else { throw reader.error("must be a text or a number", at: key) }
    return value
  }
}

extension JSONValue {
  /// All texts in it, keys included.
  fileprivate var allTexts: [String] {
    switch self {
    case .string(let text): [text]
    case .list(let elements): elements.flatMap(\.allTexts)
    case .object(let members): members.flatMap { [$0.key] + $0.value.allTexts }
    case .null, .boolean, .number: []
    }
  }
}
