import RESTSource
import Testing

@Suite struct PaginationTests {
  @Test func onePageWhoseRowsAreFoundByThemselves() async throws {
    let api = try await TestAPI(
      """
      [{"path": "/items", "body": {"links": ["x"], "result": {"data": [{"id": 1}, {"id": 2}]}}}]
      """)
    let extracts = try await api.read("  - items")
    #expect(try extracts[0].lines == [#"{"id": 1}"#, #"{"id": 2}"#])
    #expect(extracts[0].rows == 2)
    #expect(extracts[0].requests == 1)
    #expect(try await api.targets == ["/items"])
  }

  @Test(arguments: ["{here}/items?page=2", "items?page=2", "?page=2"])
  func linksInTheBody(link: String) async throws {
    let api = try await TestAPI(
      """
      [{"path": "/items", "query": {"page": null}, "body": {"rows": [{"id": 1}], "paging": {"next": "\(link)"}}},
       {"path": "/items", "query": {"page": "2"}, "body": {"rows": [{"id": 2}], "paging": {"next": null}}}]
      """)
    let extracts = try await api.read(
      """
        - name: items
          endpoint:
            params: {size: 1}
            data_selector: rows
            paginator: {type: json_link, next_url_path: paging.next}
      """)
    #expect(try extracts[0].lines == [#"{"id": 1}"#, #"{"id": 2}"#])
    // The link has all the parameters that the next page needs.
    #expect(try await api.targets == ["/items?size=1", "/items?page=2"])
  }

  @Test func linksInAHeader() async throws {
    let api = try await TestAPI(
      """
      [{"path": "/items", "query": {"page": null}, "body": [{"id": 1}],
        "headers": {"Link": "<{here}/items?page=9>; rel=\\"last\\", <{here}/items?page=2>; rel=\\"next\\""}},
       {"path": "/items", "query": {"page": "2"}, "body": [{"id": 2}],
        "headers": {"Link": "<{here}/items?page=1>; rel=prev"}}]
      """)
    let extracts = try await api.read("  - {name: items, endpoint: {paginator: header_link}}")
    #expect(try extracts[0].lines == [#"{"id": 1}"#, #"{"id": 2}"#])
  }

  @Test func linksWithCharactersThatURLsDoNotHave() async throws {
    let api = try await TestAPI(
      """
      [{"path": "/items", "query": {"page[after]": null}, "body": {"d": [1], "next": "{here}/items?page[after]=a%20b|é&x=1+2"}},
       {"path": "/items", "query": {"page[after]": "a b|é", "x": "1 2"}, "body": {"d": [2]}}]
      """)
    #expect(try await api.read("  - items")[0].rows == 2)
  }

  @Test func cursorsInAHeader() async throws {
    let api = try await TestAPI(
      """
      [{"path": "/items", "query": {"after": null}, "body": [{"id": 1}], "headers": {"X-Next": "a b"}},
       {"path": "/items", "query": {"after": "a b", "size": "1"}, "body": [{"id": 2}]}]
      """)
    let extracts = try await api.read(
      """
        - name: items
          endpoint: {params: {size: 1}, paginator: {type: header_cursor, cursor_key: x-next, cursor_param: after}}
      """)
    #expect(try extracts[0].lines == [#"{"id": 1}"#, #"{"id": 2}"#])
  }

  @Test func offsetsEndAtATotalAMaximumAnEmptyPageOrWhenToldSo() async throws {
    let api = try await TestAPI(
      """
      [{"path": "/items", "query": {"offset": "0", "limit": "2"}, "body": {"d": [1, 2], "n": "3", "more": true}},
       {"path": "/items", "query": {"offset": "2"}, "body": {"d": [3], "n": 3, "more": "false"}},
       {"path": "/items", "query": {"offset": "4"}, "body": {"d": [], "n": 3, "more": true}}]
      """)
    func targets(_ settings: String) async throws -> [String] {
      let before = try await api.targets.count
      try await api.read(
        "  - {name: items, endpoint: {data_selector: d, paginator: {type: offset, limit: 2, \(settings)}}}")
      return try await Array(api.targets.dropFirst(before))
    }
    let pages = [0, 2, 4].map { "/items?offset=\($0)&limit=2" }
    #expect(try await targets("total_path: n") == Array(pages[..<2]))
    #expect(try await targets("total_path: null, maximum_offset: 2") == Array(pages[..<1]))
    #expect(try await targets("total_path: null") == pages)
    #expect(try await targets("has_more_path: more") == Array(pages[..<2]))
    // dlt takes `total` for granted; where an API has none the empty page ends it.
    #expect(try await targets("offset: 2") == Array(pages[1...]))
  }

