internal import HTTPServer

/// Which part of a list is asked for: `page` from 1, `per_page` (100, at most 1,000).
struct Page {
  let number: Int
  let size: Int

  init(_ query: QueryParameters) {
    number = max(query["page"].flatMap { Int($0) } ?? 1, 1)
    size = min(max(query["per_page"].flatMap { Int($0) } ?? 100, 1), 1000)
  }

  func of<Element>(_ list: [Element]) -> ArraySlice<Element> {
    let (start, isBeyond) = (number - 1).multipliedReportingOverflow(by: size)
    return isBeyond ? [] : list.dropFirst(start).prefix(size)
  }
}
