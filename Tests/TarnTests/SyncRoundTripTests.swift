import Foundation
import HTTPClient
import TestKit
import Testing

/// Random workspaces, pulled, pushed into an empty one, and pulled again: the same bytes.
@Suite struct SyncRoundTripTests {
  private static let languages = [
    "python3", "duckdb", "postgresql", "typescript", "deno", "bun", "nativets", "bash", "load", "cobol",
  ]
  private static let pieces = [
    "a = 1", "\n", "\r\n", "\t", " ", "é", "e\u{301}", "日本", "😀", "\u{FEFF}", "---", "# x: y", "'", "\"",
    "\\", "${x}",
    "\u{1}", "\u{2028}", "<<<<<<<", "%",
  ]

  @Test func theSameBytesComeBack() async throws {
    let lab = try await SyncLab()
    for seed in 0..<3 {
      var numbers = SeededNumbers(seed: UInt64(seed))
      let (source, target) = ("source\(seed)", "target\(seed)")
      let sourceToken = try await Self.make(source, lab)
      let targetToken = try await Self.make(target, lab)
      let scripts = try await Self.fill(source, sourceToken, lab, &numbers)

      let first = try await lab.tarn(["pull", "a\(seed)", "--workspace", source], token: sourceToken)
      #expect(first.status == 0, "\(first)")
      let pushed = try await lab.tarn(["push", "a\(seed)", "--workspace", target], token: targetToken)
      #expect(pushed.status == 0, "\(pushed)")
      let second = try await lab.tarn(["pull", "b\(seed)", "--workspace", target], token: targetToken)
      #expect(second.status == 0, "\(second)")
      let (before, after) = (lab.files("a\(seed)"), lab.files("b\(seed)"))
      #expect(before == after)
      #expect(before.count > 10)
      // What the files hold is what was sent.
      for (path, text) in scripts {
        let files = before.filter { $0.key.hasPrefix(path + ".") && !$0.key.hasSuffix(".script.yaml") }
        #expect(files.map(\.value) == [Array(text.utf8)], "\(path)")
      }
      // Nothing differs any more, from either side.
      for (command, folder, workspace, token) in [
        ("push", "a", source, sourceToken), ("pull", "a", target, targetToken),
        ("push", "b", target, targetToken),
      ] {
        let outcome = try await lab.tarn(
          ["\(command)", "\(folder)\(seed)", "--workspace", workspace], token: token)
        #expect(outcome.errorLines.last == "Nothing to \(command).", "\(outcome)")
      }
    }
    await lab.stop()
  }

  private static func make(_ workspace: String, _ lab: SyncLab) async throws -> String {
    let outcome = try await lab.lab.tarn.run("workspace", "create", workspace)
    guard outcome.status == 0 else { throw TestFailure("\(outcome)") }
    return outcome.output.trimmingCharacters(in: .newlines)
  }

  /// - Returns: the texts of its scripts.
  private static func fill(
    _ workspace: String, _ token: String, _ lab: SyncLab, _ numbers: inout SeededNumbers
  ) async throws -> [String: String] {
    let transport = CurlTransport(maximumConnections: 1)
    defer { transport.close() }
    func post(_ route: String, _ body: [String: Any]) async throws {
      guard let url = URL(string: "\(lab.up.address)/api/w/\(workspace)/\(route)") else { return }
      let data = try JSONSerialization.data(withJSONObject: body)
      let answer = try await transport.send(
        ClientRequest(
          url: url, method: "POST", headers: [("Authorization", "Bearer \(token)")], body: [UInt8](data)))
      guard answer.status == 201 else {
        throw TestFailure("\(route): \(answer.status) \(String(decoding: answer.body, as: UTF8.self))")
      }
    }
    try await post(
      "folders/create", ["name": "team", "summary": "Team: é", "extra_perms": ["g/all": false]])
    try await post("folders/create", ["name": "empty"])
    var scripts: [String: String] = [:]
    for index in 0..<numbers.number(8...14) {
      let language = languages[(index + numbers.number(0...1)) % languages.count]
      var text = "-- a\n"
      // Quotes that nobody closes are refused in SQL.
      if !["duckdb", "postgresql"].contains(language) { text = Self.text(&numbers) }
      let path = ["f/team/s\(index)", "u/admin/deep/er/s-\(index)", "f/open/é\(index)"][index % 3]
      var body: [String: Any] = ["path": path, "language": language, "content": text]
      if numbers.chance(50) { body["summary"] = Self.text(&numbers) }
      if numbers.chance(30) { body["description"] = Self.text(&numbers) }
      if numbers.chance(30) {
        body["schema"] = ["type": "object", "properties": ["é \(index)": ["type": "string"]]]
      }
      try await post("scripts/create", body)
      scripts[path] = text
    }
    for index in 0..<numbers.number(3...6) {
      var value: [String: Any] = [
        "host": Self.text(&numbers), "port": numbers.number(1...9), "list": [1.5, "x"],
      ]
      value["password"] = Self.text(&numbers)
      value["nested"] = ["a": NSNull(), "b": [true, Self.text(&numbers)], "empty": [String: Any]()]
      try await post(
        "resources/create",
        [
          "path": "f/team/r\(index)", "resource_type": "any", "description": Self.text(&numbers),
          "value": value,
        ])
      try await post(
        "variables/create",
        ["path": "u/admin/v\(index)", "value": Self.text(&numbers), "is_secret": numbers.chance(50)])
    }
    return scripts
  }

  private static func text(_ numbers: inout SeededNumbers) -> String {
    (0..<numbers.number(0...8)).map { _ in pieces[numbers.number(0...pieces.count - 1)] }.joined()
  }
}
