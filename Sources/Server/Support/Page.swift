internal import HTTPServer

/// Which part of a list is asked for: `page` from 1, `per_page` (100, at most 1,000).
struct Page {
  let number: Int
  let size: Int

  /// So that numbers of entries stay numbers.
  private static let last = 1_000_000

  init(_ query: QueryParameters) {
    number = min(max(query["page"].flatMap { Int($0) } ?? 1, 1), Self.last)
    size = min(max(query["per_page"].flatMap { Int($0) } ?? 100, 1), 1000)
  }

  func of<Element>(_ list: [Element]) -> ArraySlice<Element> {
    let (start, isBeyond) = (number - 1).multipliedReportingOverflow(by: size)
    return isBeyond ? [] : list.dropFirst(start).prefix(size)
  }
}
