import Foundation
import LakeSettings
import RESTSource
import TestKit
import Testing

@Suite struct DeclarationTests {
  private static func read(_ yaml: String) throws -> RESTAPI { try RESTAPI(yaml: yaml, folder: "/ws") }

  private static func failure(_ yaml: String) -> String {
    do {
      let api = try read(yaml)
      return "no error: \(api)"
    } catch { return "\(error)" }
  }

  @Test func everyKeyIsRead() throws {
    let api = try Self.read(
      """
      client:
        base_url: https://api.example.com/v1/
        headers:
          Accept-Language: en
          X-Tenant: {file: keys/tenant}
        auth: {type: api_key, name: key, location: param, api_key_env: KEY}
        paginator: {type: header_link, links_next_key: forward}
        allowed_hosts: [files.example.com, "other.example.com:8443"]
        rate_limit: {requests: 100, per: 1m}
        max_parallel: 8
        timeout: 2h
        max_response: 64MiB
        request_timeout: 30s
        request_max_attempts: 9
        request_backoff_factor: 0.5
        request_max_retry_delay: 10m
      resource_defaults:
        primary_key: id
        write_disposition: merge
        columns: {id: {data_type: bigint}, at: {nullable: false}}
        endpoint:
          params: {size: 100, order: asc}
          data_selector: data
      resources:
        - users
        - name: orders
          primary_key: [region, id]
          columns: {at: {data_type: timestamp}}
          max_table_nesting: 2
          parallelized: false
          endpoint:
            path: users/{resources.users.id}/orders
            params: {order: desc, kind: "{resources.users.kind}"}
            response_actions: [{status_code: 404, action: ignore}]
            incremental:
              cursor_path: updated_at
              initial_value: 2024-01-01
              start_param: from
              lag: 3600
              convert: epoch_seconds
              range_end: closed
          include_from_parent: [id, name]
      """)
    let client = api.client
    #expect(client.baseURL == "https://api.example.com/v1/")
    #expect(
      client.headers == [
        RESTHeader(name: "Accept-Language", value: .text("en")),
        RESTHeader(name: "X-Tenant", value: .secret(.source(.file("/ws/keys/tenant")))),
      ])
    #expect(
      client.authentication == .apiKey(name: "key", key: .source(.environment("KEY")), location: .query))
    #expect(client.paginator == .headerLink(relation: "forward"))
    #expect(client.allowedHosts == ["files.example.com", "other.example.com:8443"])
    #expect(client.rateLimit == RESTRateLimit(requests: 100, period: .seconds(60)))
    #expect(client.maximumParallelRequests == 8)
    #expect(client.timeout == .seconds(7200))
    #expect(client.maximumResponseSize == 67_108_864)
    #expect(client.retries.requestTimeout == .seconds(30))
    #expect(client.retries.maximumAttempts == 9)
    #expect(client.retries.backoffFactor == 0.5)
    #expect(client.retries.maximumDelay == .seconds(600))

    let users = api.resources[0]
    #expect(users.endpoint.path.text == "users")
    #expect(users.endpoint.parameters.map(\.key) == ["size", "order"])
    #expect(users.parent == nil)
    let orders = api.resources[1]
    #expect(orders.parent == "users")
    #expect(orders.endpoint.parameters.map(\.key) == ["order", "kind", "size"])
    #expect(orders.endpoint.parameters[0].value == .string("desc"))
    #expect(orders.endpoint.dataSelector?.text == "data")
    #expect(orders.endpoint.responseActions == [RESTResponseAction(statusCode: 404)])
    #expect(orders.endpoint.incremental?.initialValue == .string("2024-01-01"))
    #expect(orders.endpoint.incremental?.conversion == .epochSeconds)
    #expect(orders.endpoint.incremental?.hints.map(\.key) == ["range_end"])
    #expect(!orders.isParallel)
    #expect(orders.includeFromParent == ["id", "name"])
    #expect(
      JSONValue.object(orders.hints).jsonText
        == #"{"columns":{"id":{"data_type":"bigint"},"at":{"nullable":false,"data_type":"timestamp"}},"#
        + #""primary_key":["region","id"],"write_disposition":"merge","max_table_nesting":2}"#)
  }

  @Test func valuesComeBackFromTheirText() throws {
    let text = #"{"b":[1.50,null,true],"a":"é\"","c":{}}"#
    #expect(try JSONValue(jsonText: text).jsonText == text)
    #expect(throws: RESTSourceError.self) { try JSONValue(jsonText: "{") }
  }

  @Test func aDeclarationMayBeJSON() throws {
    let api = try Self.read(
      """
      {
      \t"client": {"base_url": "http://localhost:8000", "paginator": {"type": "offset", "limit": 10, "total_path": null}},
        "resources": [{"name": "a", "endpoint": {"params": {"n": 1.50, "s": "1.50", "e": "\\u00e9\\ud83d\\ude00\\\\ud83d", "b": true}}}]
      }
      """)
    let values = api.resources[0].endpoint.parameters.map(\.value)
    #expect(values == [.number("1.50"), .string("1.50"), .string("é😀\\ud83d"), .boolean(true)])
    guard case .offset(let range, let limit, let target) = api.client.paginator else {
      Issue.record("\(String(describing: api.client.paginator))")
      return
    }
    #expect(range.totalPath == nil)
    #expect(limit == 10)
    #expect(target == .parameter("limit"))
  }

  @Test(arguments: [
    (
      "client: {base_url: 'https://x'}\nresource: [a]",
      "line 2: api.resource is an unknown key. Did you mean 'resources'?"
    ),
    ("client: {base_url: 'https://x'}\nresources: []", "api needs `resources:`"),
    ("client: {base_url: 'ftp://x'}\nresources: [a]", "client.base_url must begin with http:// or https://"),
    (
      "client: {base_url: 'https://u:hidden@x'}\nresources: [a]",
      "client.base_url may hold no user or password"
    ),
    (
      "client:\n  base_url: https://x\n  session: x\nresources: [a]",
      "line 3: api.client.session is not read here. It is a Python object"
    ),
    (
      "client: {base_url: 'https://x', auth: bearer}\nresources: [a]",
      "api.client.auth needs to say where the secret is"
    ),
    (
      "client:\n  base_url: https://x\n  auth:\n    token: hidden\nresources: [a]",
      "line 4: api.client.auth.token is a secret and may not stand in this file. Put it into an environment variable and write token_env: NAME"
    ),
    (
      "client: {base_url: 'https://x', auth: {type: basic}}\nresources: [a]",
      "api.client.auth.type cannot be 'basic'. It is one of bearer"
    ),
    (
      "client: {base_url: 'https://x', auth: {type: api_key, location: body, api_key_env: A}}\nresources: [a]",
      "location cannot be 'body'. It is one of header, query, cookie"
    ),
    (
      "client: {base_url: 'https://x', headers: {Authorization: Bearer hidden}}\nresources: [a]",
      "api.client.headers.Authorization looks like a secret"
    ),
    ("client: {base_url: 'https://x', headers: {\"a b\": x}}\nresources: [a]", "is no header"),
    (
      "client: {base_url: 'https://x', paginator: {type: ofset, limit: 1}}\nresources: [a]",
      "cannot be 'ofset'. Did you mean 'offset'?"
    ),
    ("client: {base_url: 'https://x', paginator: offset}\nresources: [a]", "paginator needs `limit:`"),
    (
      "client: {base_url: 'https://x', paginator: {type: offset, limit: 1, total_path: null, stop_after_empty_page: false}}\nresources: [a]",
      "would never end"
    ),
    (
      "client: {base_url: 'https://x', paginator: {type: cursor, cursor_param: a, cursor_body_path: b}}\nresources: [a]",
      "cursor_body_path and cursor_param exclude each other"
    ),
    (
      "client: {base_url: 'https://x', paginator: {type: json_link, next_url_path: a..b}}\nresources: [a]",
      "'..' is not understood here"
    ),
    (
      "client: {base_url: 'https://x', rate_limit: {requests: 0}}\nresources: [a]",
      "requests must be a whole number from 1"
    ),
    (
      "client: {base_url: 'https://x', request_timeout: soon}\nresources: [a]",
      "must be a time such as 30s or 10m, not 'soon'"
    ),
    (
      "client: {base_url: 'https://x', allowed_hosts: ['https://y']}\nresources: [a]",
      "Write host or host:port"
    ),
    ("client: {base_url: 'https://x'}\nresources: [a, a]", "resource 'a' is declared twice"),
    (
      "client: {base_url: 'https://x'}\nresources: [{name: a, processing_steps: []}]",
      "processing_steps is not read here. It is Python"
    ),
    (
      "client: {base_url: 'https://x'}\nresources: [{name: a, writedisposition: append}]",
      "Did you mean 'write_disposition'?"
    ),
    (
      "client: {base_url: 'https://x'}\nresources: [{name: a, endpoint: {parms: {}}}]",
      "api.resources.a.endpoint.parms is an unknown key. Did you mean 'params'?"
    ),
    ("client: {base_url: 'https://x'}\nresources: [{name: a, endpoint: {method: PUT}}]", "cannot be 'PUT'"),
    (
      "client: {base_url: 'https://x'}\nresources: [{name: a, endpoint: {params: {token: hidden}}}]",
      "looks like a secret and may not stand in this file. Write auth: {type: api_key, location: query, name: token"
    ),
    (
      "client: {base_url: 'https://x'}\nresources: [{name: a, endpoint: 'a/{id}'}]",
      "has a placeholder {id} that stands for nothing"
    ),
    (
      "client: {base_url: 'https://x'}\nresources: [{name: a, endpoint: {params: {x: '{incremental.start_value}'}}}]",
      "stands for nothing"
    ),
    (
      "client: {base_url: 'https://x'}\nresources: [{name: a, endpoint: 'a/{id'}]",
      "a '{' is not closed. A brace that is meant as one is doubled"
    ),
    (
      "client: {base_url: 'https://x'}\nresources: [order, {name: a, endpoint: '{resources.orders.id}'}]",
      "resource 'a' has a parent 'orders' that is not declared. Did you mean 'order'?"
    ),
    (
      "client: {base_url: 'https://x'}\nresources: [{name: a, endpoint: '{resources.a.id}'}]",
      "resource 'a' is its own parent"
    ),
    (
      "client: {base_url: 'https://x'}\nresources: [{name: a, endpoint: '{resources.b.id}'}, {name: b, endpoint: '{resources.a.id}'}]",
      "is its own parent"
    ),
    (
      "client: {base_url: 'https://x'}\nresources: [b, c, {name: a, endpoint: '{resources.b.id}/{resources.c.id}'}]",
      "has several parents: b, c"
    ),
    (
      "client: {base_url: 'https://x'}\nresources: [{name: a, include_from_parent: [id]}]",
      "has include_from_parent but no parent"
    ),
    (
      "client: {base_url: 'https://x'}\nresources: [{name: a, endpoint: {response_actions: [{status_code: 404, action: retry}]}}]",
      "action can only be 'ignore'"
    ),
    (
      "client: {base_url: 'https://x'}\nresources: [{name: a, endpoint: {incremental: {initial_value: 1}}}]",
      "incremental needs `cursor_path:`"
    ),
    (
      "client: {base_url: 'https://x'}\nresources: [{name: a, endpoint: {incremental: {cursor_path: a, convert: epoch}}}]",
      "convert cannot be 'epoch'. It is one of epoch_seconds"
    ),
    (
      "client: {base_url: 'https://x'}\nresources: [{name: a, endpoint: {params: {x: {type: incremental, cursor_path: a, end_value: 3}}}}]",
      "Write endpoint.incremental with start_param and end_param instead"
    ),
    (
      "client: {base_url: 'https://x'}\nresources: [{name: a, endpoint: {params: {x: {type: resolve, resource: b, field: id}}}}, b]",
      "has a parameter 'x' of type resolve that its path does not name"
    ),
    (
      "client: {base_url: 'https://x/?api_key=hidden'}\nresources: [a]",
      "client.base_url holds 'api_key', which looks like a secret"
    ),
    (
      "client: {base_url: 'https://x'}\nresources: [{name: a, endpoint: 'a?x=1&access_token=hidden'}]",
      "path holds 'access_token', which looks like a secret"
    ),
    (
      "client: {base_url: 'https://x'}\nresources: [{name: a, endpoint: {method: POST, json: {a: [{password: hidden}]}}}]",
      "json holds 'password', which looks like a secret"
    ),
    ("client: [", "this is no readable YAML"),
    ("", "the declaration is empty"),
  ])
  func errorsSayWhatAndWhere(yaml: String, expected: String) {
    let text = Self.failure(yaml)
    #expect(text.contains(expected), "\(text)")
    #expect(!text.contains("hidden"))
    #expect(!text.contains("\n"))
  }
}
