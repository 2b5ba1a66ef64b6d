internal import HTTPServer

/// Which part of a list is asked for: `page` from 1, `per_page` (100, at most 1,000); of what lies at paths also `after`, a
/// path, so that nothing is missed when others come and go between two pages.
struct Page {
  let number: Int
  let size: Int
  let after: String?

  /// So that numbers of entries stay numbers.
  private static let last = 1_000_000

  init(_ query: QueryParameters) {
    number = min(max(query["page"].flatMap { Int($0) } ?? 1, 1), Self.last)
    size = min(max(query["per_page"].flatMap { Int($0) } ?? 100, 1), 1000)
    after = query["after"]
  }

  func of<Element>(_ list: some Collection<Element>) -> [Element] {
    let (start, isBeyond) = (number - 1).multipliedReportingOverflow(by: size)
    return isBeyond ? [] : Array(list.dropFirst(start).prefix(size))
  }

  /// With `after`: the elements whose paths come later, in the order of the paths' bytes.
  func of<Element>(_ list: [Element], by path: (Element) -> String) -> [Element] {
    guard let after else { return of(list) }
    func precedes(_ left: String, _ right: String) -> Bool {
      left.utf8.lexicographicallyPrecedes(right.utf8)
    }
    return of(list.filter { precedes(after, path($0)) }.sorted { precedes(path($0), path($1)) })
  }
}