  @Test func offsetsInABody() async throws {
    let api = try await TestAPI(
      """
      [{"path": "/search", "method": "POST", "body_has": "\\"from\\":0", "body": {"hits": [{"id": 1}], "total": 2}},
       {"path": "/search", "method": "POST", "body_has": "\\"from\\":1", "body": {"hits": [{"id": 2}], "total": 2}}]
      """)
    let extracts = try await api.read(
      """
        - name: search
          endpoint:
            method: post
            json: {query: {term: a}, page: {size: 0}}
            paginator: {type: offset, limit: 1, offset_body_path: page.from, limit_body_path: page.size}
      """)
    #expect(try extracts[0].lines == [#"{"id": 1}"#, #"{"id": 2}"#])
    let requests = try await api.requests
    #expect(requests[0].body == #"{"query":{"term":"a"},"page":{"size":1,"from":0}}"#)
    #expect(requests[0].headers["content-type"] == "application/json")
    #expect(requests.allSatisfy { $0.query.isEmpty })
  }

  @Test func pageNumbersFromTheirBase() async throws {
    let api = try await TestAPI(
      """
      [{"path": "/items", "query": {"p": "1"}, "body": {"d": [{"id": 1}], "pages": 2}},
       {"path": "/items", "query": {"p": "2"}, "body": {"d": [{"id": 2}], "pages": 2}}]
      """)
    let settings = "type: page_number, base_page: 1, page_param: p"
    let all = try await api.read("  - {name: items, endpoint: {paginator: {\(settings), total_path: pages}}}")
    #expect(all[0].rows == 2)
    let some = try await api.read(
      "  - {name: items, endpoint: {paginator: {\(settings), total_path: null, maximum_page: 2}}}")
    #expect(some[0].rows == 1)
    #expect(try await api.targets == ["/items?p=1", "/items?p=2", "/items?p=1"])
  }

  @Test(arguments: ["null", "\"\"", "0"])
  func cursorsInAParameter(end: String) async throws {
    let api = try await TestAPI(
      """
      [{"path": "/items", "query": {"c": null}, "body": {"d": [{"id": 1}], "meta": {"next": "x/1&2="}}},
       {"path": "/items", "query": {"c": "x/1&2="}, "body": {"d": [{"id": 2}], "meta": {"next": \(end)}}}]
      """)
    let extracts = try await api.read(
      "  - {name: items, endpoint: {paginator: {type: cursor, cursor_path: meta.next, cursor_param: c}}}")
    #expect(extracts[0].rows == 2)
  }

  @Test func cursorsInABodyKeepTheirType() async throws {
    let api = try await TestAPI(
      """
      [{"path": "/scan", "body_has": "\\"start\\":{\\"k\\":{\\"N\\":10}}", "body": {"d": [{"id": 2}]}},
       {"path": "/scan", "body": {"d": [{"id": 1}], "last": {"k": {"N": 10}}}}]
      """)
    let extracts = try await api.read(
      """
        - name: scan
          endpoint:
            method: POST
            json: {table: t}
            data_selector: d
            paginator: {type: cursor, cursor_path: last, cursor_body_path: options.start}
      """)
    #expect(try extracts[0].lines == [#"{"id": 1}"#, #"{"id": 2}"#])
    #expect(try await api.requests[1].body == #"{"table":"t","options":{"start":{"k":{"N":10}}}}"#)
  }

  @Test func aCursorThatStaysTheSame() async throws {
    let api = try await TestAPI(
      """
      [{"path": "/scroll", "times": 1, "body": {"d": [{"id": 1}], "scroll": "S"}},
       {"path": "/scroll", "times": 1, "body": {"d": [{"id": 2}], "scroll": "S"}},
       {"path": "/scroll", "body": {"d": [], "scroll": "S"}}]
      """)
    let extracts = try await api.read(
      "  - {name: scroll, endpoint: {paginator: {type: cursor, cursor_path: scroll, stop_after_empty_page: true}}}"
    )
    #expect(extracts[0].rows == 2)
  }

