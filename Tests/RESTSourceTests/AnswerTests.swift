import Foundation
import Testing

@testable import RESTSource

@Suite struct AnswerTests {
  @Test(arguments: [
    ("<html>no</html>", "byte 1: a value is missing, it calls itself text/html"),
    (#"{"d": [1, 2"#, "byte 12: the text ends within a value"),
    (#"[{"a": 1}] x"#, "byte 12: there is more text after the JSON value"),
    (#"["a\#u{1}"]"#, "byte 4: a text holds a control character"),
  ])
  func whatIsNoJSONIsAnError(body: String, expected: String) async throws {
    let text = String(decoding: JSONText.quoted(body), as: UTF8.self)
    let api = try await TestAPI(
      #"[{"path": "/a", "headers": {"Content-Type": "text/html"}, "body": \#(text)}]"#)
    let error = try await api.failure("  - a")
    #expect(error.code == .answer)
    #expect(error.url == api.base + "/a")
    #expect(error.description.contains("the answer is no JSON (\(expected)"), "\(error)")
  }

  @Test(arguments: [
    #""status": 204, "body": """#, #""body": """#, #""body": "\n""#, #""body": null"#,
    #""body": {"d": null}"#,
  ])
  func nothingIsNoRows(answer: String) async throws {
    let api = try await TestAPI(#"[{"path": "/a", \#(answer)}]"#)
    let extracts = try await api.read(
      "  - {name: a, endpoint: {data_selector: \(answer.contains("d") ? "d" : "$")}}")
    #expect(extracts[0].rows == 0)
    #expect(extracts[0].files.isEmpty)
  }

  @Test func longErrorsAreCut() async throws {
    let api = try await TestAPI(
      #"[{"path": "/a", "status": 400, "body": "\#(String(repeating: "long ", count: 200))"}]"#)
    let error = try await api.failure("  - a")
    #expect(error.excerpt?.count == 201)
  }

  @Test func answersHaveALimit() async throws {
    let body = String(repeating: "x", count: 3000)
    let api = try await TestAPI(
      #"[{"path": "/a", "body": ["\#(body)"]}, {"path": "/z", "gzip": true, "body": ["\#(body)"]}]"#)
    for path in ["a", "z"] {
      let error = try await api.failure(client: "max_response: 2KB", "  - \(path)")
      #expect(error.code == .limit)
      #expect(error.description.contains("larger than max_response (2000 bytes)"), "\(error)")
    }
    #expect(try await api.targets.count == 2)
  }

  @Test func gzipAndByteOrderMarks() async throws {
    let api = try await TestAPI(
      #"[{"path": "/z", "gzip": true, "body": [{"a": "é"}]}, {"path": "/b", "body": "\uFEFF[{\"b\": \"é\"}]"}]"#
    )
    let extracts = try await api.read("  - z\n  - b")
    #expect(try extracts[0].lines == [#"{"a": "\u00e9"}"#])
    #expect(try extracts[1].lines == [#"{"b": "é"}"#])
  }

  @Test func rowsAreCopiedByteForByte() async throws {
    let rows = [
      #"{"z": 1e400, "a": 0.1000000000000000055511151231257827, "n": -0, "big": 123456789012345678901234567890}"#,
      #"{"u": "\ud83d\ude00\u00e9\/", "e": "😀é", "dup": 1, "dup": 2, "": {"x": [ ]}}"#,
    ]
    let body = String(decoding: JSONText.quoted("[\n  \(rows[0]),\r\n\t\(rows[1])\n]"), as: UTF8.self)
    let api = try await TestAPI(#"[{"path": "/a", "body": \#(body)}]"#)
    #expect(try await api.read("  - a")[0].lines == rows)
  }

  @Test func rowsOverSeveralLinesBecomeOne() async throws {
    let api = try await TestAPI(
      #"[{"path": "/a", "body": "[{\n  \"a\": [\r\n 1,\n 2]\n}, null, \"x\", [1]]"}]"#)
    #expect(
      try await api.read("  - a")[0].lines
        == [#"{  "a": [ 1, 2]}"#, #"{"value":null}"#, #"{"value":"x"}"#, #"{"value":[1]}"#])
  }

  @Test(arguments: [
    ("data.items", #"[1]|[2]"#), ("$.data.items[*]", #"[1]|[2]"#), ("edges[*].node", #"{"id": 1}|{"id": 2}"#),
    ("edges[1].node", #"{"id": 2}"#), ("data['odd.name']", #"3"#), (#"data."odd.name""#, "3"),
    ("nothing.here", ""),
    ("data", #"{"items": [[1], [2]], "odd.name": [3]}"#), ("map.*", #"{"k": 1}|{"k": 2}"#),
  ])
  func selectors(selector: String, expected: String) async throws {
    let api = try await TestAPI(
      """
      [{"path": "/a", "body": {"data": {"items": [[1], [2]], "odd.name": [3]},
        "edges": [{"node": {"id": 1}}, {"node": {"id": 2}}], "map": {"x": {"k": 1}, "y": {"k": 2}}}}]
      """)
    let text = String(decoding: JSONText.quoted(selector), as: UTF8.self)
    let lines = try await api.read("  - {name: a, endpoint: {data_selector: \(text)}}")[0].lines
    let rows = expected.split(separator: "|").map { $0.hasPrefix("{") ? String($0) : "{\"value\":\($0)}" }
    #expect(lines == rows)
  }

  @Test func filesAreDividedBetweenRows() async throws {
    let api = try await TestAPI(
      """
      [{"path": "/a", "query": {"p": null}, "body": {"d": [{"id": 1}, {"id": 2}], "next": "{here}/a?p=2"}},
       {"path": "/a", "body": {"d": [{"id": 3}]}}]
      """)
    let extracts = try await api.read("  - {name: 'a b/../c', endpoint: a}", maximumFileSize: 10)
    #expect(
      extracts[0].files.map { ($0 as NSString).lastPathComponent } == [
        "001-a_b____c-001.ndjson", "001-a_b____c-002.ndjson",
      ])
    #expect(try extracts[0].lines.count == 3)
    #expect(extracts[0].bytes == 30)
  }

  @Test func aFolderThatIsNotThereIsAnError() async throws {
    let api = try await TestAPI(#"[{"path": "/a", "body": [1]}]"#)
    let declared = try api.declared("  - a")
    await #expect(throws: RESTSourceError.self) {
      try await RESTExtractor(declared).extract(into: "/nowhere/at/all")
    }
  }

  @Test func queriesAndBodies() async throws {
    let api = try await TestAPI(#"[{"path": "/a", "body": [1]}]"#)
    try await api.read(
      """
        - name: a
          endpoint:
            path: a?x=1&y=2
            method: POST
            params: {y: "é&=", list: [1, two, true], none: null, flag: true, number: 1.50, text: "1.50"}
            data: {a: "b c", n: 1}
      """)
    let request = try await api.requests[0]
    #expect(request.query == "x=1&y=%C3%A9%26%3D&list=1&list=two&list=true&flag=true&number=1.50&text=1.50")
    #expect(request.body == "a=b+c&n=1")
    #expect(request.headers["content-type"] == "application/x-www-form-urlencoded")
    #expect(request.headers["user-agent"] == "tarn")
    #expect(throws: RESTSourceError.self) { try api.declared("  - {name: a, endpoint: {json: {q: 1}}}") }
  }
}
