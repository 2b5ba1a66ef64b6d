import Foundation
import TestKit
import Testing

/// A workspace, and an API of a test's own: Tests/RESTSourceTests/Server/api_server.py tells its rules.
struct APILab {
  let lab: CommandLab
  /// The API's address.
  let base: String
  private let key: String
  private let port: String

  /// The only credential that the API takes. It must turn up nowhere.
  static let secret = "hidden-word-of-the-api"

  private static let server = Task {
    let script = Checkout.folder + "/Tests/RESTSourceTests/Server/api_server.py"
    return try await TestServer.start("/usr/bin/env", ["python3", script], until: "READY ")
  }

  /// - Parameter rules: a JSON list of what is answered to what.
  init(_ rules: String) async throws {
    lab = try CommandLab()
    port = try await Self.server.value.line.split(separator: " ").last.map(String.init) ?? ""
    key = "tarn-" + UUID().uuidString.prefix(8).lowercased()
    base = "http://127.0.0.1:\(port)/\(key)"
    try lab.folder.write(rules, to: "rules.json")
    _ = try await python(
      "import urllib.request as u; u.urlopen('http://127.0.0.1:\(port)/_rules/\(key)', open('rules.json', 'rb').read())"
    )
  }

  /// Path and query of each request so far.
  var targets: [String] {
    get async throws {
      let text = try await python(
        """
        import json, urllib.request as u
        for r in json.load(u.urlopen('http://127.0.0.1:\(port)/_log/\(key)')):
          print(r['path'] + ('?' + r['query'] if r['query'] else ''), r['headers'].get('authorization', ''))
        """)
      return text.split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) }
    }
  }

  /// Sends a request that is no load's.
  func ask(_ path: String) async throws {
    _ = try await python("import urllib.request as u; u.urlopen('\(base)\(path)').read()")
  }

  private func python(_ program: String) async throws -> String {
    let outcome = try await TarnProcess(in: lab.folder.path, executable: "/usr/bin/python3").run(
      "-c", program)
    try #require(outcome.status == 0, "\(outcome)")
    return outcome.output
  }

  /// Writes a declared load of the API.
  ///
  /// - Parameters:
  ///   - client: further lines of `client:`.
  ///   - resources: the entries of `resources:`, indented by six.
  ///   - load: further lines of the load.
  func declare(client: String = "", _ resources: String, load: String = "", in file: String = "api.yaml")
    throws
  {
    let indented = client.split(separator: "\n").map { "      " + $0 + "\n" }.joined()
    try lab.folder.write(
      "source:\n  rest_api:\n    client:\n      base_url: \(base)\n\(indented)    resources:\n\(resources)\ninto: main/shop\n\(load)",
      to: file)
  }

  /// The binary, with the credential in its environment and more.
  func process(_ environment: [String: String] = [:]) -> TarnProcess {
    TarnProcess(
      in: lab.folder.path, environment: ["API_TOKEN": Self.secret].merging(environment) { $1 })
  }

  /// Runs a load that must succeed.
  @discardableResult
  func load(_ arguments: String..., at location: SourceLocation = #_sourceLocation) async throws -> String {
    let outcome = try await process().run(["load", "-f", "api.yaml"] + arguments)
    #expect(outcome.status == 0, "\(outcome)", sourceLocation: location)
    return outcome.output + outcome.errors
  }

  /// Runs a load that must fail with one line, and leave nothing.
  func fails(saying parts: String..., at location: SourceLocation = #_sourceLocation) async throws {
    let outcome = try await process().run("load", "-f", "api.yaml")
    #expect(outcome.status == 1, "\(outcome)", sourceLocation: location)
    #expect(outcome.errorLines.count == 1, "\(outcome)", sourceLocation: location)
    for part in parts { #expect(outcome.errors.contains(part), "\(outcome)", sourceLocation: location) }
    #expect(!outcome.errors.contains(Self.secret), sourceLocation: location)
    #expect(try leftovers == [], sourceLocation: location)
    let tables = try await rows(
      "SELECT count(*)::INT AS n FROM duckdb_tables() WHERE schema_name = 'shop'", at: location)
    #expect(tables == #"[{"n":0}]"#, sourceLocation: location)
  }

  /// What is kept of loads that have not come to their end.
  var leftovers: [String] {
    get throws {
      try [".tarn/extracts/main/shop", ".tarn/loads"].flatMap { folder in
        lab.folder.exists(folder)
          ? try FileManager.default.contentsOfDirectory(atPath: lab.folder[folder]) : []
      }
    }
  }

  func rows(_ query: String, at location: SourceLocation = #_sourceLocation) async throws -> String {
    try await lab.output("sql", "--json", query, at: location).trimmingCharacters(in: .newlines)
  }
}
