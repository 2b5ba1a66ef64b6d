import Foundation

/// What an answer tells about its page.
struct PageFacts {
  /// What was requested.
  var url: String
  var root: JSONNode
  var header: (String) -> String?
  var rowCount: Int
  /// Equal for pages with the same rows.
  var rowDigest: Int
}

/// Leads from page to page. It does no requests itself: it changes the next one and says whether there is one.
struct Pagination {
  /// The kind; nil until an answer has shown it.
  private(set) var kind: RESTPaginator?
  private var number = 0
  private var reference: JSONValue?
  private var link: String?
  /// What was seen, to notice a circle.
  private var seen: Set<Int> = []
  private var sameInARow = 0
  private var previousDigest: Int?

  init(_ kind: RESTPaginator?) {
    self.kind = kind
    switch kind {
    case .offset(let range, _, _): number = range.start
    case .pageNumber(let range, _): number = range.start
    default: break
    }
  }

  /// Makes a request the one for the current page.
  func prepare(_ request: inout PageRequest) {
    switch kind {
    case .offset(let range, let limit, let limitTarget):
      request.set(.number(String(number)), at: range.target)
      request.set(.number(String(limit)), at: limitTarget)
    case .pageNumber(let range, _):
      // Found out by itself, the first page was requested without a number.
      request.set(.number(String(number)), at: range.target)
    case .cursor(let cursor):
      if let reference { request.set(reference, at: cursor.target) }
    case .headerCursor(_, let parameter):
      if let reference { request.set(reference, at: .parameter(parameter)) }
    case .jsonLink, .headerLink:
      if let link {
        request.url = link
        request.parameters = []
      }
    case .singlePage, nil: break
    }
  }

  /// Takes an answer into account.
  ///
  /// - Returns: whether another page follows.
  /// - Throws: ``RESTSourceError`` when pages go round in a circle or an answer lacks what the kind needs.
  mutating func advance(_ facts: PageFacts) throws(RESTSourceError) -> Bool {
    let kind: RESTPaginator
    if let known = self.kind {
      kind = known
    } else {
      kind = PaginatorDetection.detect(facts)
      self.kind = kind
      if case .pageNumber(let range, _) = kind { number = range.start }
    }
    switch kind {
    case .singlePage: return false
    case .jsonLink(let path): return try follow(Self.link(path, in: facts), facts)
    case .headerLink(let relation):
      return try follow(facts.header("Link").flatMap { LinkHeader.target(relation: relation, in: $0) }, facts)
    case .headerCursor(let key, _):
      return try follow(reference: facts.header(key).map { .string($0) }, facts)
    case .cursor(let cursor): return try follow(cursor, facts)
    case .offset(let range, let limit, _): return try count(range, step: limit, base: 0, "rows", facts)
    case .pageNumber(let range, let base): return try count(range, step: 1, base: base, "pages", facts)
    }
  }

  // MARK: Links and cursors

  private static func link(_ path: JSONPath, in facts: PageFacts) throws(RESTSourceError) -> String? {
    guard let node = path.firstValue(in: facts.root), node.kind != .null else { return nil }
    guard let link = node.string else {
      throw RESTSourceError(
        .pagination,
        "the link to the next page at '\(path)' is no text: \(JSONValue(node).jsonText.prefix(60))",
        hint: "Check next_url_path, or use paginator cursor")
    }
    return link
  }

  private mutating func follow(_ link: String?, _ facts: PageFacts) throws(RESTSourceError) -> Bool {
    guard let link, !link.isEmpty else { return false }
    guard let url = URLText.url(link, relativeTo: URL(string: facts.url)), Origin(url) != nil
    else {
      throw RESTSourceError(.pagination, "the link to the next page is no http: or https: URL", hint: nil)
    }
    if seen.isEmpty { seen.insert(facts.url.hashValue) }
    guard seen.insert(url.absoluteString.hashValue).inserted else {
      throw RESTSourceError(
        .pagination, "pages go round in a circle: the link to the next page leads back to one that was read",
        hint: "The API's links are wrong, or the paginator (\(kind?.name ?? "")) is not the one it has")
    }
    self.link = url.absoluteString
    return true
  }

