internal import LakeSettings
internal import SQLText
internal import YAMLText
public import Yams

extension RESTAPI {
  /// Reads a declaration in YAML or JSON.
  ///
  /// - Parameters:
  ///   - yaml: the text, with `client:`, `resources:` and perhaps `resource_defaults:`.
  ///   - secrets: where secrets are.
  /// - Throws: ``RESTSourceError`` with the line.
  public init(yaml: String, secrets: RESTSecretPlace) throws(RESTSourceError) {
    let root: Node
    let isJSON = yaml.first { !$0.isWhitespace } == "{"
    do { root = try YAMLDocument.root(of: isJSON ? JSONText.joiningSurrogates(yaml) : yaml) } catch {
      throw RESTSourceError(
        .declaration, error.kind == .empty ? "the declaration is empty" : error.description, line: error.line)
    }
    try self.init(node: root, place: "api", secrets: secrets)
  }

  /// Reads a declaration in YAML or JSON whose secrets are in the environment and the files of this machine.
  ///
  /// - Parameter folder: where relative paths of secret files start, absolute.
  /// - Throws: ``RESTSourceError`` with the line.
  public init(yaml: String, folder: String) throws(RESTSourceError) {
    try self.init(yaml: yaml, secrets: .here(folder: folder))
  }

  /// Reads a declaration that is part of a YAML document.
  ///
  /// - Parameters:
  ///   - node: the mapping with `client:` and `resources:`.
  ///   - place: how messages call it, such as `source`.
  ///   - secrets: where secrets are.
  /// - Throws: ``RESTSourceError`` with the line.
  public init(node: Node, place: String, secrets: RESTSecretPlace) throws(RESTSourceError) {
    let root = try DeclarationReader(node, place: place, secrets: secrets)
    try root.allowOnly(["client", "resource_defaults", "resources"])
    guard let client = try root.reader("client") else { throw root.error("needs `client:`") }
    let reader = ResourceReader(
      defaults: try root.reader("resource_defaults"), place: "\(place).resources", secrets: secrets)
    guard case .sequence(let sequence) = root.node("resources"), !sequence.isEmpty else {
      throw root.error("needs `resources:`, a list of `- name: …`")
    }
    self.init(client: try RESTClientSettings(client), resources: [])
    var lines: [String: Int?] = [:]
    for node in sequence {
      let resource = try reader.resource(node)
      guard lines[resource.name] == nil else {
        throw RESTSourceError(
          .declaration, "resource '\(resource.name)' is declared twice", line: node.mark?.line)
      }
      lines[resource.name] = node.mark?.line
      resources.append(resource)
    }
    for resource in resources { try checkParents(resource, lines[resource.name] ?? nil) }
  }

  /// Refuses parents that do not exist, several parents, and circles.
  private func checkParents(_ resource: RESTResource, _ line: Int?) throws(RESTSourceError) {
    func error(_ message: String, hint: String? = nil) -> RESTSourceError {
      RESTSourceError(.declaration, "resource '\(resource.name)' \(message)", hint: hint, line: line)
    }
    let parents = Set(resource.endpoint.parentFields.map(\.resource))
    guard parents.count < 2 else {
      throw error("has several parents: \(parents.sorted().joined(separator: ", "))", hint: "It may have one")
    }
    guard let parent = parents.first else {
      guard resource.includeFromParent.isEmpty else {
        throw error(
          "has include_from_parent but no parent",
          hint: "Name the parent's field in its path, as in {resources.PARENT.FIELD}")
      }
      return
    }
    guard resources.contains(where: { $0.name == parent }) else {
      let near = NearestName.suggestion(for: parent, among: resources.map(\.name))
      throw error("has a parent '\(parent)' that is not declared", hint: near.map { "Did you mean '\($0)'?" })
    }
    var seen: Set<String> = [resource.name]
    var next: String? = parent
    while let name = next {
      guard seen.insert(name).inserted else { throw error("is its own parent, by way of '\(parent)'") }
      next = resources.first { $0.name == name }?.parent
    }
  }
}

