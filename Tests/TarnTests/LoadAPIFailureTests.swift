import Foundation
import TestKit
import Testing

@Suite("tarn load: REST APIs that fail, commands that die", .serialized) struct LoadAPIFailureTests {
  // MARK: Answers

  @Test(arguments: [
    (
      #"{"path": "/r", "status": 404, "body": {"error": "no"}}"#,
      "resource 'r': the API answered with status 404"
    ),
    (#"{"path": "/r", "status": 401, "body": {"error": "no"}}"#, "status 401"),
    (#"{"path": "/r", "body": "<html>"}"#, "the answer is no JSON"),
    (
      #"{"path": "/r", "body": {"data": [{"a": 1}], "next": "{here}/r"}}"#,
      "pages go round in a circle"
    ),
    (#"{"path": "/r", "status": 500}"#, "status 500"),
    (#"{"path": "/r", "fault": "close"}"#, "no answer after 2 attempts"),
    (#"{"path": "/r", "fault": "cut", "body": [1, 2]}"#, "no answer after 2 attempts"),
    (#"{"path": "/r", "status": 429, "headers": {"Retry-After": "3600"}}"#, "asks to wait 3600 s"),
  ])
  func `what an API may answer`(rule: String, said: String) async throws {
    let api = try await APILab("[\(rule)]")
    try api.declare(
      client:
        "auth: {type: bearer, token_env: API_TOKEN}\nrequest_max_attempts: 2\nrequest_backoff_factor: 0",
      "      - r")
    try await api.fails(saying: said)
  }

  @Test func `one resource of several fails`() async throws {
    let api = try await APILab(#"[{"path": "/a", "body": [{"n": 1}]}, {"path": "/b", "status": 403}]"#)
    try api.declare("      - a\n      - b")
    try await api.fails(saying: "resource 'b': the API answered with status 403", "Declare client.auth")
  }

  @Test(arguments: [
    ("base_url: http://127.0.0.1:1", "no answer after 1 attempts"),
    ("base_url: http://no-such-host.invalid", "Could not resolve host"),
  ])
  func `no such server`(address: String, said: String) async throws {
    let api = try await APILab("[]")
    try api.lab.folder.write(
      "source: {rest_api: {client: {\(address), request_max_attempts: 1}, resources: [r]}}\ninto: shop\n",
      to: "api.yaml")
    try await api.fails(saying: said, "Check base_url and the network")
  }

  @Test func `a secret that is not there`() async throws {
    let api = try await APILab("[]")
    try api.declare(client: "auth: {type: bearer, token_env: NOT_SET}", "      - r")
    try await api.fails(saying: "environment variable NOT_SET is not set")
    #expect(try await api.targets == [])
  }

  // MARK: Declarations

  @Test(arguments: [
    (
      "      - r", "client:", "clinet:",
      "api.yaml:3: source.rest_api.clinet is an unknown key. Did you mean 'client'?"
    ),
    ("      - {name: r, endpoint: {path: r, paginator: {type: curser}}}", "", "", "api.yaml:6: "),
    ("      - {name: r, write_disposition: mrge}", "", "", "api.yaml: write_disposition cannot be 'mrge'"),
    ("      - {name: r, nested_hints: {a: {}}}", "", "", "nested_hints is not read here"),
    (
      "      - {name: r, endpoint: {path: r, incremental: {cursor_path: a, range_start: open}}}", "", "",
      "range_start can only be 'closed' here"
    ),
    (
      "      - r", "into: main/shop", "into: main/shop\nincremental: at",
      "incremental belongs to the endpoint"
    ),
    ("      - r", "into: main/shop", "into: main/shop\ntables: [q]", "the API has no resource 'q'"),
    (
      "      - r\n      - q", "into: main/shop", "into: main/shop\ntable: t",
      "2 resources cannot go into one table"
    ),
    ("      - r", "into: main/shop", "into: main/shop\nformat: csv", "format says nothing of an API"),
    ("      - {name: r, endpoint: {path: r, headers: {Authorization: x}}}", "", "", "api.yaml:6: "),
    ("      - {name: r, table_name: t}\n      - {name: q, table_name: t}", "", "", "would both be table 't'"),
  ])
  func `declarations that cannot be meant`(resources: String, old: String, new: String, said: String)
    async throws
  {
    let api = try await APILab(#"[{"path": "/r", "body": [{"a": 1}]}, {"path": "/q", "body": [{"a": 1}]}]"#)
    try api.declare(resources)
    if !old.isEmpty {
      try api.lab.folder.write(
        try api.lab.folder.read("api.yaml").replacing(old, with: new), to: "api.yaml")
    }
    try await api.fails(saying: said)
  }

  // MARK: Ends that nobody chose

  private static let rows = """
    [{"path": "/users", "body": [{"id": 1}, {"id": 2}]}, {"path": "/users/1/posts", "body": [{"p": 10}]},
     {"path": "/users/2/posts", "body": [{"p": 20}]}]
    """
  private static let resources = """
          - users
          - {name: posts, endpoint: "users/{resources.users.id}/posts"}
    """

  /// Each place where a file of the load changes: killed there, the same command brings all rows, once.
  @Test(arguments: [
    (FaultInjector.Call.write, "ndjson", 0), (.write, "ndjson", 1), (.rename, "extract.json", 0),
    (.write, ".tarn/loads", 0), (.write, "catalog.sqlite", 0), (.write, "catalog.sqlite-wal", 6),
    (.sync, "catalog.sqlite", 1), (.unlink, ".tarn/loads", 0), (.unlink, "/extracts/", 0),
    (.unlink, "/extracts/", 1),
  ])
  func `kill -9, and the same command again`(call: FaultInjector.Call, path: String, after: Int) async throws
  {
    let api = try await APILab(Self.rows)
    try api.declare(Self.resources)
    try await api.lab.output("sql", "CREATE SCHEMA other")
    let faults = try await FaultInjector(in: api.lab.folder)
    try faults.arm([call], on: [path], .kill, after: after)
    let killed = try await api.process(faults.environment).run("load", "-f", "api.yaml")
    try #require(try faults.fired > 0, "it was not killed: \(killed)")
    #expect(killed.status == SIGKILL, "\(killed)")
    // Whole or not at all.
    let between = try await api.rows(
      "SELECT count(*)::INT AS n FROM duckdb_tables() WHERE schema_name = 'shop' AND table_name IN ('users', 'posts')"
    )
    #expect(between == #"[{"n":0}]"# || between == #"[{"n":2}]"#, "\(between)")

    let again = try await api.process().run("load", "-f", "api.yaml")
    #expect(again.status == 0, "\(again)")
    let pending = try await api.lab.output("load", "status")
    #expect(pending == "nothing is pending\n")
    #expect(try api.leftovers == [])
    // When all that is left to do is to tidy up, the load has come to its end, and the command begins a new one.
    let isOver = (call, path, after) == (.unlink, "/extracts/", 1)
    let expected =
      isOver ? #"[{"u":[1,1,2,2],"p":[10,10,20,20],"l":2}]"# : #"[{"u":[1,2],"p":[10,20],"l":1}]"#
    let found = try await api.rows(
      "SELECT (SELECT list(id ORDER BY id) FROM shop.users) AS u, (SELECT list(p ORDER BY p) FROM shop.posts) AS p, (SELECT count(*)::INT FROM shop._dlt_loads) AS l"
    )
    #expect(found == expected, "\(found) after \(again)")
  }

  @Test func `what was read is not asked for again`() async throws {
    let api = try await APILab(
      #"[{"path": "/users", "times": 1, "body": [{"id": 1}]}, {"path": "/users", "status": 500}]"#)
    try api.declare("      - users")
    let faults = try await FaultInjector(in: api.lab.folder)
    try faults.arm([.write], on: [".tarn/loads"], .kill)
    _ = try await api.process(faults.environment).run("load", "-f", "api.yaml")
    try #require(try faults.fired > 0)
    let said = try await api.load()
    #expect(said.contains("goes on with what was read ") && said.contains("loaded 1 row"), "\(said)")
    #expect(try await api.targets.count == 1)
  }

  @Test func `Ctrl-C while an answer is awaited`() async throws {
    // The server answers when there is a second request, which nobody sends.
    let api = try await APILab(#"[{"path": "/slow", "wait_for": 2, "body": []}]"#)
    try api.declare("      - slow")
    let running = try api.process().start(["load", "-f", "api.yaml"])
    while try await api.targets.isEmpty { await Task.yield() }
    running.signal(SIGINT)
    let outcome = await running.outcome()
    #expect(outcome.status == 130 && outcome.errors == "tarn: interrupted\n", "\(outcome)")
    #expect(try api.leftovers == [])
  }

  @Test func `the same load twice at the same time`() async throws {
    let api = try await APILab(#"[{"path": "/slow", "wait_for": 2, "body": [{"n": 1}]}]"#)
    try api.declare("      - slow")
    let running = try api.process().start(["load", "-f", "api.yaml"])
    while try await api.targets.isEmpty { await Task.yield() }
    let other = try await api.process().run("load", "-f", "api.yaml")
    #expect(other.status == 1 && other.errors.contains("another process reads the same source"), "\(other)")
    running.signal(SIGKILL)
    _ = await running.outcome()
  }

  @Test func `a machine without libcurl`() async throws {
    let api = try await APILab("[]")
    try api.declare("      - r")
    try api.lab.folder.write(
      """
      #define _GNU_SOURCE
      #include <dlfcn.h>
      #include <string.h>
      void *dlopen(const char *name, int flags) {
        if (name && strstr(name, "libcurl")) return NULL;
        return ((void *(*)(const char *, int))dlsym(RTLD_NEXT, "dlopen"))(name, flags);
      }
      """, to: "hide.c")
    let compiler = TarnProcess(in: api.lab.folder.path, executable: "/usr/bin/cc")
    let made = try await compiler.run("-shared", "-fPIC", "-o", "hide.so", "hide.c", "-ldl")
    try #require(made.status == 0, "\(made)")
    let outcome = try await api.process(["LD_PRELOAD": api.lab.folder["hide.so"]]).run(
      "load", "-f", "api.yaml")
    #expect(outcome.status == 1 && outcome.errorLines.count == 1, "\(outcome)")
    #expect(outcome.errors.contains("libcurl.so.4 cannot be found. Install it: "), "\(outcome)")
  }
}
