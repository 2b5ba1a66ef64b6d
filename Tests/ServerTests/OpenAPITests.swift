import HTTPServer
import JSON
import Testing

@testable import Server

/// The document at `/api/openapi.json`. That answers are what it says is checked with every request of the server's tests.
struct OpenAPITests {
  @Test func `the document has all routes and no others`() async throws {
    try await ServerLab.with(workers: 0) { lab async throws in
      let answer = try await lab.send("GET", "/openapi.json", token: "")
      let document = try #require(answer.json?.object)
      #expect(document["openapi"]?.string == "3.1.0")
      var described: Set<String> = []
      var ids: Set<String> = []
      for path in try #require(document["paths"]?.object).members {
        let names = path.key.split(separator: "/").filter { $0.hasPrefix("{") }.map {
          String($0.dropFirst().dropLast())
        }
        for (method, value) in (path.value.object?.members ?? []).map({ ($0.key, $0.value) }) {
          let operation = try #require(value.object)
          described.insert("\(method) \(path.key)")
          #expect(operation["summary"]?.string?.isEmpty == false, "\(method) \(path.key) is not described")
          let id = try #require(operation["operationId"]?.string)
          #expect(ids.insert(id).inserted, "\(id) is there twice")
          let parameters = operation["parameters"]?.array?.compactMap(\.object) ?? []
          #expect(parameters.filter { $0["in"]?.string == "path" }.compactMap { $0["name"]?.string } == names)
          let isOpen =
            ["/healthz", "/readyz", "/api/version", "/api/openapi.json"].contains(path.key)
            || path.key.contains("s3_proxy")
          #expect((operation["security"] == nil) == isOpen, "\(method) \(path.key)")
        }
      }
      let routed = lab.routes.filter(OpenAPIDocument.isPublic).map {
        "\($0.method.name.lowercased()) \($0.pattern.replacing("...}", with: "}"))"
      }
      #expect(described == Set(routed))
      let routes = Set(lab.routes)
      for operation in OpenAPIOperations.all {
        let route = Router.Route(method: operation.method, pattern: operation.pattern)
        #expect(routes.contains(route), "\(operation.method) \(operation.pattern) is described and not there")
      }
    }
  }

  @Test func `the check sees what is wrong`() throws {
    let schema = try JSONValue(
      parsing:
        #"{"type":"object","properties":{"a":{"type":["string","null"]},"b":{"type":"array","items":{"type":"integer"}}},"required":["b"]}"#
    )
    for (text, problems) in [
      (#"{"a":null,"b":[1,2]}"#, 0), (#"{"b":[]}"#, 0), (#"{"a":"x"}"#, 1), (#"{"a":1,"b":[1]}"#, 1),
      ("[]", 1),
      (#"{"b":[1,"2",true]}"#, 2),
    ] {
      #expect(
        APIContract.problems(try JSONValue(parsing: text), schema, at: "$").count == problems, "\(text)")
    }
  }
}