extension RESTClientSettings {
  init(_ reader: DeclarationReader) throws(RESTSourceError) {
    try reader.allowOnly(
      [
        "base_url", "headers", "auth", "paginator", "allowed_hosts", "rate_limit", "max_parallel", "timeout",
        "max_response", "request_timeout", "request_max_attempts", "request_backoff_factor",
        "request_max_retry_delay",
      ],
      refused: ["session": "It is a Python object; headers, auth and the request_ keys do its work"])
    let base = try reader.requiredText("base_url")
    guard let origin = Origin(url: base) else {
      throw reader.error("must begin with http:// or https://", at: "base_url")
    }
    guard !origin.hasCredentials else {
      throw reader.error(
        "may hold no user or password", hint: "Use auth: with type: http_basic", at: "base_url")
    }
    if let name = SensitiveNames.inQuery(of: base) { throw reader.openSecret(name, at: "base_url") }
    self.init(baseURL: base)
    headers = try reader.headers("headers")
    authentication = try RESTAuthentication.read(reader)
    paginator = try RESTPaginator.read(reader)
    allowedHosts = try reader.texts("allowed_hosts")
    if let host = allowedHosts.first(where: { $0.contains("/") || $0.contains("@") || $0.contains("*") }) {
      throw reader.error("holds '\(host)'", hint: "Write host or host:port", at: "allowed_hosts")
    }
    if let limit = try reader.reader("rate_limit") {
      try limit.allowOnly(["requests", "per"])
      guard let requests = try limit.integer("requests", 1...1_000_000) else {
        throw limit.error("needs `requests:`")
      }
      rateLimit = RESTRateLimit(requests: requests, period: try limit.duration("per") ?? .seconds(1))
    }
    maximumParallelRequests = try reader.integer("max_parallel", 1...256) ?? maximumParallelRequests
    timeout = try reader.duration("timeout")
    maximumResponseSize = try reader.bytes("max_response") ?? maximumResponseSize
    retries.requestTimeout = try reader.duration("request_timeout") ?? retries.requestTimeout
    retries.maximumAttempts = try reader.integer("request_max_attempts", 1...1000) ?? retries.maximumAttempts
    retries.backoffFactor = try reader.number("request_backoff_factor") ?? retries.backoffFactor
    retries.maximumDelay = try reader.duration("request_max_retry_delay") ?? retries.maximumDelay
  }
}

extension DeclarationReader {
  /// Headers: a text each, or `{env: NAME}` or `{file: PATH}` for a secret.
  func headers(_ key: String) throws(RESTSourceError) -> [RESTHeader] {
    guard let reader = try reader(key) else { return [] }
    var headers: [RESTHeader] = []
    for pair in reader.pairs {
      if case .mapping = pair.value, let secret = try reader.reader(pair.key) {
        try secret.allowOnly(["env", "file"])
        let source =
          if let name = try secret.text("env") { try secret.environment(name, at: "env") } else {
            try secret.file(try secret.requiredText("file"), at: "file")
          }
        headers.append(RESTHeader(name: pair.key, value: .secret(.source(source))))
        continue
      }
      if case .scalar(let scalar) = pair.value, RESTSecretPlace.isReference(scalar.string) {
        let source = try reader.variable(scalar.string, at: pair.key)
        headers.append(RESTHeader(name: pair.key, value: .secret(.source(source))))
        continue
      }
      guard !SensitiveNames.isSensitive(pair.key) else {
        throw reader.error(
          "looks like a secret and may not stand in this file",
          hint: "Use auth:, or write \(pair.key): {env: NAME}", at: pair.key)
      }
      let text = try reader.requiredText(pair.key)
      _ = try reader.template(text, at: pair.key)
      headers.append(RESTHeader(name: pair.key, value: .text(text)))
    }
    for header in headers {
      let allowed = header.name.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: ":") }
      var isOneLine = true
      if case .text(let text) = header.value { isOneLine = !text.contains { $0.isNewline } }
      guard allowed, isOneLine else { throw reader.error("is no header", at: header.name) }
    }
    return headers
  }

  func template(_ text: String, at key: String) throws(RESTSourceError) -> RESTTemplate {
    do { return try RESTTemplate(text) } catch {
      throw self.error("has a brace too many or too few", hint: "\(error)", at: key)
    }
  }
}
