import Foundation
import TestKit
import Testing

@Suite("tarn load: REST APIs", .serialized) struct LoadAPITests {
  /// Two pages of users, and the posts of each.
  private static let shop = """
    [{"path": "/users", "query": {"page": null, "since": null}, "body": {"data": [
       {"id": 1, "name": "Ada", "at": "2024-01-01T00:00:00Z", "tags": ["x"]},
       {"id": 2, "name": "Bob", "at": "2024-01-02T00:00:00Z"}], "next": "{here}/users?page=2"}},
     {"path": "/users", "query": {"page": "2"}, "body": {"data": [
       {"id": 3, "name": "Cy", "at": "2024-01-03T00:00:00Z", "big": 12345678901234567890123}]}},
     {"path": "/users/1/posts", "body": [{"p": 10}]}, {"path": "/users/2/posts", "body": []},
     {"path": "/users/3/posts", "body": [{"p": 30}]}]
    """

  @Test func `all resources are one snapshot, children know their parents`() async throws {
    let api = try await APILab(Self.shop)
    try api.declare(
      client: "auth: {type: bearer, token_env: API_TOKEN}",
      """
            - {name: users, primary_key: id, columns: {id: {data_type: text}}}
            - name: posts
              table_name: articles
              endpoint: "users/{resources.users.id}/posts"
              include_from_parent: [name]
      """)
    let said = try await api.load()
    #expect(said.contains("loaded 6 rows into main/shop (snapshot 1, "), "\(said)")
    #expect(
      try await api.rows("SELECT id, name, CAST(\"at\" AS VARCHAR) AS t FROM shop.users ORDER BY id")
        == #"[{"id":"1","name":"Ada","t":"2024-01-01 00:00:00+00"},{"id":"2","name":"Bob","t":"2024-01-02 00:00:00+00"},{"id":"3","name":"Cy","t":"2024-01-03 00:00:00+00"}]"#
    )
    #expect(
      try await api.rows("SELECT p, _users_name FROM shop.articles ORDER BY p")
        == #"[{"p":10,"_users_name":"Ada"},{"p":30,"_users_name":"Cy"}]"#)
    let targets = try await api.targets
    #expect(targets.count == 5)
    #expect(targets.allSatisfy { $0.hasSuffix("Bearer \(APILab.secret)") }, "\(targets)")
    #expect(try api.leftovers == [])
    // The credential is nowhere in the workspace.
    let grep = TarnProcess(in: api.lab.folder.path, executable: "/bin/grep")
    #expect(try await grep.run("-r", APILab.secret, api.lab.folder.path).output.isEmpty)
  }

  @Test(.timeLimit(.minutes(15))) func `a load that reads is told of`() async throws {
    // The first request is answered once there is a second.
    let api = try await APILab(#"[{"path": "/slow", "wait_for": 2, "body": [{"id": 1}]}]"#)
    try api.declare("      - slow")
    let running = try api.process().start(["load", "-f", "api.yaml"])
    try await eventually("the API is asked") { try await !api.targets.isEmpty }
    let status = try await api.lab.output("load", "status")
    #expect(status.contains("main/shop") && status.contains("reads \(api.base)"), "\(status)")
    let json = try await api.lab.output("load", "status", "--json")
    #expect(json.contains(#""state":"reading""#) && !json.contains("loadID"), "\(json)")
    try await api.ask("/slow")
    let outcome = await running.outcome()
    #expect(outcome.errors.contains("loaded 1 row"), "\(outcome)")
    #expect(try await api.lab.output("load", "status") == "nothing is pending\n")
  }

  @Test func `only what is new, with the state in the lake`() async throws {
    let api = try await APILab(
      """
      [{"path": "/events", "query": {"since": "2024-01-01T00:00:00Z"}, "body": [
         {"id": 1, "at": "2024-01-01T00:00:00Z"}, {"id": 2, "at": "2024-01-02T00:00:00Z"}]},
       {"path": "/events", "query": {"since": "2024-01-02T00:00:00Z"}, "times": 1, "body": [
         {"id": 2, "at": "2024-01-02T00:00:00Z"}, {"id": 3, "at": "2024-01-02T00:00:00Z"},
         {"id": 4, "at": "2024-01-05T00:00:00Z"}]},
       {"path": "/events", "query": {"since": "2024-01-05T00:00:00Z"}, "body": []}]
      """)
    try api.declare(
      """
            - name: events
              endpoint:
                path: events
                incremental: {cursor_path: at, start_param: since, initial_value: "2024-01-01T00:00:00Z"}
      """)
    let first = try await api.load()
    #expect(first.contains("loaded 2 rows into main/shop (snapshot 1, "), "\(first)")
    // The row at the boundary comes again and is recognised; its neighbour of the same time is new.
    let second = try await api.load()
    #expect(second.contains("loaded 2 rows into main/shop (snapshot 2, "), "\(second)")
    let third = try await api.load()
    #expect(third.contains("nothing new to load"), "\(third)")
    #expect(
      try await api.rows("SELECT list(id ORDER BY id) AS ids FROM shop.events") == #"[{"ids":[1,2,3,4]}]"#)
    // Where dlt looks for it.
    let state = try await api.lab.output("load", "sync", "shop")
    #expect(state == "", "\(state)")
    let text = try api.lab.folder.read(".tarn/loads/shop/shop.state.json")
    #expect(
      text.contains(
        #""resources":{"events":{"incremental":{"at":{"initial_value":"2024-01-01T00:00:00Z","last_value":"2024-01-05T00:00:00Z""#
      ),
      "\(text)")
    #expect(!text.contains("tarn_files"), "\(text)")
  }

  @Test func `a cursor that falls, and a backfill`() async throws {
    let api = try await APILab(
      """
      [{"path": "/down", "query": {"before": null}, "body": [{"n": 9}, {"n": 7}]},
       {"path": "/down", "query": {"before": "7"}, "body": [{"n": 5}]},
       {"path": "/down", "query": {"before": "5"}, "body": []},
       {"path": "/old", "query": {"from": "1", "to": "3"}, "body": [{"n": 1}, {"n": 2}, {"n": 3}]}]
      """)
    try api.declare(
      """
            - {name: down, endpoint: {path: down, incremental: {cursor_path: n, start_param: before, last_value_func: min}}}
      """)
    for _ in 1...3 { try await api.load() }
    #expect(try await api.rows("SELECT list(n ORDER BY n) AS n FROM shop.down") == #"[{"n":[5,7,9]}]"#)
    try api.declare(
      """
            - name: old
              table_name: down
              endpoint: {path: old, incremental: {cursor_path: n, start_param: from, end_param: to, initial_value: 1, end_value: 3}}
      """)
    for _ in 1...2 { try await api.load() }
    #expect(
      try await api.rows("SELECT list(n ORDER BY n) AS n FROM shop.down") == #"[{"n":[1,1,2,2,5,7,9]}]"#)
  }

  @Test func `replaced by nothing, and chosen tables`() async throws {
    let api = try await APILab(
      """
      [{"path": "/a", "times": 1, "body": [{"n": 1}]}, {"path": "/a", "body": []}, {"path": "/b", "body": [{"n": 2}]}]
      """)
    try api.declare("      - a\n      - b", load: "write_disposition: replace\ntables: {a: {table: first}}\n")
    try await api.load()
    #expect(try await api.rows("SELECT n FROM shop.first") == #"[{"n":1}]"#)
    try await api.load()
    #expect(try await api.rows("SELECT n FROM shop.first") == "[]")
    #expect(try await api.targets.allSatisfy { $0.hasPrefix("/a") })
  }

  @Test func `a dry run asks, tells and keeps nothing`() async throws {
    let api = try await APILab(Self.shop)
    try api.declare(client: "auth: {type: bearer, token_env: API_TOKEN}", "      - users")
    let outcome = try await api.process().run("load", "-f", "api.yaml", "--dry-run", "--json")
    #expect(outcome.status == 0, "\(outcome)")
    #expect(outcome.output.contains(#""table":"users__tags""#), "\(outcome)")
    #expect(!outcome.output.contains(APILab.secret) && !outcome.errors.contains(APILab.secret))
    #expect(try api.leftovers == [])
    #expect(
      try await api.rows("SELECT count(*)::INT AS n FROM duckdb_schemas() WHERE schema_name = 'shop'")
        == #"[{"n":0}]"#)
    let json = try await api.process().run("load", "-f", "api.yaml", "--json")
    #expect(json.output.contains(#""snapshot":1"#), "\(json)")
  }

  @Test func `a declaration in a file of its own`() async throws {
    let api = try await APILab(Self.shop)
    try api.lab.folder.write("client: {base_url: '\(api.base)'}\nresources: [users]\n", to: "in/users.yaml")
    try api.lab.folder.write("source: {rest_api: in/users.yaml}\ninto: shop\n", to: "api.yaml")
    let said = try await api.load()
    #expect(said.contains("loaded 4 rows into main/shop"), "\(said)")
    try api.lab.folder.write("client: {base_url: '\(api.base)'}\nresource: [users]\n", to: "in/users.yaml")
    let outcome = try await api.process().run("load", "-f", "api.yaml")
    #expect(
      outcome.errors.contains("in/users.yaml:2: api.resource is an unknown key. Did you mean 'resources'?"),
      "\(outcome)")
  }

  /// The page's own example, word for word but for the address.
  @Test func `the example of the reference loads`() async throws {
    let api = try await APILab(
      """
      [{"path": "/users", "body": [{"id": 1}]},
       {"path": "/issues", "query": {"state": "all", "per_page": "100", "since": "2024-01-01T00:00:00Z"},
        "body": {"data": {"issues": [{"id": 5, "number": 1, "updated_at": "2024-03-01T00:00:00Z"},
          {"id": 6, "number": 2, "updated_at": "2024-03-02T00:00:00Z"}]}}},
       {"path": "/issues/1/comments", "body": [{"id": 7}]},
       {"path": "/issues/2/comments", "status": 404, "body": {"error": "gone"}}]
      """)
    let page = try String(contentsOfFile: Checkout.folder + "/docs/reference/rest-source.md", encoding: .utf8)
    let example = String(try #require(page.firstMatch(of: #/```yaml\n(source:(?s:.*?))```/#)).1)
    try api.lab.folder.write(
      example.replacing("https://api.example.com/v2/", with: api.base), to: "api.yaml")
    let outcome = try await api.process(["EXAMPLE_TOKEN": APILab.secret]).run("load", "-f", "api.yaml")
    #expect(outcome.status == 0, "\(outcome)")
    #expect(
      try await api.rows(
        "SELECT (SELECT count(*) FROM example.users) AS u, (SELECT count(*) FROM example.issues) AS i, (SELECT any_value(_issues_number) FROM example.comments) AS c"
      ) == #"[{"u":1,"i":2,"c":1}]"#)
  }
}
