/// Finds out from the first answer how an API divides its rows into pages.
enum PaginatorDetection {
  private static let totalKeys: Set<String> = ["total_pages", "pages", "totalpages"]
  private static let pageKeys: Set<String> = [
    "page", "current_page", "currentpage", "page_number", "pagenumber",
  ]

  /// The kind that fits: a link in a header, a link in the body, a number of pages, a cursor, else one page.
  static func detect(_ facts: PageFacts) -> RESTPaginator {
    if let header = facts.header("Link"), LinkHeader.target(relation: "next", in: header) != nil {
      return .headerLink(relation: "next")
    }
    let next = nextPage(in: facts.root, path: [])
    if let next, let link = next.value.string, link.hasPrefix("http") || link.hasPrefix("/") {
      return .jsonLink(nextURLPath: JSONPath(names: next.path))
    }
    if let total = totalPages(in: facts.root, path: []) {
      // Without the number of the page that came, APIs are taken to count from 0, as dlt has it.
      return .pageNumber(
        RESTRange(
          start: total.base, target: .parameter("page"), totalPath: JSONPath(names: total.path),
          requiresTotal: true),
        basePage: total.base)
    }
    if let next {
      return .cursor(RESTCursor(path: JSONPath(names: next.path), target: .parameter("cursor")))
    }
    return .singlePage
  }

  private static func nextPage(in node: JSONNode, path: [String]) -> (path: [String], value: JSONNode)? {
    for (key, value) in node.members {
      let name = key.text
      if name.lowercased().hasPrefix("next") {
        if value.kind == .string || value.kind == .number { return (path + [name], value) }
        for (innerKey, inner) in value.members {
          let innerName = innerKey.text
          guard ["href", "url"].contains(where: { innerName.lowercased().hasPrefix($0) }),
            inner.kind == .string || inner.kind == .number
          else { continue }
          return (path + [name, innerName], inner)
        }
      }
      if value.kind == .object, let found = nextPage(in: value, path: path + [name]) { return found }
    }
    return nil
  }

  private static func totalPages(in node: JSONNode, path: [String]) -> (path: [String], base: Int)? {
    for (key, value) in node.members {
      let name = key.text
      if totalKeys.contains(name.lowercased()), value.plainText.flatMap({ Int($0) }) != nil {
        let page = node.members.first { pageKeys.contains($0.key.text.lowercased()) }?.value.plainText
        return (path + [name], page == "1" ? 1 : 0)
      }
      if value.kind == .object, let found = totalPages(in: value, path: path + [name]) { return found }
    }
    return nil
  }
}