  // MARK: Found out by itself

  @Test(
    arguments: [
      (#"{"d": [1], "next": "{here}/items?x=2"}"#, "", "/items?x=2"),
      (#"{"d": [1], "links": {"next": {"href": "/items?x=2"}}}"#, "", nil),
      (#"{"d": [1], "meta": {"next_cursor": "two"}}"#, "", "/items?cursor=two"),
      (#"{"d": [1], "total_pages": 2}"#, "", "/items?page=1"),
      // dlt would read the first page twice here.
      (#"{"d": [1], "meta": {"page": 1, "total_pages": 2}}"#, "", "/items?page=2"),
      (#"[1]"#, #""headers": {"Link": "<{here}/items?x=2>; rel=next"},"#, "/items?x=2"),
      (#"{"d": [1], "next": null}"#, "", nil),
    ] as [(String, String, String?)])
  func theKindOfPagesIsFoundOut(body: String, headers: String, second: String?) async throws {
    let api = try await TestAPI(
      """
      [{"path": "/items", "query": {"x": null, "cursor": null, "page": null}, \(headers) "body": \(body)},
       {"path": "/items", "body": {"d": [2], "total_pages": 2, "meta": {"total_pages": 2}}}]
      """)
    if body.contains("href") {
      // The link starts at the server's root, where this test's API is not.
      let error = try await api.failure("  - items")
      #expect(error.status == 404)
      return
    }
    try await api.read("  - items")
    #expect(try await api.targets == ["/items"] + (second.map { [$0] } ?? []))
  }

  @Test func aPathThatEndsWithAPlaceholderIsOneRow() async throws {
    let api = try await TestAPI(#"[{"path": "/items/7", "body": {"id": 7, "tags": ["a"], "next": "x"}}]"#)
    let extracts = try await api.read(
      "  - {name: item, endpoint: {path: 'items/{id}', params: {id: 7}}}", only: ["item"])
    #expect(try extracts[0].lines == [#"{"id": 7, "tags": ["a"], "next": "x"}"#])
  }

  // MARK: Pages without end

  @Test(
    arguments: [
      (#"{"d": [1], "next": "{here}/items"}"#, "{type: json_link}", "circle"),
      (#"{"d": [1], "next": "{here}/items?b=1"}"#, "{type: json_link}", "circle"),
      (#"{"d": [1], "next": "same"}"#, "{type: cursor, cursor_path: next}", "cursor \"same\""),
      (#"{"d": [1], "next": "same"}"#, "auto", "cursor \"same\""),
      (#"{"d": [1]}"#, "{type: offset, limit: 1}", "parameter 'offset'"),
      (#"{"d": [1], "total": 99}"#, "{type: page_number}", "parameter 'page'"),
    ])
  func pagesThatGoRoundInACircleAreAnError(body: String, paginator: String, expected: String) async throws {
    let api = try await TestAPI(#"[{"path": "/items", "body": \#(body)}]"#)
    let error = try await api.failure("  - {name: items, endpoint: {paginator: \(paginator)}}")
    #expect(error.code == .pagination)
    #expect(error.description.contains(expected), "\(error)")
    #expect(error.description.hasPrefix("resource 'items': "))
    #expect(try await api.targets.count <= 3)
  }

  @Test(
    arguments: [
      (#"{"d": [1]}"#, "{type: offset, limit: 1, total_path: meta.n}", "no number of rows at 'meta.n'"),
      (
        #"{"d": [1], "n": "many"}"#, "{type: page_number, total_path: n}",
        "the number of pages at 'n' is none: \"many\""
      ),
      (#"{"d": [1]}"#, "{type: offset, limit: 1, has_more_path: more}", "does not say at 'more'"),
      (#"{"d": [1], "next": 5}"#, "{type: json_link}", "is no text: 5"),
      (#"{"d": [1], "next": "file:///etc/passwd"}"#, "{type: json_link}", "no http: or https: URL"),
    ])
  func whatAKindNeedsAndDoesNotFindIsAnError(body: String, paginator: String, expected: String) async throws {
    let api = try await TestAPI(#"[{"path": "/items", "body": \#(body)}]"#)
    let error = try await api.failure("  - {name: items, endpoint: {paginator: \(paginator)}}")
    #expect(error.code == .pagination)
    #expect(error.description.contains(expected), "\(error)")
  }
}
