import Foundation
import SQLText
import Scripts
import TestKit
import Testing

@Suite struct WindmillCompatibilityTests {
  private struct Body {
    let content: String
    let arguments: [String: ScriptValue]

    init(_ text: String) throws {
      let object = try #require(JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
      content = try #require(object["content"] as? String)
      let arguments = try #require(object["args"] as? [String: Any])
      self.arguments = try arguments.mapValues(Self.value)
    }

    private static func value(_ any: Any) throws -> ScriptValue {
      if any is [Any] || any is [String: Any] {
        let data = try JSONSerialization.data(withJSONObject: any, options: [.sortedKeys])
        return .json(String(decoding: data, as: UTF8.self))
      }
      if any is NSNull { return .null }
      if let text = any as? String { return .text(text) }
      let number = try #require(any as? NSNumber)
      if let bool = any as? Bool, String(cString: number.objCType) == "c" { return .bool(bool) }
      let isWhole = number.doubleValue == number.doubleValue.rounded()
      return isWhole ? .integer(number.int64Value) : .double(number.doubleValue)
    }
  }

  @Test(arguments: RecordedBodies.duckdb)
  func everyRecordedBodyParsesAndBinds(text: String) throws {
    let body = try Body(text)
    let script = try SQLScript.parse(body.content, path: "inline")
    #expect(script.undeclaredArguments.isEmpty)
    guard case .attachLake(let lake, alias: "dl", options: []) = script.statements[0].kind else {
      Issue.record("no lake is attached: \(body.content)")
      return
    }
    #expect(lake == (body.content.contains("lake2") ? "lake2" : "main"))
    #expect(script.statements[1].kind == .use(alias: "dl", schema: nil))
    #expect(script.statements.count > 2)
    let bound = try script.bind(arguments: body.arguments)
    #expect(Set(bound.map(\.name)) == Set(body.arguments.keys))
    for (name, given) in body.arguments { #expect(bound.first { $0.name == name }?.value == given) }
  }

  @Test func theBodyWithEveryTypeBindsAsTheServerDoes() throws {
    let body = try Body(RecordedBodies.duckdb[1])
    let script = try SQLScript.parse(body.content, path: "inline")
    #expect(script.resultCollection == .lastStatementFirstRow)
    #expect(script.arguments.map(\.type) == ["bigint", "text", "boolean", "float8", "text", "json", "json"])
    let bound = try script.bind(arguments: body.arguments)
    #expect(bound.map(\.name) == ["id", "name", "ok", "f", "n", "tags", "o"])
    #expect(
      bound.map(\.value) == [
        .integer(3), .text("a"), .bool(true), .double(1.5), .null, .json("[1,2]"), .json(#"{"k":1}"#),
      ])
  }

  /// What the TypeScript client sends for a number with a fraction, and Windmill itself cannot read.
  @Test func aTypeOfTwoWordsIsRead() throws {
    let script = try SQLScript.parse("-- $arg1 (DOUBLE PRECISION)\nSELECT $arg1", path: "inline")
    #expect(script.arguments.map(\.type) == ["double precision"])
    #expect(
      try script.bind(arguments: ["arg1": .double(0.5)] as [String: ScriptValue])[0].value == .double(0.5))
  }

  @Test func theDocumentedMessagesExampleRunsVerbatim() throws {
    let script = try SQLScript.parse(SeedScripts.messages, path: "messages.sql")
    #expect(script.arguments.map(\.name) == ["messages"])
    #expect(script.arguments.map(\.type) == ["json[]"])
    #expect(script.arguments[0].family == .list)
    #expect(
      script.statements.map(\.kind) == [
        .attachLake(lake: "main", alias: "dl", options: []), .use(alias: "dl", schema: nil), .other, .other,
        .other,
      ])
    #expect(script.statements.map(\.sql.line) == [3, 4, 6, 13, 21])
    #expect(script.statements.map(\.sql.parameterNames) == [[], [], [], ["messages"], []])
    #expect(script.statements[3].sql.text.hasSuffix("FROM json_each($messages)"))

    let json = #"[{"content": "good", "author": "a", "date": "2024-01-01", "sentiment": "positive"}]"#
    let fromText = try script.bind(arguments: ["messages": json])
    let fromBody = try script.bind(arguments: ["messages": .json(json)] as [String: ScriptValue])
    #expect(fromText == fromBody)
    #expect(fromText.map(\.value) == [.json(json)])
  }

  @Test func theDocumentedFriendExampleIsRead() throws {
    let script = try SQLScript.parse(
      """
      -- $user_id (bigint)
      -- ATTACH 'ducklake://named_ducklake' AS dl;
      ATTACH 'ducklake' AS dl;
      USE dl;
      SELECT * FROM friend WHERE id = $user_id;
      -- Note: the original DuckDB syntax `ATTACH 'ducklake:postgres:connection_string'` is another.
      """, path: "friend.sql")
    #expect(script.arguments.map(\.name) == ["user_id"])
    #expect(script.annotations.isEmpty)
    #expect(script.statements.count == 3)
    #expect(script.statements[0].kind == .attachLake(lake: "main", alias: "dl", options: []))
  }
}
