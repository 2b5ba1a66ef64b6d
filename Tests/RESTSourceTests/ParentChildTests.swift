import Foundation
import RESTSource
import Testing

@Suite struct ParentChildTests {
  @Test func childrenAreAskedForEachParentAndGetItsFields() async throws {
    let api = try await TestAPI(
      """
      [{"path": "/posts", "query": {"page": null},
        "body": {"d": [{"id": 1, "big": 12345678901234567890123, "t": "a/b c"}], "next": "{here}/posts?page=2"}},
       {"path": "/posts", "query": {"page": "2"},
        "body": "{\\"d\\": [{\\"id\\": 2, \\n\\"big\\": 1.10, \\"t\\": \\"é?\\"}]}"},
       {"path": "/posts/1/comments", "body": [{"text": "x"}, {"_posts_id": 9, "text": "y"}]},
       {"path": "/posts/2/comments", "body": [{}]}]
      """)
    let extracts = try await api.read(
      """
        - posts
        - name: comments
          endpoint:
            path: posts/{resources.posts.id}/comments
            params: {tag: "{resources.posts.t}", fixed: "a{{b}}"}
          include_from_parent: [id, big]
      """)
    #expect(
      try Set(extracts[1].lines) == [
        #"{"text": "x","_posts_id":1,"_posts_big":12345678901234567890123}"#,
        // A field that the child has too gets the parent's value, as in dlt.
        #"{"_posts_id": 1, "text": "y","_posts_big":12345678901234567890123}"#,
        #"{"_posts_id":2,"_posts_big":1.10}"#,
      ])
    #expect(extracts[0].rows == 2)
    #expect(extracts[1].requests == 2)
    let targets = try await api.targets
    #expect(targets.contains("/posts/1/comments?tag=a%2Fb%20c&fixed=a%7Bb%7D"))
    #expect(targets.contains("/posts/2/comments?tag=%C3%A9%3F&fixed=a%7Bb%7D"))
  }

  @Test func threeGenerationsAndAParentThatIsNotWanted() async throws {
    let api = try await TestAPI(
      """
      [{"path": "/orgs", "body": [{"name": "o 1"}, {"name": "o/2"}]},
       {"path": "/orgs/o 1/repos", "body": [{"id": 1}]}, {"path": "/orgs/o%201/repos", "body": [{"id": 1}]},
       {"path": "/orgs/o/2/repos", "body": [{"id": 2}, {"id": 3}]},
       {"path": "/repos/1", "body": {"n": 1}}, {"path": "/repos/2", "body": {"n": 2}},
       {"path": "/repos/3", "body": {"n": 3}}]
      """)
    let resources = """
        - {name: details, endpoint: 'repos/{resources.repos.id}'}
        - {name: repos, endpoint: 'orgs/{resources.orgs.name}/repos', selected: false}
        - orgs
      """
    let extracts = try await api.read(resources)
    #expect(extracts.map(\.resource) == ["details", "orgs"])
    #expect(try Set(extracts[0].lines) == [#"{"n": 1}"#, #"{"n": 2}"#, #"{"n": 3}"#])
    let some = try await api.read(client: "max_parallel: 1", resources, only: ["details"])
    #expect(some.map(\.resource) == ["details"])
    // One at a time, rows are in the order of the parents.
    #expect(try some[0].lines == [#"{"n": 1}"#, #"{"n": 2}"#, #"{"n": 3}"#])
  }

  @Test func placeholdersInABodyKeepTheirTypeAndInHeadersAreTexts() async throws {
    let api = try await TestAPI(
      """
      [{"path": "/users", "body": "[{\\"id\\": 12345678901234567890, \\"tags\\": [\\"a\\", 1.50]}]"},
       {"path": "/find", "body": [{"ok": true}]}]
      """)
    try await api.read(
      """
        - users
        - name: found
          endpoint:
            path: find
            method: POST
            headers: {X-User: "u{resources.users.id}"}
            json: {user: "{resources.users.id}", tags: "{resources.users.tags}", label: "u-{resources.users.id}"}
      """)
    let request = try await api.requests[1]
    #expect(
      request.body
        == #"{"user":12345678901234567890,"tags":["a",1.50],"label":"u-12345678901234567890"}"#)
    #expect(request.headers["x-user"] == "u12345678901234567890")
  }

  @Test func aParameterOfTypeResolveFillsThePath() async throws {
    let api = try await TestAPI(
      """
      [{"path": "/posts", "body": [{"ref": {"no": 5}}]}, {"path": "/posts/5/c", "query": {"a": "1"}, "body": [1]}]
      """)
    let extracts = try await api.read(
      """
        - posts
        - name: c
          endpoint:
            path: posts/{post}/c
            params: {post: {type: resolve, resource: posts, field: ref.no}, a: 1}
      """)
    #expect(try extracts[1].lines == [#"{"value":1}"#])
    #expect(try await api.targets.last == "/posts/5/c?a=1")
  }

  @Test func aNullFieldLeadsToNoRequestAMissingOneIsAnError() async throws {
    let api = try await TestAPI(
      """
      [{"path": "/posts", "body": [{"id": 1, "next_id": null}, {"id": 2, "next_id": 1}]},
       {"path": "/posts/1", "body": {"id": 1}}]
      """)
    let extracts = try await api.read(
      "  - posts\n  - {name: next, endpoint: 'posts/{resources.posts.next_id}'}")
    #expect(extracts[1].rows == 1)
    #expect(extracts[1].skippedParents == 1)
    let second = try await TestAPI(#"[{"path": "/posts", "body": [{"id": 1, "name": "x"}]}]"#)
    let error = try await second.failure(
      "  - posts\n  - {name: next, endpoint: 'posts/{resources.posts.number}'}")
    #expect(
      error.description.contains("a row of 'posts' has no field 'number'. It has: id, name"), "\(error)")
  }

  @Test func aParentsFieldMayBeTheWholeURL() async throws {
    let api = try await TestAPI(
      """
      [{"path": "/posts", "body": [{"url": "{here}/deep/1?x=1"}]}, {"path": "/deep/1", "query": {"x": "1"}, "body": {"a": 1}}]
      """)
    let extracts = try await api.read("  - posts\n  - {name: deep, endpoint: '{resources.posts.url}'}")
    #expect(extracts[1].rows == 1)
  }

  /// The first child's answer waits for the second child's request, and both for the parent's second page: children
  /// are asked at the same time, and while the parent goes on.
  @Test func childrenAreReadWhileTheParentGoesOn() async throws {
    let api = try await TestAPI(
      """
      [{"path": "/p", "query": {"page": null}, "body": {"d": [{"id": 1}, {"id": 2}], "next": "{here}/p?page=2"}},
       {"path": "/p", "query": {"page": "2"}, "body": {"d": []}},
       {"path": "/c/1", "wait_for": 4, "body": {"n": 1}}, {"path": "/c/2", "wait_for": 4, "body": {"n": 2}}]
      """)
    let extracts = try await api.read("  - p\n  - {name: c, endpoint: 'c/{resources.p.id}'}")
    #expect(extracts[1].rows == 2)
  }

  @Test func oneAtATimeEverythingIsInOrder() async throws {
    let rows = (1...20).map { "{\"id\": \($0)}" }.joined(separator: ", ")
    let details = (1...20).map { #"{"path": "/c/\#($0)/d", "body": [{"n": \#($0)}]}"# }.joined(
      separator: ",\n")
    let api = try await TestAPI(
      #"[{"path": "/a", "body": []}, {"path": "/p", "body": [\#(rows)]}, \#(details)]"#)
    let extracts = try await api.read(
      client: "max_parallel: 1",
      "  - a\n  - p\n  - {name: c, endpoint: 'c/{resources.p.id}/d'}\n  - {name: z, endpoint: a}")
    #expect(try extracts[2].lines == (1...20).map { "{\"n\": \($0)}" })
    #expect(try await api.targets == ["/a", "/p"] + (1...20).map { "/c/\($0)/d" } + ["/a"])
  }

  @Test func anErrorOfAChildEndsEverything() async throws {
    let api = try await TestAPI(
      """
      [{"path": "/p", "query": {"page": null}, "body": {"d": [{"id": 1}, {"id": 2}, {"id": 3}], "next": "{here}/p"}},
       {"path": "/c/1", "body": {"n": 1}}, {"path": "/c/3", "body": {"n": 2}}]
      """)
    for parallel in [1, 2, 8] {
      let error = try await api.failure(
        client: "max_parallel: \(parallel)", "  - p\n  - {name: c, endpoint: 'c/{resources.p.id}'}")
      #expect(error.resource == "c" || error.resource == "p")
      #expect(error.status == 404 || error.code == .pagination)
    }
  }
}