  private mutating func follow(_ cursor: RESTCursor, _ facts: PageFacts) throws(RESTSourceError) -> Bool {
    let node = cursor.path.firstValue(in: facts.root)
    if cursor.stopsAfterEmptyPage, facts.rowCount == 0 { return false }
    if let path = cursor.hasMorePath, try !Self.hasMore(path, facts.root) { return false }
    return try follow(reference: node.map { JSONValue($0) }, facts)
  }

  private mutating func follow(reference: JSONValue?, _ facts: PageFacts) throws(RESTSourceError) -> Bool {
    switch reference {
    case nil, .null, .boolean(false), .string(""), .number("0"), .list([]), .object([]): return false
    case let reference?:
      // Some APIs keep one cursor for all pages, so it is a circle only when the rows come again too.
      var hasher = Hasher()
      hasher.combine(reference)
      hasher.combine(facts.rowDigest)
      guard seen.insert(hasher.finalize()).inserted else {
        throw RESTSourceError(
          .pagination,
          "pages go round in a circle: cursor \(reference.jsonText.prefix(60)) came again with the same rows",
          hint:
            "Check where the cursor is sent (cursor_param, cursor_body_path): the API may not know that name")
      }
      self.reference = reference
      return true
    }
  }

  // MARK: Numbers

  private mutating func count(
    _ range: RESTRange, step: Int, base: Int, _ things: String, _ facts: PageFacts
  ) throws(RESTSourceError) -> Bool {
    if range.stopsAfterEmptyPage, facts.rowCount == 0 { return false }
    try refuseSamePages(facts, range)
    let (next, overflow) = number.addingReportingOverflow(step)
    guard !overflow else { return false }
    number = next
    if let total = try Self.total(range, facts.root, things), number >= total + base { return false }
    if let maximum = range.maximum, number >= maximum { return false }
    if let path = range.hasMorePath, try !Self.hasMore(path, facts.root) { return false }
    return true
  }

  private mutating func refuseSamePages(_ facts: PageFacts, _ range: RESTRange) throws(RESTSourceError) {
    sameInARow = facts.rowCount > 0 && facts.rowDigest == previousDigest ? sameInARow + 1 : 0
    previousDigest = facts.rowDigest
    // Two equal pages may be chance, such as pages of one small row.
    guard sameInARow >= 2 else { return }
    throw RESTSourceError(
      .pagination, "three pages in a row have the same rows",
      hint: "The API seems not to know \(range.target); check the paginator")
  }

  private static func total(
    _ range: RESTRange, _ root: JSONNode, _ things: String
  ) throws(RESTSourceError) -> Int? {
    guard let path = range.totalPath else { return nil }
    guard let node = path.firstValue(in: root), node.kind != .null else {
      guard range.requiresTotal else { return nil }
      throw RESTSourceError(
        .pagination, "the answer has no number of \(things) at '\(path)'",
        hint: "Correct total_path, or write total_path: null")
    }
    let text = node.plainText ?? ""
    guard node.kind != .boolean,
      let total = Int(text) ?? Double(text).flatMap({ Int(exactly: $0.rounded(.down)) })
    else {
      throw RESTSourceError(
        .pagination, "the number of \(things) at '\(path)' is none: \(JSONValue(node).jsonText.prefix(60))",
        hint: "Correct total_path, or write total_path: null")
    }
    return total
  }

  private static func hasMore(_ path: JSONPath, _ root: JSONNode) throws(RESTSourceError) -> Bool {
    let node = path.firstValue(in: root)
    if let node, node.kind == .boolean || node.kind == .string {
      switch node.plainText?.lowercased() {
      case "true", "yes", "y", "t", "1", "on": return true
      case "false", "no", "n", "f", "0", "off": return false
      default: break
      }
    }
    throw RESTSourceError(
      .pagination,
      "the answer does not say at '\(path)' whether more pages follow"
        + (node.map { ": \(JSONValue($0).jsonText.prefix(60))" } ?? ""), hint: "Correct has_more_path")
  }
}
