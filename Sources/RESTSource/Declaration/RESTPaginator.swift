/// How answers are divided into pages.
public enum RESTPaginator: Sendable, Hashable {
  /// One answer holds everything.
  case singlePage
  /// The answer's body has the URL of the next page.
  case jsonLink(nextURLPath: JSONPath)
  /// The header `Link` (RFC 8288) has the URL of the next page.
  case headerLink(relation: String)
  /// A header has a word that the next request sends back.
  case headerCursor(key: String, parameter: String)
  /// Requests count rows.
  case offset(RESTRange, limit: Int, limitTarget: RESTRequestTarget)
  /// Requests count pages.
  case pageNumber(RESTRange, basePage: Int)
  /// The answer's body has a word that the next request sends back.
  case cursor(RESTCursor)

  /// The name in declarations.
  public var name: String {
    switch self {
    case .singlePage: "single_page"
    case .jsonLink: "json_link"
    case .headerLink: "header_link"
    case .headerCursor: "header_cursor"
    case .offset: "offset"
    case .pageNumber: "page_number"
    case .cursor: "cursor"
    }
  }
}

/// Where a page's number, offset or cursor stands in a request.
public enum RESTRequestTarget: Sendable, Hashable, CustomStringConvertible {
  case parameter(String)
  /// A dotted path in the JSON body.
  case body(String)

  public var description: String {
    switch self {
    case .parameter(let name): "parameter '\(name)'"
    case .body(let path): "'\(path)' of the body"
    }
  }
}

/// Pages that requests count.
public struct RESTRange: Sendable, Hashable {
  /// The first number.
  public var start: Int
  /// Where it stands in a request.
  public var target: RESTRequestTarget
  /// Where an answer says how many rows (offset) or pages (page number) there are; nil when it does not.
  public var totalPath: JSONPath?
  /// Whether an answer without that number is an error; else it only does not end the pages.
  public var requiresTotal: Bool
  /// Where it ends: no request has this number or a larger one.
  public var maximum: Int?
  /// Whether a page without rows is the last.
  public var stopsAfterEmptyPage: Bool
  /// Where an answer says whether more pages follow.
  public var hasMorePath: JSONPath?

  public init(
    start: Int, target: RESTRequestTarget, totalPath: JSONPath? = nil, requiresTotal: Bool = false,
    maximum: Int? = nil, stopsAfterEmptyPage: Bool = true, hasMorePath: JSONPath? = nil
  ) {
    self.start = start
    self.target = target
    self.totalPath = totalPath
    self.requiresTotal = requiresTotal
    self.maximum = maximum
    self.stopsAfterEmptyPage = stopsAfterEmptyPage
    self.hasMorePath = hasMorePath
  }
}

/// Pages that follow a word in the answer's body.
public struct RESTCursor: Sendable, Hashable {
  /// Where the answer has the word.
  public var path: JSONPath
  /// Where the next request has it.
  public var target: RESTRequestTarget
  /// Whether a page without rows is the last.
  public var stopsAfterEmptyPage: Bool
  /// Where an answer says whether more pages follow.
  public var hasMorePath: JSONPath?

  public init(
    path: JSONPath, target: RESTRequestTarget, stopsAfterEmptyPage: Bool = false, hasMorePath: JSONPath? = nil
  ) {
    self.path = path
    self.target = target
    self.stopsAfterEmptyPage = stopsAfterEmptyPage
    self.hasMorePath = hasMorePath
  }
}
