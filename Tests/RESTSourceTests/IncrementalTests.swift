import RESTSource
import Testing

@testable import RESTSource

@Suite struct IncrementalTests {
  private static let resource = """
      - name: items
        endpoint:
          incremental: {cursor_path: meta.at, start_param: since, end_param: until, SETTINGS}
    """

  private static func resource(_ settings: String) -> String {
    resource.replacing("SETTINGS", with: settings)
  }

  @Test func theLastValueIsFoundAndAskedForNextTime() async throws {
    let api = try await TestAPI(
      """
      [{"path": "/items", "query": {"page": null}, "body": {"d": [{"meta": {"at": "2024-05-01T10:00:00Z"}},
          {"meta": {"at": "2024-05-01T12:30:00+03:00"}}], "next": "{here}/items?page=2"}},
       {"path": "/items", "body": {"d": [{"meta": {"at": "2024-04-30T23:59:59Z"}}]}}]
      """)
    let first = try await api.read(Self.resource("initial_value: 2024-01-01T00:00:00Z"))
    #expect(first[0].lastValue == .string("2024-05-01T10:00:00Z"))
    #expect(first[0].rows == 3)
    let later = try await api.read(
      Self.resource("initial_value: 2024-01-01T00:00:00Z"),
      lastValues: ["items": .string("2024-06-01T00:00:00Z")])
    #expect(later[0].lastValue == .string("2024-06-01T00:00:00Z"))
    #expect(
      try await api.targets.filter { !$0.contains("page") } == [
        "/items?since=2024-01-01T00%3A00%3A00Z", "/items?since=2024-06-01T00%3A00%3A00Z",
      ])
  }

  @Test func withoutAnyValueTheParameterIsLeftOut() async throws {
    let api = try await TestAPI(
      #"[{"path": "/items", "body": [{"meta": {"at": 12345678901234567890123}}, {"meta": {"at": 7}}]}]"#)
    let extracts = try await api.read(Self.resource("row_order: asc"))
    #expect(extracts[0].lastValue == .number("12345678901234567890123"))
    #expect(try await api.targets == ["/items"])
  }

  @Test(arguments: [
    ("lag: 90", #""2024-03-01T00:01:00Z""#, "2024-02-29T23:59:30Z"),
    ("lag: 0.5", #""2024-03-01 00:00:00.250""#, "2024-02-29 23:59:59.750"),
    ("lag: 2", #""2024-03-01""#, "2024-02-28"),
    ("lag: 5", "100", "95"),
    ("lag: 5, last_value_func: min", "100", "105"),
    ("lag: 5, initial_value: 98", "100", "98"),
    ("convert: epoch_seconds", #""1970-01-02T00:00:00+01:00""#, "82800"),
    ("convert: epoch_milliseconds", #""1970-01-01T00:00:01.5Z""#, "1500"),
    ("convert: iso_date", #""2024-02-29T23:59:59-01:00""#, "2024-03-01"),
    ("convert: iso_timestamp", "1709251199", "2024-02-29T23:59:59Z"),
    ("convert: iso_timestamp", "1709251199250", "2024-02-29T23:59:59.250Z"),
    ("convert: '%d/%m/%Y %H-%M-%S%%'", #""2024-02-29T23:59:58""#, "29/02/2024 23-59-58%"),
  ])
  func lagAndConversion(settings: String, stored: String, asked: String) async throws {
    let api = try await TestAPI(#"[{"path": "/items", "query": {"since": "\#(asked)"}, "body": []}]"#)
    let value = try JSONValue(JSONNode(document: Array(stored.utf8)))
    let extracts = try await api.read(Self.resource(settings), lastValues: ["items": value])
    #expect(extracts[0].lastValue == value)
  }

  @Test func aBackfillHasAnEndAndLeavesTheLastValueAlone() async throws {
    let api = try await TestAPI(
      #"[{"path": "/items", "query": {"since": "1", "until": "5"}, "body": [{"meta": {"at": 3}}]}]"#)
    let extracts = try await api.read(
      Self.resource("initial_value: 1, end_value: 5"), lastValues: ["items": .number("9")])
    #expect(extracts[0].rows == 1)
    #expect(extracts[0].lastValue == nil)
  }

  @Test func pagesBeyondTheRangeAreNotAskedFor() async throws {
    let api = try await TestAPI(
      """
      [{"path": "/items", "query": {"page": null}, "body": {"d": [{"at": 9}, {"at": 8}], "next": "{here}/items?page=2"}},
       {"path": "/items", "query": {"page": "2"}, "body": {"d": [{"at": 7}, {"at": 4}], "next": "{here}/items?page=3"}}]
      """)
    let resource = "  - {name: items, endpoint: {incremental: {cursor_path: at, row_order: desc}}}"
    let extracts = try await api.read(resource, lastValues: ["items": .number("5")])
    #expect(extracts[0].rows == 4)
    #expect(extracts[0].lastValue == .number("9"))
    #expect(try await api.targets.count == 2)
  }

  @Test func placeholdersHaveTheRange() async throws {
    let api = try await TestAPI(
      #"[{"path": "/events/2024-05-01", "body": []}, {"path": "/find", "body": []}]"#)
    let settings = "incremental: {cursor_path: at, initial_value: '2024-05-01T10:00:00Z', convert: iso_date}"
    try await api.read(
      """
        - {name: a, endpoint: {path: 'events/{incremental.start_value}', data_selector: '$', \(settings)}}
        - {name: b, endpoint: {path: find, method: POST, json: {from: '{incremental.start_value}', to: '{incremental.end_value}'}, \(settings)}}
      """)
    #expect(try await api.requests.map(\.body).contains(#"{"from":"2024-05-01","to":null}"#))
    #expect(try await api.targets.contains("/events/2024-05-01"))
  }

  @Test func aParameterOfTypeIncremental() async throws {
    let api = try await TestAPI(#"[{"path": "/items", "query": {"since": "3"}, "body": [{"n": 4}]}]"#)
    let extracts = try await api.read(
      "  - {name: items, endpoint: {params: {since: {type: incremental, cursor_path: n, initial_value: 3}}}}")
    #expect(extracts[0].lastValue == .number("4"))
  }

  @Test func rowsWithoutACursor() async throws {
    let api = try await TestAPI(#"[{"path": "/items", "body": [{"n": 4}, {"n": null}, {"m": 1}]}]"#)
    func resource(_ choice: String) -> String {
      "  - {name: items, endpoint: {incremental: {cursor_path: n, on_cursor_value_missing: \(choice)}}}"
    }
    #expect(try await api.read(resource("include"))[0].rows == 3)
    #expect(try await api.read(resource("exclude"))[0].rows == 1)
    let error = try await api.failure(resource("raise"))
    #expect(
      error.description.contains(#"a row has no cursor value at 'n': {"n": null}. Check cursor_path"#),
      "\(error)")
  }

  @Test func cursorsOfDifferentTypesAreAnError() async throws {
    let api = try await TestAPI(#"[{"path": "/items", "body": [{"n": 4}]}]"#)
    let error = try await api.failure(
      "  - {name: items, endpoint: {incremental: {cursor_path: n, initial_value: '3'}}}")
    #expect(
      error.description.contains(#"cursor values of different types meet at 'n': 4 and "3""#), "\(error)")
  }

  /// dlt asks for the children of later parents from the last value of earlier ones, and loses what lies between.
  @Test func allParentsAreAskedFromTheSameValue() async throws {
    let api = try await TestAPI(
      """
      [{"path": "/p", "body": [{"id": 1}, {"id": 2}]},
       {"path": "/c/1/x", "query": {"since": "5"}, "body": [{"n": 90}]},
       {"path": "/c/2/x", "query": {"since": "5"}, "body": [{"n": 10}]}]
      """)
    let extracts = try await api.read(
      client: "max_parallel: 1",
      """
        - p
        - {name: c, endpoint: {path: 'c/{resources.p.id}/x', incremental: {cursor_path: n, initial_value: 5, start_param: since}}}
      """)
    #expect(extracts[1].rows == 2)
    #expect(extracts[1].lastValue == .number("90"))
  }

  @Test func daysOfTheCalendar() throws {
    for number in stride(from: -800_000, through: 800_000, by: 997) {
      #expect(CalendarDay(number: number).number == number)
    }
    #expect(CalendarDay(year: 2000, month: 2, day: 29).number == 11_016)
    for text in [
      "2024-02-29T23:59:60.123456789012+05:30", "2024-01-01 10:00", "2024-01-01", "0001-01-01T00:00:00Z",
    ] {
      #expect(CursorTimestamp(text) != nil, "\(text)")
    }
    for text in [
      "2024-13-01", "2024-01-01T", "2024-01-01T25:00", "20240101", "2024-01-01X10:00", "",
      "2024-01-01T10:00:00EST",
    ] {
      #expect(CursorTimestamp(text) == nil, "\(text)")
    }
  }
}
