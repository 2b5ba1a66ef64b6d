internal import Accounts
internal import HTTPServer
internal import JSON

/// The API as a document of OpenAPI 3.1. Routes of workers are left out: they are between parts of one version.
enum OpenAPIDocument {
  /// Whether a route is in the document. One that ends in a slash is another's, written as some clients write it.
  static func isPublic(_ route: Router.Route) -> Bool {
    (!route.pattern.hasPrefix("/api/workers/") || route.pattern == "/api/workers/list")
      && !route.pattern.hasSuffix("/")
  }

  /// - Parameters:
  ///   - routes: those that the server answers.
  ///   - rules: what each takes that asks who is there.
  static func json(
    _ routes: [Router.Route], rules: [Router.Route: APIRoutes.Rule], version: String
  ) -> JSONValue {
    var paths = JSONObject()
    for route in routes where isPublic(route) {
      let path = route.pattern.replacing("...}", with: "}")
      var methods = paths[path]?.object ?? JSONObject()
      let operation = OpenAPIOperations.all.first { $0.method == route.method && $0.pattern == route.pattern }
      methods[route.method.name.lowercased()] = json(operation, route, rules[route])
      paths[path] = .object(methods)
    }
    return .object(
      JSONObject(pairs: [
        "openapi": .string("3.1.0"),
        "info": .object(JSONObject(pairs: ["title": .string("Tarn"), "version": .string(version)])),
        "servers": .array([.object(JSONObject(pairs: ["url": .string("/")]))]),
        "paths": .object(paths),
        "components": .object(
          JSONObject(pairs: [
            "securitySchemes": .object(
              JSONObject(pairs: [
                "bearer": .object(JSONObject(pairs: ["type": .string("http"), "scheme": .string("bearer")]))
              ])),
            "responses": .object(
              JSONObject(pairs: [
                "error": response("One line that says what is wrong.", .text)
              ])),
          ])),
      ]))
  }

  private static func json(
    _ operation: APIOperation?, _ route: Router.Route, _ rule: APIRoutes.Rule?
  ) -> JSONValue {
    var parameters = route.pattern.split(separator: "/").filter { $0.hasPrefix("{") }.map { part in
      let isRest = part.hasSuffix("...}")
      let name = part.dropFirst().dropLast(isRest ? 4 : 1)
      return parameter(String(name), "path", isRest ? "May hold slashes." : nil)
    }
    for (name, text) in operation?.query ?? [:] { parameters.append(parameter(name, "query", text)) }
    var object = JSONObject(pairs: [
      "summary": .string(operation?.summary ?? ""), "operationId": .string(id(of: route)),
      "tags": .array([.string(operation?.tag ?? "server")]), "parameters": .array(parameters),
    ])
    if let (type, schema) = operation?.body.entry {
      object["requestBody"] = .object(JSONObject(pairs: ["content": content(type, schema)]))
    }
    object["responses"] = .object(
      JSONObject([
        .init(
          key: String(operation?.status ?? 200), value: response("It is done.", operation?.answer ?? .none)),
        .init(
          key: "default",
          value: .object(JSONObject(pairs: ["$ref": .string("#/components/responses/error")]))),
      ]))
    if let rule {
      object["security"] = .array([.object(JSONObject(pairs: ["bearer": .array([])]))])
      object["x-tarn-role"] = .string(rule.permission.leastRole.rawValue)
      object["x-tarn-scope"] = .string(rule.scope)
    }
    return .object(object)
  }

  private static func parameter(_ name: String, _ place: String, _ text: String?) -> JSONValue {
    var object = JSONObject(pairs: ["name": .string(name), "in": .string(place)])
    if place == "path" { object["required"] = .bool(true) }
    if let text { object["description"] = .string(text) }
    object["schema"] = APISchema.string.json
    return .object(object)
  }

  private static func response(_ text: String, _ answer: APIContent) -> JSONValue {
    var object = JSONObject(pairs: ["description": .string(text)])
    if let (type, schema) = answer.entry { object["content"] = content(type, schema) }
    return .object(object)
  }

  private static func content(_ type: String, _ schema: JSONValue) -> JSONValue {
    .object(JSONObject([.init(key: type, value: .object(JSONObject(pairs: ["schema": schema])))]))
  }

  /// `post_jobs_run_p_path`.
  private static func id(of route: Router.Route) -> String {
    let words = route.pattern.replacing("/api/w/{workspace}", with: "").split { !$0.isLetter && !$0.isNumber }
    return ([route.method.name.lowercased()] + words.map(String.init)).joined(separator: "_")
  }
}
