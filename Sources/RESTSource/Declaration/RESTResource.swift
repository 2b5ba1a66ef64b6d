/// One thing that an API has many of, and the requests that get it.
public struct RESTResource: Sendable, Hashable {
  /// Its name, which is also that of its table unless a hint says otherwise.
  public var name: String
  /// The request.
  public var endpoint: RESTEndpoint
  /// Whether its rows are wanted; a parent that is not selected is still requested for its children.
  public var isSelected = true
  /// Fields of the parent's row that each row gets, as `_PARENT_FIELD`.
  public var includeFromParent: [String] = []
  /// Whether the children of several parents may be requested at the same time.
  public var isParallel = true
  /// What the loader has to know, in dlt's words: `primary_key`, `write_disposition`, `columns` and so on; those of
  /// `resource_defaults` are among them.
  public var hints: [JSONValue.Member] = []

  public init(name: String, endpoint: RESTEndpoint) {
    self.name = name
    self.endpoint = endpoint
  }

  /// The resource whose rows this one's requests are made from.
  public var parent: String? { endpoint.parentFields.first?.resource }
}

/// A request of a resource, with placeholders in its texts.
public struct RESTEndpoint: Sendable, Hashable {
  /// How data is sent.
  public enum Method: String, Sendable, Hashable, CaseIterable {
    case get = "GET"
    case post = "POST"
  }

  /// Appended to the base URL, unless it is a whole URL.
  public var path: RESTTemplate
  public var method = Method.get
  public var headers: [RESTHeader] = []
  /// The query; values are texts with placeholders, numbers, booleans or lists of them.
  public var parameters: [JSONValue.Member] = []
  /// A JSON body.
  public var json: JSONValue?
  /// A body that is a form (an object) or a text as it is.
  public var data: JSONValue?
  /// Where the rows are in an answer; nil to find out.
  public var dataSelector: JSONPath?
  /// How answers are divided into pages; nil for the client's kind, or to find out.
  public var paginator: RESTPaginator?
  /// How requests prove who sends them, when not as the client's.
  public var authentication: RESTAuthentication?
  /// Answers that are no errors though they look like it.
  public var responseActions: [RESTResponseAction] = []
  /// What is read again only where it is new.
  public var incremental: RESTIncremental?
  /// Placeholders of another name than `resources.PARENT.FIELD`, which is that of a parameter of type `resolve`.
  public var resolvedParameters: [String: RESTParentField] = [:]

  public init(path: RESTTemplate) { self.path = path }

  /// The fields of the parent's rows that the request is made from.
  public var parentFields: [RESTParentField] {
    var fields: [RESTParentField] = []
    for name in placeholderNames {
      guard let field = resolvedParameters[name] ?? RESTParentField(placeholder: name),
        !fields.contains(field)
      else { continue }
      fields.append(field)
    }
    return fields
  }

  /// The names of all placeholders, in the order of path, parameters, bodies and headers.
  var placeholderNames: [String] {
    var names = path.placeholders
    for parameter in parameters { names += parameter.value.placeholders }
    names += (json?.placeholders ?? []) + (data?.placeholders ?? [])
    for header in headers {
      if case .text(let text) = header.value { names += RESTTemplate.placeholders(in: text) }
    }
    return names
  }
}

/// A field of a parent's row.
public struct RESTParentField: Sendable, Hashable {
  public var resource: String
  public var field: JSONPath

  public init(resource: String, field: JSONPath) {
    self.resource = resource
    self.field = field
  }

  /// Reads `resources.PARENT.FIELD`; nil for anything else.
  init?(placeholder: String) {
    let parts = placeholder.split(separator: ".", maxSplits: 2, omittingEmptySubsequences: false).map(
      String.init)
    guard parts.count == 3, parts[0] == "resources", !parts[1].isEmpty, let field = try? JSONPath(parts[2])
    else {
      return nil
    }
    self.init(resource: parts[1], field: field)
  }
}

/// An answer that is passed over: it has no rows, and no page follows it.
public struct RESTResponseAction: Sendable, Hashable {
  /// The status it has; nil for any.
  public var statusCode: Int?
  /// A text that its body holds; nil for any.
  public var content: String?

  public init(statusCode: Int? = nil, content: String? = nil) {
    self.statusCode = statusCode
    self.content = content
  }
}

extension JSONValue {
  /// The names of the placeholders in its texts and keys.
  var placeholders: [String] {
    switch self {
    case .string(let text): RESTTemplate.placeholders(in: text)
    case .list(let elements): elements.flatMap(\.placeholders)
    case .object(let members):
      members.flatMap { RESTTemplate.placeholders(in: $0.key) + $0.value.placeholders }
    case .null, .boolean, .number: []
    }
  }
}
